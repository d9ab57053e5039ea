//! Memory and speed.

use anyhow::{Result, ensure};
use fantoccini::Client;
use serde_json::json;

use super::{Ctx, Page};

async fn run(page: &Page<'_>, what: &str, count: &str) -> Result<String> {
    page.fill(&format!("{what}-count"), count).await?;
    page.press(&format!("{what}-start")).await?;
    page.until(&format!("return document.getElementById('{what}-status').dataset.state === 'done'")).await?;
    let progress = "const bar = document.getElementById(arguments[0]); return [bar.value, bar.max]";
    let bar = page.js(progress, &[json!(format!("{what}-progress"))]).await?;
    ensure!(bar == json!([count.parse::<u32>()?, count.parse::<u32>()?]), "At the end the bar is at {bar}.");
    page.text(&format!("{what}-status")).await
}

pub(super) async fn opening_and_closing_leaves_memory_flat(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    // The first ones may need a page of memory more than there was.
    run(&page, "cycles", "20").await?;
    let said = run(&page, "cycles", "100").await?;
    ensure!(said.starts_with("100 connections"), "It says {said:?}.");
    let grown = page.data("cycles-status", "grown").await?;
    ensure!(grown == "0", "Memory grew by {grown} KiB in 100 connections.");
    // The last figure of those that were shown on the way is the one that it ends with.
    let live = page.text("cycles-live").await?;
    ensure!(live.ends_with(" KiB") && said.contains(&format!("{live} after")), "It showed {live:?} and says {said:?}.");
    page.has_no_fault().await
}

pub(super) async fn echoes_are_counted_to_the_last(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    // No multiple of what is on its way at once.
    let said = run(&page, "echo", "1001").await?;
    ensure!(said.starts_with("1001 messages"), "It says {said:?}.");
    for (count, what) in [("0", "echo"), ("1000001", "echo"), ("many", "cycles")] {
        page.fill(&format!("{what}-count"), count).await?;
        page.press(&format!("{what}-start")).await?;
        let said = page.text(&format!("{what}-status")).await?;
        ensure!(said.contains("whole number from 1"), "For {count} it says {said:?}.");
        page.is_focused(&format!("{what}-count")).await?;
    }
    page.has_no_fault().await
}

pub(super) async fn a_run_can_be_cancelled(client: &Client, ctx: &Ctx) -> Result<()> {
    for (what, count) in [("echo", "1000000"), ("cycles", "100000")] {
        let page = Page::open(client, ctx).await?;
        page.fill(&format!("{what}-count"), count).await?;
        page.press(&format!("{what}-start")).await?;
        page.until(&format!("return document.getElementById('{what}-progress').value > 0")).await?;
        let live = page.text(&format!("{what}-live")).await?;
        ensure!(live.starts_with(|first: char| first.is_ascii_digit()), "While {what} runs it shows {live:?}.");
        let other = if what == "echo" { "cycles" } else { "echo" };
        let disabled = "return document.getElementById(arguments[0]).disabled";
        let both = page.js(disabled, &[json!(format!("{other}-start"))]).await?;
        ensure!(both == json!(true), "A second run could be begun beside {what}.");
        page.press(&format!("{what}-cancel")).await?;
        page.until(&format!("return document.getElementById('{what}-status').dataset.state === 'cancelled'")).await?;
        let said = page.text(&format!("{what}-status")).await?;
        ensure!(said.contains(&format!("of {count}")), "It says {said:?}.");
        let again = page.js(disabled, &[json!(format!("{other}-start"))]).await?;
        ensure!(again == json!(false), "After {what} no other run can be begun.");
        page.has_no_fault().await?;
    }
    Ok(())
}
