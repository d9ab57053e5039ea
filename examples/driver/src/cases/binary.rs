use anyhow::{Result, ensure};
use onclose_peer::Order;

use crate::page::Page;

pub(super) async fn values_come_back_equal(page: &Page<'_>) -> Result<()> {
    page.open("/echo").await?;
    page.until_state("open").await?;
    page.click("#move button").await?;
    page.type_into("text", "hi").await?;
    page.click("#say button").await?;
    page.until_lines(&["Move { x: 3, y: -4 }, 3 bytes", "Say(\"hi\"), 4 bytes"]).await?;
    page.click("#close").await?;
    page.until_state("closed locally: 4000, \"the user left\", clean").await?;
    let saw = page.ended().await?;
    ensure!((saw.messages, saw.bytes, saw.last.as_deref()) == (2, 7, None), "The peer saw {saw:?}");
    ensure!(saw.close_code() == Some(4000), "The peer saw {saw:?}");
    page.has_no_error().await
}

pub(super) async fn a_message_that_is_no_value_closes_with_a_code(page: &Page<'_>) -> Result<()> {
    page.open("/obey").await?;
    page.until_state("open").await?;
    ensure!(page.peer.records.tell(&page.id, Order::Say("a text".to_owned())).await, "Nothing was sent.");
    page.until_state("closed locally: 4002, \"not a packet\", clean").await?;
    let saw = page.ended().await?;
    ensure!(saw.close_code() == Some(4002), "The peer saw {saw:?}");
    page.has_no_error().await
}
