//! The same for the chat in each framework.

use anyhow::{Result, ensure};
use onclose_peer::Order;

use crate::page::Page;

/// The room has the id of the test: the engines share the peer.
fn route(page: &Page<'_>) -> String {
    format!("/chat?room={}", page.id)
}

async fn join(page: &Page<'_>, route: &str) -> Result<()> {
    page.open(route).await?;
    page.until_enabled("#toggle").await?;
    page.click("#toggle").await
}

pub(super) async fn messages_of_the_room_are_shown(page: &Page<'_>) -> Result<()> {
    join(page, &route(page)).await?;
    page.until_state("open").await?;
    page.type_into("text", "hello").await?;
    page.click("#send").await?;
    page.until_lines(&["hello"]).await?;
    ensure!(page.js("return document.getElementById('text').value").await? == "", "The text was not cleared.");
    let told = page.peer.records.tell_room(&page.id, Order::Say("welcome".to_owned())).await;
    ensure!(told == 1, "{told} connections are in the room.");
    page.until_lines(&["hello", "welcome"]).await?;
    page.type_into("text", "bye\u{e007}").await?;
    page.until_lines(&["hello", "welcome", "bye"]).await?;
    page.has_no_error().await
}

pub(super) async fn a_restart_is_shown_and_connecting_again_works(page: &Page<'_>) -> Result<()> {
    join(page, &route(page)).await?;
    page.until_state("open").await?;
    let told = page.peer.records.tell_room(&page.id, Order::close(1012, "restart")).await;
    ensure!(told == 1, "{told} connections are in the room.");
    page.until_state("closed by the peer: 1012 Service Restart, \"restart\", clean").await?;
    page.until("return document.getElementById('send').disabled").await?;
    page.until_enabled("#reconnect").await?;
    page.click("#reconnect").await?;
    page.until_state("open").await?;
    page.until("return document.getElementById('reconnect').disabled").await?;
    page.type_into("text", "again").await?;
    page.click("#send").await?;
    page.until_lines(&["again"]).await?;
    page.click("#toggle").await?;
    let saw = page.ended().await?;
    ensure!((saw.all.upgraded, saw.all.closed) == (2, 2), "The peer saw {saw:?}");
    page.has_no_error().await
}

pub(super) async fn leaving_closes_with_a_code(page: &Page<'_>) -> Result<()> {
    join(page, &route(page)).await?;
    page.until_state("open").await?;
    page.click("#toggle").await?;
    page.until("return document.getElementById('state') === null").await?;
    let saw = page.ended().await?;
    ensure!(saw.close_code() == Some(4000), "The peer saw {saw:?}");
    page.has_no_error().await?;
    page.click("#toggle").await?;
    page.until_state("open").await?;
    page.has_no_error().await
}

pub(super) async fn leaving_while_connecting_leaves_no_connection(page: &Page<'_>) -> Result<()> {
    join(page, &format!("{}&accept_delay=1500", route(page))).await?;
    page.until_state("connecting").await?;
    // Before that there is no connection that could be left.
    page.until_saw(|_| true).await?;
    page.click("#toggle").await?;
    // Firefox ends TCP only once the handshake is answered, so the peer may have counted it as open until then.
    let saw = page.ended().await?;
    ensure!(saw.messages == 0 && saw.close.is_none(), "The connection was used: {saw:?}");
    // By the time that another connection is open, what the first task did without its component is in the console.
    page.click("#toggle").await?;
    page.until_state("open").await?;
    page.has_no_error().await
}

pub(super) async fn a_refused_connection_is_shown(page: &Page<'_>) -> Result<()> {
    join(page, "/refuse?status=403").await?;
    page.until("return document.getElementById('state')?.textContent.includes('1006')").await?;
    page.until_enabled("#reconnect").await
}
