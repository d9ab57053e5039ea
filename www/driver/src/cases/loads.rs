//! Tests of the panels that measure memory and speed.

use anyhow::{Result, ensure};
use onclose_rig::session::Session;
use serde_json::json;

use crate::Context;
use crate::page::Page;

/// Runs one of the two loads to its end; returns the text of its result.
async fn run(page: &Page<'_>, what: &str, count: &str) -> Result<String> {
    page.fill(&format!("{what}-count"), count).await?;
    page.press(&format!("{what}-start")).await?;
    page.until(&format!("return document.getElementById('{what}-status').dataset.state === 'done'")).await?;
    let progress = "const bar = document.getElementById(arguments[0]); return [bar.value, bar.max]";
    let bar = page.js(progress, &[json!(format!("{what}-progress"))]).await?;
    ensure!(bar == json!([count.parse::<u32>()?, count.parse::<u32>()?]), "At the end the bar is at {bar}.");
    page.says(&format!("{what}-status"), if what == "echo" { "load.speed" } else { "load.memory" }).await
}

pub(super) async fn opening_and_closing_leaves_memory_flat(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    // The first connections may grow memory by a page.
    run(&page, "cycles", "20").await?;
    let said = run(&page, "cycles", "100").await?;
    ensure!(said.contains("100"), "The result is {said:?}.");
    let grown = page.data("cycles-status", "grown").await?;
    ensure!(grown == "0", "Memory grew by {grown} KiB in 100 connections.");
    // The last figure that was shown during the run is the one of the result.
    let live = page.text("cycles-live").await?;
    ensure!(live.ends_with(" KiB") && said.contains(&live), "It showed {live:?}, and the result is {said:?}.");
    page.has_no_fault().await
}

pub(super) async fn echoes_are_counted_to_the_last(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    // Not a multiple of the number of messages in flight.
    let said = run(&page, "echo", "1001").await?;
    ensure!(said.contains("1001"), "The result is {said:?}.");
    for (count, what) in [("0", "echo"), ("1000001", "echo"), ("many", "cycles")] {
        page.fill(&format!("{what}-count"), count).await?;
        page.press(&format!("{what}-start")).await?;
        page.says(&format!("{what}-status"), "load.invalid").await?;
        page.is_focused(&format!("{what}-count")).await?;
    }
    page.has_no_fault().await
}

pub(super) async fn a_run_can_be_cancelled(session: &Session, context: &Context<'_>) -> Result<()> {
    for (what, count) in [("echo", "1000000"), ("cycles", "100000")] {
        let page = Page::open(session, context).await?;
        page.fill(&format!("{what}-count"), count).await?;
        page.press(&format!("{what}-start")).await?;
        page.until(&format!("return document.getElementById('{what}-progress').value > 0")).await?;
        let live = page.text(&format!("{what}-live")).await?;
        ensure!(live.starts_with(|first: char| first.is_ascii_digit()), "While {what} runs it shows {live:?}.");
        let other = if what == "echo" { "cycles" } else { "echo" };
        let disabled = "return document.getElementById(arguments[0]).disabled";
        let both = page.js(disabled, &[json!(format!("{other}-start"))]).await?;
        ensure!(both == json!(true), "Another run can be started during {what}.");
        page.press(&format!("{what}-cancel")).await?;
        page.until(&format!("return document.getElementById('{what}-status').dataset.state === 'cancelled'")).await?;
        let said = page.says(&format!("{what}-status"), "load.cancelled").await?;
        ensure!(said.contains(count), "The result is {said:?}.");
        let again = page.js(disabled, &[json!(format!("{other}-start"))]).await?;
        ensure!(again == json!(false), "After {what} no other run can be started.");
        page.has_no_fault().await?;
    }
    Ok(())
}
