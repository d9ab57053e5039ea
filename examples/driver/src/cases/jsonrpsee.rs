use anyhow::{Result, ensure};
use onclose_peer::Order;

use crate::page::Page;

async fn call(page: &Page<'_>, method: &str, params: &str) -> Result<()> {
    page.type_into("method", method).await?;
    page.type_into("params", params).await?;
    page.click("#call").await
}

/// Subscribes, and waits until some ticks are shown.
async fn subscribe(page: &Page<'_>) -> Result<()> {
    page.click("#subscribe").await?;
    page.until("return document.querySelectorAll('#log li').length >= 3").await
}

/// Returns the lines of the log without the ticks, which must be all from the first on, in order and before all others.
async fn lines_after_ticks(page: &Page<'_>) -> Result<Vec<String>> {
    let lines = page.lines().await?;
    let ticks = lines.iter().enumerate().take_while(|(index, line)| **line == format!("tick {index}")).count();
    let rest = &lines[ticks..];
    ensure!(ticks >= 3 && rest.iter().all(|line| !line.starts_with("tick")), "The log has {lines:?}");
    Ok(rest.to_vec())
}

pub(super) async fn requests_are_answered_and_leaving_closes_with_a_reason(page: &Page<'_>) -> Result<()> {
    page.open("/rpc").await?;
    page.until_state("open").await?;
    call(page, "add", "[20, 22]").await?;
    page.until_lines(&["add: 42"]).await?;
    call(page, "divide", "[1]").await?;
    page.until_lines(&["add: 42", "divide: no answer, There is no method \"divide\"."]).await?;
    page.click("#leave").await?;
    page.until_state("closed locally: 1000 Normal Closure, \"client dropped\", clean").await?;
    let saw = page.ended().await?;
    let reason = saw.close.as_ref().map(|close| close.reason.as_str());
    ensure!(
        (saw.messages, saw.close_code(), reason) == (2, Some(1000), Some("client dropped")),
        "The peer saw {saw:?}"
    );
    page.has_no_error().await
}

pub(super) async fn ticks_are_shown_in_order_until_unsubscribing(page: &Page<'_>) -> Result<()> {
    page.open("/rpc").await?;
    page.until_state("open").await?;
    subscribe(page).await?;
    page.click("#unsubscribe").await?;
    page.until("return document.getElementById('log').lastChild.textContent === 'subscription ended'").await?;
    // The peer answers in order: a later tick would be shown before this answer.
    call(page, "add", "[]").await?;
    page.until("return document.getElementById('log').lastChild.textContent === 'add: 0'").await?;
    let rest = lines_after_ticks(page).await?;
    ensure!(rest == ["subscription ended", "add: 0"], "After the ticks: {rest:?}");
    page.click("#leave").await?;
    let saw = page.ended().await?;
    // To subscribe, to unsubscribe, and to add.
    ensure!((saw.messages, saw.close_code()) == (3, Some(1000)), "The peer saw {saw:?}");
    page.has_no_error().await
}

/// A request in flight and a subscription, when the server drops the connection with this code.
async fn dropped(page: &Page<'_>, code: u16, reason: &str, shown: &str) -> Result<()> {
    page.open("/rpc").await?;
    page.until_state("open").await?;
    subscribe(page).await?;
    call(page, "wait", "[]").await?;
    // The peer has the request once it has answered a later one.
    call(page, "add", "[1]").await?;
    page.until("return document.getElementById('log').innerText.includes('add: 1')").await?;
    ensure!(page.peer.records.tell(&page.id, Order::close(code, reason)).await, "Nothing was closed.");
    page.until_state(shown).await?;
    let no_answer = format!("wait: no answer, {shown}");
    page.until("return document.getElementById('log').innerText.includes('wait: no answer')").await?;
    page.until("return document.getElementById('log').innerText.includes('subscription ended')").await?;
    let mut lines = page.lines().await?;
    lines.retain(|line| !line.starts_with("tick"));
    lines.sort_unstable();
    ensure!(lines == ["add: 1", "subscription ended", &no_answer], "The log has {lines:?}");
    page.until("return [...document.querySelectorAll('button')].every((button) => button.disabled)").await?;
    page.ended().await?;
    page.has_no_error().await
}

pub(super) async fn the_code_of_a_dropped_server_is_shown_in_place_of_an_answer(page: &Page<'_>) -> Result<()> {
    dropped(page, 4001, "log in", "closed by the peer: 4001, \"log in\", clean").await
}

pub(super) async fn a_restart_is_shown_in_place_of_an_answer(page: &Page<'_>) -> Result<()> {
    dropped(page, 1012, "restart", "closed by the peer: 1012 Service Restart, \"restart\", clean").await
}

pub(super) async fn a_request_while_closing_fails_with_the_code(page: &Page<'_>) -> Result<()> {
    // Chromium waits two seconds for the end of TCP, and until then sends nothing and has not fired `close`.
    page.open("/close?code=4001&reason=log%20in&asked&then=hold").await?;
    page.until_state("open").await?;
    call(page, "add", "[1]").await?;
    page.until_saw(|saw| saw.close.is_some()).await?;
    page.js("document.getElementById('form').requestSubmit()").await?;
    let line = "add: no answer, closed by the peer: 4001, \"log in\", clean";
    page.until_lines(&[line, line]).await?;
    let saw = page.ended().await?;
    ensure!(saw.messages == 1, "The peer saw {saw:?}");
    page.has_no_error().await
}

pub(super) async fn leaving_the_page_leaves_no_connection(page: &Page<'_>) -> Result<()> {
    page.open("/rpc").await?;
    page.until_state("open").await?;
    subscribe(page).await?;
    call(page, "wait", "[]").await?;
    page.js("location.href = 'about:blank'").await?;
    page.ended().await?;
    Ok(())
}

pub(super) async fn a_refused_connection_is_shown(page: &Page<'_>) -> Result<()> {
    page.open("/refuse?status=503").await?;
    page.until("return document.getElementById('state').textContent.includes('1006')").await?;
    page.ended().await?;
    Ok(())
}
