//! What the peer saw, asked by the page.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{Browser, Lab, Place};

/// Until a connection has ended.
const WAIT: Duration = Duration::from_secs(20);

/// Until a browser has asked for a connection that it may have given up before.
const BEGIN: Duration = Duration::from_millis(200);

/// The peer's report on a connection, which has to have ended.
pub(super) async fn saw(lab: &Lab<'_>, browser: &Browser, id: &str) -> Result<Value> {
    let saw = ask(lab, browser, id, WAIT).await?;
    ensure!(saw["end"].is_string() && saw["end"] != "open", "The peer saw no end: {saw}");
    Ok(saw)
}

/// The same; `None` if the peer never heard of the connection.
pub(super) async fn saw_if_begun(lab: &Lab<'_>, browser: &Browser, id: &str) -> Result<Option<Value>> {
    if ask(lab, browser, id, BEGIN).await?["error"] == "unknown id" {
        return Ok(None);
    }
    saw(lab, browser, id).await.map(Some)
}

async fn ask(lab: &Lab<'_>, browser: &Browser, id: &str, wait: Duration) -> Result<Value> {
    let route = format!("/saw?id={id}&wait={}", wait.as_millis());
    let url = lab.peer(&route).replacen("ws", "http", 1);
    browser.run(Place::Page, "raw.ask", json!({ "url": url }), 2 * WAIT).await
}
