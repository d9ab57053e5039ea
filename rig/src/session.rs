//! A browser, driven by WebDriver.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::driver::{Driver, DriverProgram};
use crate::engine::Engine;
use crate::workspace::Workspace;

/// The limit of what a page cannot delay: starting a browser, ending it, and synchronous scripts.
const LIMIT: Duration = Duration::from_secs(60);
/// Between two questions to a page.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub struct Session {
    engine: Engine,
    client: Client,
    driver: Driver,
}

/// Chromium's heap after a garbage collection, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heap {
    /// Of JavaScript values.
    pub used: f64,
    /// Of the browser's own objects behind them.
    pub embedder: f64,
}

impl Session {
    pub async fn start(workspace: &Workspace, program: &DriverProgram) -> Result<Self> {
        let engine = program.engine;
        let driver = program.start(workspace).await?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(engine.capabilities(workspace)?);
        let client = timeout(LIMIT, builder.connect(&driver.url))
            .await
            .context("The browser did not start in time")?
            .with_context(|| format!("The browser did not start; see {}", driver.log().display()))?;
        Ok(Self { engine, client, driver })
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns the WebDriver client, for commands that have no method here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the process that started all others, the browser among them.
    pub fn process(&self) -> Option<u32> {
        self.driver.process()
    }

    /// Returns the name and the version of the browser.
    pub fn version(&self) -> Result<String> {
        let capabilities = self.client.capabilities().context("The browser reports no capabilities")?;
        let text = |key: &str| {
            let value = capabilities.get(key).and_then(Value::as_str);
            value.with_context(|| format!("The browser does not report its {key}"))
        };
        Ok(format!("{} {}", text("browserName")?, text("browserVersion")?))
    }

    /// Limits the asynchronous scripts that follow.
    pub async fn limit_scripts(&self, limit: Duration) -> Result<()> {
        Ok(self.client.update_timeouts(TimeoutConfiguration::new(Some(limit), Some(LIMIT), None)).await?)
    }

    /// Opens a page and waits until it has loaded.
    pub async fn goto(&self, url: &str) -> Result<()> {
        Ok(timeout(LIMIT, self.client.goto(url)).await.context("The page did not load in time")??)
    }

    /// Returns what a synchronous script returns.
    pub async fn script(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        let execute = self.client.execute(script, args);
        // Such a script never waits, so a page that does not answer is stuck in a loop.
        let answer = timeout(LIMIT, execute).await.context("The page does not answer")?;
        answer.with_context(|| format!("This script failed: {script}"))
    }

    /// Returns what an asynchronous script passes to its last argument, a callback.
    pub async fn async_script(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        self.client.execute_async(script, args).await.with_context(|| format!("This script failed: {script}"))
    }

    /// Waits until a synchronous script returns `true`; returns `false` if it does not within this time.
    pub async fn until(&self, script: &str, limit: Duration) -> Result<bool> {
        let begun = Instant::now();
        while self.script(script, vec![]).await? != json!(true) {
            if begun.elapsed() > limit {
                return Ok(false);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(true)
    }

    /// Calls a method of Chromium's DevTools protocol.
    pub async fn cdp(&self, method: &'static str, params: Value) -> Result<Value> {
        if self.engine != Engine::Chromium {
            bail!("Only Chromium has the DevTools protocol.");
        }
        let body = json!({ "cmd": method, "params": params });
        Ok(self.client.issue_cmd(Extension { path: "goog/cdp/execute", body }).await?)
    }

    /// Collects garbage and returns the size of the heap; `None` in engines that do not report it.
    pub async fn heap(&self) -> Result<Option<Heap>> {
        if self.engine != Engine::Chromium {
            return Ok(None);
        }
        // A value dropped in one task can stay reachable until the next, and a collected one can release others.
        for _ in 0..3 {
            self.cdp("HeapProfiler.collectGarbage", json!({})).await?;
        }
        let usage = self.cdp("Runtime.getHeapUsage", json!({})).await?;
        let number = |name: &str| usage[name].as_f64().with_context(|| format!("No {name} in {usage}"));
        Ok(Some(Heap { used: number("usedSize")?, embedder: number("embedderHeapUsedSize")? }))
    }

    /// Returns the errors in the console since the last call; `None` in engines that do not report them.
    pub async fn console_errors(&self) -> Result<Option<Vec<String>>> {
        if self.engine != Engine::Chromium {
            return Ok(None);
        }
        let entries = self.client.issue_cmd(Extension { path: "se/log", body: json!({ "type": "browser" }) }).await?;
        let errors = (entries.as_array().into_iter().flatten())
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect();
        Ok(Some(errors))
    }

    /// Writes a picture of the page to this file.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        let picture = timeout(LIMIT, self.client.screenshot()).await??;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(file, picture)?)
    }

    /// Closes the browser, then ends the driver, and with it a browser that has not closed.
    pub async fn end(self) {
        let Self { client, driver, .. } = self;
        let _ = timeout(LIMIT, client.close()).await;
        driver.end().await;
    }
}

/// A command that a driver has beside those of WebDriver.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
