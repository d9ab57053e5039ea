use anyhow::{Result, ensure};
use onclose_peer::Order;

use crate::page::Page;

pub(super) async fn what_is_typed_comes_back(page: &Page<'_>) -> Result<()> {
    page.open("/echo").await?;
    page.until_state("open").await?;
    for text in ["hello", "ümläut 🦀"] {
        // ChromeDriver cannot type characters outside of the Basic Multilingual Plane.
        page.js(&format!("document.getElementById('text').value = '{text}'")).await?;
        page.click("#send").await?;
    }
    page.type_into("text", "typed").await?;
    page.click("#send").await?;
    page.until_lines(&["hello", "ümläut 🦀", "typed"]).await?;
    page.click("#close").await?;
    page.until_state("closed locally: 4000, \"the user left\", clean").await?;
    let saw = page.ended().await?;
    ensure!((saw.messages, saw.close_code()) == (3, Some(4000)), "The peer saw {saw:?}");
    page.has_no_error().await
}

pub(super) async fn the_code_of_a_restart_is_shown(page: &Page<'_>) -> Result<()> {
    page.open("/obey").await?;
    page.until_state("open").await?;
    ensure!(page.peer.records.tell(&page.id, Order::Say("soon".to_owned())).await, "Nothing was sent.");
    page.until_lines(&["soon"]).await?;
    ensure!(page.peer.records.tell(&page.id, Order::close(1012, "restart")).await, "Nothing was closed.");
    page.until_state("closed by the peer: 1012 Service Restart, \"restart\", clean").await?;
    ensure!(page.js("return document.getElementById('send').disabled").await? == true, "A closed connection can send.");
    page.ended().await?;
    page.has_no_error().await
}

pub(super) async fn a_refused_connection_is_shown(page: &Page<'_>) -> Result<()> {
    page.open("/refuse?status=401").await?;
    page.until("return document.getElementById('state').textContent.includes('1006')").await?;
    page.ended().await?;
    Ok(())
}
