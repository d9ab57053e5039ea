//! What the peer saw, asked by the page.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::driver::{Browser, Lab, Place};

/// Until a connection has ended.
const WAIT: Duration = Duration::from_secs(20);

/// Until a browser has asked for a connection that it may have given up before.
const BEGIN: Duration = Duration::from_millis(200);

/// The peer's report on a connection, which has to have ended.
pub(crate) async fn saw(lab: &Lab<'_>, browser: &Browser, id: &str) -> Result<Value> {
    let saw = ask(lab, browser, id, WAIT).await?;
    ensure!(saw["end"].is_string() && saw["end"] != "open", "The peer saw no end: {saw}");
    Ok(saw)
}

/// Whether the peer never heard of the connection.
pub(crate) async fn is_unknown(lab: &Lab<'_>, browser: &Browser, id: &str) -> Result<bool> {
    Ok(ask(lab, browser, id, BEGIN).await?["error"] == "unknown id")
}

/// Waits until the peer knows of the connection.
pub(crate) async fn begun(lab: &Lab<'_>, browser: &Browser, id: &str) -> Result<()> {
    let begun = Instant::now();
    while ask(lab, browser, id, Duration::ZERO).await?["error"] == "unknown id" {
        ensure!(begun.elapsed() < WAIT, "The peer knows of no connection {id}.");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Has the peer drop a connection that is closing, once it has seen the client's Close or the end.
pub(crate) async fn release(lab: &Lab<'_>, browser: &Browser, id: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let saw = ask(lab, browser, id, Duration::ZERO).await?;
        if !saw["close"].is_null() || saw["end"] != "open" {
            break;
        }
        ensure!(begun.elapsed() < WAIT, "The peer saw no Close.");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    plain(lab, browser, &format!("/tell?id={id}&end=rst")).await.map(drop)
}

/// Waits until the peer has no connection open whose id begins like this.
pub(crate) async fn none_open(lab: &Lab<'_>, browser: &Browser, prefix: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let count = plain(lab, browser, &format!("/count?prefix={prefix}")).await?;
        let open = count["open"].as_u64().with_context(|| format!("The peer counts {count}"))?;
        if open == 0 {
            return Ok(());
        }
        ensure!(begun.elapsed() < WAIT, "The peer still has {open} connections.");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Whether the peer has seen no end of the connection after so long.
pub(crate) async fn is_open_after(lab: &Lab<'_>, browser: &Browser, id: &str, wait: Duration) -> Result<bool> {
    Ok(ask(lab, browser, id, wait).await?["end"] == "open")
}

async fn ask(lab: &Lab<'_>, browser: &Browser, id: &str, wait: Duration) -> Result<Value> {
    plain(lab, browser, &format!("/saw?id={id}&wait={}", wait.as_millis())).await
}

/// What the peer answers to a plain request.
async fn plain(lab: &Lab<'_>, browser: &Browser, route: &str) -> Result<Value> {
    let url = lab.peer(route).replacen("ws", "http", 1);
    browser.run(Place::Page, "raw.ask", json!({ "url": url }), 2 * WAIT).await
}
