//! Tests of loading, the controls, and the forms.

use anyhow::{Context as _, Result, ensure};
use fantoccini::key::Key;
use onclose_rig::session::Session;
use serde_json::json;

use crate::Context;
use crate::page::Page;

pub(super) async fn the_page_loads_without_an_error(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    ensure!(session.client().title().await?.starts_with("onclose"), "The title does not name the project.");
    let headings = page.js("return document.querySelectorAll('h1').length", &[]).await?;
    ensure!(headings == json!(1), "There are {headings} headings of the first level.");
    page.has_no_fault().await?;
    if let Some(errors) = session.console_errors().await? {
        ensure!(errors.is_empty(), "The console has errors: {errors:?}");
    }
    Ok(())
}

pub(super) async fn a_peer_that_does_not_answer_is_reported(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open_with(session, context, "?peer=ws://127.0.0.1:2", "unreachable").await?;
    let text = page.says("peer", "peer.unreachable").await?;
    ensure!(text.contains("cargo xtask demo"), "The text names no command: {text:?}.");
    page.has_no_fault().await
}

pub(super) async fn buttons_are_enabled_only_when_they_have_an_effect(
    session: &Session,
    context: &Context<'_>,
) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.enabled("before", &["connect"]).await?;
    page.connect("echo").await?;
    page.until_state("open").await?;
    page.enabled("while open", &["connect", "close", "drop"]).await?;
    page.press("close").await?;
    page.until_closed().await?;
    page.enabled("after", &["connect", "clear"]).await?;
    page.press("clear").await?;
    page.enabled("when cleared", &["connect"]).await?;
    ensure!(page.kinds().await?.is_empty(), "The timeline was not cleared.");
    let state = page.data("result", "state").await?;
    ensure!(state == "empty", "The result is {state} when cleared.");
    page.has_no_fault().await
}

pub(super) async fn the_keyboard_alone_can_choose_and_connect(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.tab_to("scenario-normal").await?;
    for _ in 0..2 {
        page.key(Key::Down).await?;
    }
    page.is_focused("scenario-no-code").await?;
    page.tab_to("connect").await?;
    page.key(Key::Enter).await?;
    page.until_closed().await?;
    let code = page.text("code").await?;
    ensure!(code == "1005", "It closed with {code}.");

    // The other form, from its first field: Enter submits it.
    page.choose("echo").await?;
    page.press("connect").await?;
    page.until_state("open").await?;
    page.tab_to("close-code").await?;
    page.key(Key::Enter).await?;
    page.until_closed().await?;
    page.has_no_fault().await
}

/// In an iframe: not every engine opens a window as narrow as a phone.
pub(super) async fn nothing_overflows_at_360_pixels(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.js(
        "const frame = document.createElement('iframe');
         frame.id = 'phone';
         frame.style = 'width: 360px; height: 740px; border: 0';
         frame.src = location.href;
         document.body.replaceChildren(frame);",
        &[],
    )
    .await?;
    const INSIDE: &str = "const inside = document.getElementById('phone').contentDocument; ";
    let until = async |what: &str| page.until(&format!("{INSIDE} return {what}")).await;
    let fits = async |when: &str| {
        let wide = "const page = inside.scrollingElement; return [page.scrollWidth, page.clientWidth]";
        let widths = page.js(&format!("{INSIDE} {wide}"), &[]).await?;
        let (scroll, client) = (widths[0].as_u64(), widths[1].as_u64());
        ensure!(client.is_some_and(|width| width > 300), "The page has no width {when}: {widths}.");
        ensure!(scroll <= client, "The page is too wide {when}: {widths}.");
        Ok(())
    };
    until("inside.getElementById('peer')?.dataset.state === 'found'").await?;
    fits("when loaded").await?;
    let connect = |scenario: &str| {
        format!(
            "{INSIDE} inside.getElementById('scenario-{scenario}').click(); inside.getElementById('connect').click()"
        )
    };
    page.js(&connect("messages"), &[]).await?;
    until("inside.getElementById('result').dataset.state === 'closed'").await?;
    fits("after messages").await?;

    // The widest text that can be shown: a reason without a space.
    let fill = "const reason = inside.getElementById('peer-reason');
                reason.value = 'w'.repeat(123);
                reason.dispatchEvent(new Event('input', { bubbles: true }));";
    page.js(&format!("{INSIDE} {fill}"), &[]).await?;
    page.js(&connect("chosen"), &[]).await?;
    until("inside.getElementById('code').textContent === '4321'").await?;
    fits("with a long reason").await?;
    page.has_no_fault().await
}

pub(super) async fn an_invalid_close_frame_is_rejected_before_it_is_sent(
    session: &Session,
    context: &Context<'_>,
) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.connect("echo").await?;
    page.until_state("open").await?;
    let two_bytes_each = "é".repeat(62);
    for (code, reason, key, detail) in [
        ("1001", "", "invalid.not_sendable", "1001"),
        ("999", "", "invalid.not_sendable", "999"),
        ("2999", "", "invalid.not_sendable", "2999"),
        ("5000", "", "invalid.not_sendable", "5000"),
        ("65536", "", "invalid.code", "65535"),
        ("-1", "", "invalid.code", "65535"),
        ("soon", "", "invalid.code", "65535"),
        ("", "why", "invalid.no_code", ""),
        ("4000", two_bytes_each.as_str(), "invalid.reason", "124"),
    ] {
        page.fill("close-code", code).await?;
        page.fill("close-reason", reason).await?;
        page.press("close").await?;
        let said = page.says("close-note", key).await?;
        ensure!(said.contains(detail), "For {code:?} and {} bytes the note is {said:?}.", reason.len());
        let wrong = "return document.activeElement.getAttribute('aria-invalid')";
        ensure!(page.js(wrong, &[]).await? == json!("true"), "The focus is not on the invalid field for {code:?}.");
    }
    let count = page.says("close-count", "bytes").await?;
    ensure!(count.contains("124") && count.contains("123"), "The count is {count:?}.");
    ensure!(!page.kinds().await?.iter().any(|kind| kind == "our-close"), "It was closed.");
    page.until_state("open").await?;
    let saw = page.saw(&page.id().await?, 0).await?;
    ensure!(saw["close"].is_null() && saw["end"] == "open", "The peer saw {saw}.");

    page.fill("close-reason", &two_bytes_each[2..]).await?;
    page.press("close").await?;
    page.until_closed().await?;
    ensure!(page.text("code").await? == "4000", "A valid frame was not sent.");
    page.has_no_fault().await
}

pub(super) async fn an_invalid_frame_for_the_peer_is_rejected_before_connecting(
    session: &Session,
    context: &Context<'_>,
) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.choose("chosen").await?;
    for (code, reason) in [("65536", ""), ("", ""), ("no", ""), ("4000", "x".repeat(124).as_str())] {
        page.fill("peer-code", code).await?;
        page.fill("peer-reason", reason).await?;
        page.press("connect").await?;
        ensure!(page.kinds().await?.is_empty(), "It connected for {code:?} and {} bytes.", reason.len());
        let wrong = "return document.querySelectorAll('#peer-fields [aria-invalid=true]').length";
        ensure!(page.js(wrong, &[]).await? == json!(1), "No field is marked as invalid for {code:?}.");
    }
    page.has_no_fault().await
}

pub(super) async fn an_invalid_timeout_is_rejected(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.choose("normal").await?;
    for (field, wrong) in [("connect-timeout", "0"), ("close-timeout", "301"), ("close-timeout", "1.5")] {
        page.choose("echo").await?;
        page.choose("normal").await?;
        page.fill(field, wrong).await?;
        page.press("connect").await?;
        page.is_focused(field).await?;
        ensure!(page.kinds().await?.is_empty(), "It connected with {wrong} in {field}.");
        page.says("close-note", "invalid.timeout").await?;
    }
    page.choose("no-answer").await?;
    page.fill("close-timeout", "1").await?;
    page.press("connect").await?;
    page.until_state("open").await?;
    page.press("close").await?;
    page.until_closed().await?;
    let took = "const ms = (kind) => Number(document.querySelector(`#events [data-kind=${kind}]`).dataset.ms);
                return ms('timeout') - ms('our-close')";
    let took = page.js(took, &[]).await?.as_f64().context("The timeline has no times.")?;
    ensure!((950.0..2000.0).contains(&took), "A timeout of a second took {took} ms.");
    page.has_no_fault().await
}

pub(super) async fn a_second_connection_drops_the_first(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.connect("echo").await?;
    page.until_state("open").await?;
    let first = page.id().await?;
    page.press("connect").await?;
    page.until("return !!document.querySelector('[data-kind=replaced] ~ [data-kind=message]')").await?;
    page.until_state("open").await?;
    let second = page.id().await?;
    ensure!(first != second, "There was no second connection.");
    // The first one closes with the page's default frame, the second one stays open.
    let saw = page.saw(&first, 10_000).await?;
    ensure!(saw["close"]["code"] == 4001 && saw["end"] != "open", "Of the first connection the peer saw {saw}.");
    let saw = page.saw(&second, 0).await?;
    ensure!(saw["close"].is_null() && saw["end"] == "open", "Of the second connection the peer saw {saw}.");
    let closes = page.kinds().await?.iter().filter(|kind| ["closed", "close-event"].contains(&kind.as_str())).count();
    ensure!(closes == 0, "The close of the first connection is shown for the second one.");
    page.has_no_fault().await
}
