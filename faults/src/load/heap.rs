//! The JavaScript heap, as Chromium tells it.

use anyhow::{Context, Result};
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use crate::driver::Browser;

/// What the browser's own objects may grow by for each pair of cycles. Its tables double and halve, by 290 KB in all; a
/// socket that is left costs over 1 KB.
pub(super) const EMBEDDER_EACH: f64 = 512.0;

/// What is in use after a collection of garbage.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heap {
    /// By values of JavaScript's.
    pub(super) used: f64,
    /// By the browser's own objects behind them.
    pub(super) embedder: f64,
}

impl Heap {
    pub(super) async fn of(browser: &Browser) -> Result<Self> {
        // What was dropped in a turn can be reachable until the next, and what is freed can free more.
        for _ in 0..3 {
            devtools(browser, "HeapProfiler.collectGarbage").await?;
        }
        let usage = devtools(browser, "Runtime.getHeapUsage").await?;
        let number = |name: &str| usage[name].as_f64().with_context(|| format!("No {name} in {usage}"));
        Ok(Self { used: number("usedSize")?, embedder: number("embedderHeapUsedSize")? })
    }
}

async fn devtools(browser: &Browser, method: &'static str) -> Result<Value> {
    Ok(browser.client().issue_cmd(Devtools(method)).await?)
}

/// Chromium's own command for a command of its developer tools.
#[derive(Debug)]
struct Devtools(&'static str);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let Self(method) = self;
        (http::Method::POST, Some(json!({ "cmd": method, "params": {} }).to_string()))
    }
}
