//! The tests of the page.

mod beside;
mod ends;
mod learn;
mod loads;
mod page;
mod site;

use anyhow::{Result, ensure};
use fantoccini::Client;
use fantoccini::key::Key;
use serde_json::json;

use super::{Case, Ctx, console_errors};
use beside::*;
use ends::*;
use learn::*;
use loads::*;
use page::Page;
use site::*;

/// Cases named as their functions.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        &[$(Case { name: stringify!($case), run: |client, ctx| Box::pin($case(client, ctx)) }),+]
    };
}

/// Firefox waits longer after each failed connection to a host, until half a minute is nothing: these get a browser that
/// has seen none fail.
pub(super) const FRESH: [&str; 4] = [
    "whatever_the_handshake_lacks_both_are_told_the_same",
    "whatever_the_handshake_adds_both_are_told_the_same",
    "however_the_handshake_breaks_off_both_are_told_the_same",
    "whatever_is_wrong_with_tls_both_are_told_the_same",
];

pub(super) const CASES: &[Case] = cases![
    the_page_loads_without_an_error,
    a_peer_that_does_not_answer_is_told_of,
    buttons_can_be_pressed_when_they_make_sense,
    the_keyboard_alone_can_choose_and_connect,
    nothing_overflows_at_360_pixels,
    the_close_form_refuses_before_anything_is_sent,
    the_fields_for_the_peer_refuse_before_anything_is_sent,
    a_second_connection_drops_the_first,
    every_choice_has_a_case,
    closed_with_1000_it_is_clean_and_the_peers,
    closed_with_a_chosen_code_it_has_that_code_and_reason,
    closed_without_a_code_it_is_1005,
    closed_for_a_restart_it_is_1012_where_the_engine_knows_it,
    five_messages_come_before_the_end,
    closed_with_the_handshake_it_has_the_peers_code,
    ended_by_fin_it_is_lost,
    reset_it_is_lost,
    refused_with_401_it_never_opened,
    without_an_answer_to_the_handshake_connecting_ends_at_the_deadline,
    where_nobody_listens_it_never_opened,
    a_blocked_port_ends_at_once,
    our_close_comes_back_from_a_peer_that_echoes,
    our_close_without_a_code_comes_back_as_1005,
    our_close_is_kept_beside_another_answer,
    our_close_without_an_answer_ends_at_the_deadline,
    our_close_while_connecting_is_kept,
    a_dropped_socket_closes_and_its_end_is_told,
    however_the_peer_closes_both_are_told_the_same,
    however_it_is_lost_both_are_told_the_same,
    whatever_the_handshake_lacks_both_are_told_the_same,
    whatever_the_handshake_adds_both_are_told_the_same,
    however_the_handshake_breaks_off_both_are_told_the_same,
    whatever_is_wrong_with_tls_both_are_told_the_same,
    whatever_frames_come_both_are_told_the_same,
    however_we_end_it_both_are_told_the_same,
    the_drawing_is_to_scale,
    a_deadline_that_cannot_be_is_refused,
    a_code_is_found_by_number_name_constant_and_words,
    a_link_to_a_code_shows_it,
    each_language_says_everything_in_its_own_words,
    the_language_is_the_address_s_or_the_one_chosen_before,
    opening_and_closing_leaves_memory_flat,
    echoes_are_counted_to_the_last,
    a_run_can_be_cancelled,
    nothing_keeps_people_out,
    the_site_says_plainly_what_needs_a_peer,
    the_site_works_with_a_peer_that_is_named,
    the_site_asks_nobody_else,
];

async fn the_page_loads_without_an_error(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    ensure!(client.title().await?.starts_with("onclose"), "The title does not say what it is.");
    let headings = page.js("return document.querySelectorAll('h1').length", &[]).await?;
    ensure!(headings == json!(1), "There are {headings} headings of the first level.");
    page.has_no_fault().await?;
    if let Some(errors) = console_errors(client, ctx).await? {
        ensure!(errors.is_empty(), "The console has errors: {errors:?}");
    }
    Ok(())
}

async fn a_peer_that_does_not_answer_is_told_of(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open_with(client, ctx, "?peer=ws://127.0.0.1:2", "unreachable").await?;
    let text = page.text("peer").await?;
    ensure!(text.contains("No test server at") && text.contains("cargo xtask demo"), "It says {text:?}.");
    page.has_no_fault().await
}

async fn buttons_can_be_pressed_when_they_make_sense(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.enabled("before", &["connect"]).await?;
    page.connect("echo").await?;
    page.until_state("open").await?;
    page.enabled("while open", &["connect", "close", "drop"]).await?;
    page.press("close").await?;
    page.until_ended().await?;
    page.enabled("after", &["connect", "clear"]).await?;
    page.press("clear").await?;
    page.enabled("when cleared", &["connect"]).await?;
    ensure!(page.kinds().await?.is_empty(), "The timeline was not cleared.");
    let state = page.js("return document.getElementById('result').dataset.state", &[]).await?;
    ensure!(state == json!("empty"), "The result is {state} when cleared.");
    page.has_no_fault().await
}

async fn the_keyboard_alone_can_choose_and_connect(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.tab_to("scenario-normal").await?;
    for _ in 0..2 {
        page.key(Key::Down).await?;
    }
    page.is_focused("scenario-no-code").await?;
    page.tab_to("connect").await?;
    page.key(Key::Enter).await?;
    page.until_ended().await?;
    let code = page.text("code").await?;
    ensure!(code == "1005", "The end was {code}.");

    // The other form, too: from the code to its button.
    page.choose("echo").await?;
    page.press("connect").await?;
    page.until_state("open").await?;
    page.tab_to("close-code").await?;
    page.key(Key::Enter).await?;
    page.until_ended().await?;
    page.has_no_fault().await
}

/// In a frame, because not every engine makes a window as narrow as a phone.
async fn nothing_overflows_at_360_pixels(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
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
    let connect = |choice: &str| {
        format!("{INSIDE} inside.getElementById('scenario-{choice}').click(); inside.getElementById('connect').click()")
    };
    page.js(&connect("messages"), &[]).await?;
    until("inside.getElementById('result').dataset.state === 'closed'").await?;
    fits("after messages").await?;

    // The worst that can be shown: one long word.
    let fill = "const reason = inside.getElementById('peer-reason');
                reason.value = 'w'.repeat(123);
                reason.dispatchEvent(new Event('input', { bubbles: true }));";
    page.js(&format!("{INSIDE} {fill}"), &[]).await?;
    page.js(&connect("chosen"), &[]).await?;
    until("inside.getElementById('code').textContent === '4321'").await?;
    fits("with a long reason").await?;
    page.has_no_fault().await
}

async fn the_close_form_refuses_before_anything_is_sent(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.connect("echo").await?;
    page.until_state("open").await?;
    let two_bytes_each = "é".repeat(62);
    for (code, reason, note) in [
        ("1001", "", "1000 and 3000 to 4999, not 1001 Going Away"),
        ("999", "", "not 999"),
        ("2999", "", "not 2999"),
        ("5000", "", "not 5000"),
        ("65536", "", "a number up to 65535"),
        ("-1", "", "a number up to 65535"),
        ("soon", "", "a number up to 65535"),
        ("", "why", "needs a code"),
        ("4000", two_bytes_each.as_str(), "has 124 bytes"),
    ] {
        page.fill("close-code", code).await?;
        page.fill("close-reason", reason).await?;
        page.press("close").await?;
        let said = page.text("close-note").await?;
        ensure!(said.contains(note), "For {code:?} and {} bytes it says {said:?}.", reason.len());
        let wrong = "return document.activeElement.getAttribute('aria-invalid')";
        ensure!(page.js(wrong, &[]).await? == json!("true"), "The focus is not on what is wrong with {code:?}.");
    }
    let count = page.text("close-count").await?;
    ensure!(count == "124 of 123 bytes", "The count is {count:?}.");
    ensure!(!page.kinds().await?.iter().any(|kind| kind == "our-close"), "It was closed.");
    page.until_state("open").await?;
    let saw = page.saw(&page.id().await?, 0).await?;
    ensure!(saw["close"].is_null() && saw["end"] == "open", "The peer saw {saw}.");

    // What may be sent still is.
    page.fill("close-reason", &two_bytes_each[2..]).await?;
    page.press("close").await?;
    page.until_ended().await?;
    ensure!(page.text("code").await? == "4000", "A good frame was not sent.");
    page.has_no_fault().await
}

async fn the_fields_for_the_peer_refuse_before_anything_is_sent(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.choose("chosen").await?;
    for (code, reason) in [("65536", ""), ("", ""), ("no", ""), ("4000", "x".repeat(124).as_str())] {
        page.fill("peer-code", code).await?;
        page.fill("peer-reason", reason).await?;
        page.press("connect").await?;
        ensure!(page.kinds().await?.is_empty(), "It connected for {code:?} and {} bytes.", reason.len());
        let wrong = "return document.querySelectorAll('#peer-fields [aria-invalid=true]').length";
        ensure!(page.js(wrong, &[]).await? == json!(1), "No field is marked as wrong for {code:?}.");
    }
    page.has_no_fault().await
}

async fn a_second_connection_drops_the_first(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.connect("echo").await?;
    page.until_state("open").await?;
    let first = page.id().await?;
    page.press("connect").await?;
    page.until("return !!document.querySelector('[data-kind=replaced] ~ [data-kind=message]')").await?;
    page.until_state("open").await?;
    let second = page.id().await?;
    ensure!(first != second, "There was no second connection.");
    // The first one goes with the frame that the page chose for dropping, the second one stays.
    let saw = page.saw(&first, 10_000).await?;
    ensure!(saw["close"]["code"] == 4001 && saw["end"] != "open", "Of the first the peer saw {saw}.");
    let saw = page.saw(&second, 0).await?;
    ensure!(saw["close"].is_null() && saw["end"] == "open", "Of the second the peer saw {saw}.");
    let ends = page.kinds().await?.iter().filter(|kind| ["closed", "close-event"].contains(&kind.as_str())).count();
    ensure!(ends == 0, "The end of the first is told as if it were the second's.");
    page.has_no_fault().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gets_a_browser_of_its_own_is_a_case() {
        assert!(FRESH.iter().all(|name| CASES.iter().any(|case| case.name == *name)));
    }
}
