//! A browser with the bench's page open: one job after another is run in it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::site::Site;
use super::thread::{self, MainThread};
use onclose_rig::driver::{Engine, Program};
use onclose_rig::session::{SESSION, Session};
use onclose_rig::workspace::Workspace;

/// One job; nothing that is measured takes nearly as long.
const JOB: Duration = Duration::from_secs(90);
/// How long the page keeps its thread busy, so that it can be told from the others.
const SPIN: u64 = 250;

#[derive(Debug)]
pub(crate) struct Browser {
    session: Session,
    engine: Engine,
    pages: u32,
}

impl Browser {
    pub(crate) async fn start(workspace: &Workspace, program: &Program) -> Result<Self> {
        let session = Session::start(workspace, program).await?;
        session.client.update_timeouts(TimeoutConfiguration::new(Some(JOB), Some(SESSION), None)).await?;
        Ok(Self { session, engine: program.engine, pages: 0 })
    }

    /// The name and version that the browser tells.
    pub(crate) fn version(&self) -> String {
        let capabilities = self.session.client.capabilities();
        let text = |name: &str| capabilities.and_then(|all| all.get(name)?.as_str()).unwrap_or("?").to_owned();
        format!("{} {}", text("browserName"), text("browserVersion"))
    }

    /// A page of its own, with these subjects loaded; `mode` is what its address ends with.
    pub(crate) async fn page(&mut self, site: &Site, mode: &str, subjects: &[&str]) -> Result<()> {
        self.pages += 1;
        site.watch(None);
        // Without a number of its own it would be the same page, scrolled.
        self.session.client.goto(&format!("{}?{}{mode}", site.url, self.pages)).await?;
        let ready = "const done = arguments[0];
            (function look() { globalThis.bench ? done(bench.isolated) : setTimeout(look, 10) })()";
        if self.within(self.session.client.execute_async(ready, vec![])).await? != json!(true) {
            bail!("The page is not isolated, so its clock is too coarse.");
        }
        self.call("bench.load(...arguments)", vec![json!(subjects)]).await?;
        Ok(())
    }

    /// Finds the page's main thread, and has the site tell the page of it.
    pub(crate) async fn find_thread(&self, site: &Site) -> Result<()> {
        let Some(leader) = self.session.process().filter(|_| cfg!(target_os = "linux")) else {
            return Ok(());
        };
        for _ in 0..5 {
            let family = MainThread::of_family(leader);
            let before: Vec<_> = family.iter().filter_map(|&thread| Some((thread, thread.on_cpu()?))).collect();
            self.session.client.execute("bench.spin(arguments[0])", vec![json!(SPIN)]).await?;
            if let Some(found) = thread::busiest(&before) {
                site.watch(Some(found));
                return Ok(());
            }
        }
        bail!("The page's main thread could not be told from the others.");
    }

    /// Runs a job of the page to its end.
    pub(crate) async fn run(&self, job: &str, args: Value) -> Result<Value> {
        self.call("bench.run(...arguments)", vec![json!(job), args]).await
    }

    async fn call(&self, call: &str, args: Vec<Value>) -> Result<Value> {
        let script = format!(
            "const arguments_ = [...arguments]; const done = arguments_.pop();
            (function () {{ return {call} }})(...arguments_).then(done)"
        );
        let mut state = self.within(self.session.client.execute_async(&script, args)).await?;
        match state["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(state["value"].take()),
        }
    }

    async fn within<E: Into<anyhow::Error>>(&self, work: impl Future<Output = Result<Value, E>>) -> Result<Value> {
        // The browser's own limit comes first, unless the browser hangs.
        timeout(JOB + SESSION, work).await.context("The browser hangs")?.map_err(Into::into)
    }

    /// What is alive in the page's JavaScript heap; `None` where the browser does not tell.
    pub(crate) async fn heap(&self) -> Result<Option<f64>> {
        if self.engine != Engine::Chromium {
            return Ok(None);
        }
        // What a first collection finalizes, a second one frees.
        for _ in 0..3 {
            self.session.client.issue_cmd(DevTools("HeapProfiler.collectGarbage")).await?;
        }
        let usage = self.session.client.issue_cmd(DevTools("Runtime.getHeapUsage")).await?;
        usage["usedSize"].as_f64().map(Some).context("Chromium told no size of its heap")
    }

    pub(crate) async fn end(self) {
        self.session.end().await;
    }
}

/// Chromium's own command for a method of its developer tools.
#[derive(Debug)]
struct DevTools(&'static str);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": {} }).to_string()))
    }
}
