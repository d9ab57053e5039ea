//! A browser with the bench's page open: one job after another is run in it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::driver::DriverProgram;
use onclose_rig::session::Session;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::time::timeout;

use super::thread::{self, MainThread};

/// The limit of a job; nothing that is measured takes nearly as long.
const JOB: Duration = Duration::from_secs(90);
/// How long a browser may take beyond its own limit until it counts as hanging.
const HANGS: Duration = Duration::from_secs(60);
/// How long the page keeps its main thread busy, so that it can be found among the browser's threads.
const SPIN_MS: u64 = 250;

/// The thread whose processor time the page can ask for.
#[derive(Clone, Debug, Default)]
struct Watched(Arc<Mutex<Option<MainThread>>>);

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Option<MainThread>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves the page; it can ask for the processor time of its main thread.
#[derive(Debug)]
pub(crate) struct BenchSite {
    pub(crate) site: Site,
    thread: Watched,
}

impl BenchSite {
    pub(crate) async fn start(folder: &Path, peer: SocketAddr) -> Result<Self> {
        let thread = Watched::default();
        let watched = thread.clone();
        let clock = move || json!({ "nanoseconds": (*watched.lock()).and_then(MainThread::on_cpu) });
        let site = Site::folder(folder).peer(peer).without_cache().isolated().json("/cpu.json", clock);
        Ok(Self { site: site.start().await?, thread })
    }
}

#[derive(Debug)]
pub(crate) struct Browser {
    session: Session,
    url: String,
    thread: Watched,
    pages: u32,
}

impl Browser {
    pub(crate) async fn start(workspace: &Workspace, program: &DriverProgram, site: &BenchSite) -> Result<Self> {
        let session = Session::start(workspace, program).await?;
        session.limit_scripts(JOB).await?;
        Ok(Self { session, url: site.site.url.clone(), thread: site.thread.clone(), pages: 0 })
    }

    pub(crate) fn version(&self) -> Result<String> {
        self.session.version()
    }

    /// Opens a new page with these subjects loaded; `mode` is the fragment of its address.
    pub(crate) async fn open_page(&mut self, mode: &str, subjects: &[&str]) -> Result<()> {
        self.pages += 1;
        *self.thread.lock() = None;
        // With the same address, the browser would scroll to the fragment instead of loading the page.
        self.session.goto(&format!("{}?{}{mode}", self.url, self.pages)).await?;
        self.ready().await?;
        self.call("bench.load(...arguments)", vec![json!(subjects)]).await?;
        Ok(())
    }

    async fn ready(&self) -> Result<()> {
        let ready = "const done = arguments[0];
            (function look() { globalThis.bench ? done(bench.isolated) : setTimeout(look, 10) })()";
        let isolated = self.within(self.session.async_script(ready, vec![])).await? == json!(true);
        ensure!(isolated, "The page is not cross-origin isolated, so its clock is too coarse.");
        Ok(())
    }

    /// Finds the page's main thread, and lets the page ask for its processor time.
    pub(crate) async fn find_thread(&self) -> Result<()> {
        let Some(leader) = self.session.process().filter(|_| cfg!(target_os = "linux")) else {
            return Ok(());
        };
        for _ in 0..5 {
            let family = MainThread::of_family(leader);
            let before: Vec<_> = family.iter().filter_map(|&thread| Some((thread, thread.on_cpu()?))).collect();
            self.session.script("bench.spin(arguments[0])", vec![json!(SPIN_MS)]).await?;
            if let Some(found) = thread::busiest(&before) {
                *self.thread.lock() = Some(found);
                return Ok(());
            }
        }
        bail!("The page's main thread was not the busiest one.");
    }

    /// Runs a job of the page to its end.
    pub(crate) async fn run(&self, job: &str, args: Value) -> Result<Value> {
        self.call("bench.run(...arguments)", vec![json!(job), args]).await
    }

    /// Runs a job that begins when another page is in front.
    pub(crate) async fn run_hidden(&self, job: &str, args: Value) -> Result<Value> {
        let client = self.session.client();
        let page = client.window().await?;
        self.session.script("bench.hide(...arguments)", vec![json!(job), args]).await?;
        let front = client.new_window(true).await?.handle;
        client.switch_to_window(front).await?;
        // The drivers show a page when they are asked to run something in it, so the page in front asks for the outcome.
        self.session.goto(&format!("{}?front", self.url)).await?;
        self.ready().await?;
        let outcome = self.call("bench.outcome()", vec![]).await;
        client.close_window().await?;
        client.switch_to_window(page).await?;
        outcome
    }

    async fn call(&self, call: &str, args: Vec<Value>) -> Result<Value> {
        let script = format!(
            "const arguments_ = [...arguments]; const done = arguments_.pop();
            (function () {{ return {call} }})(...arguments_).then(done)"
        );
        // Not polled: each poll would run on the main thread that is measured.
        let mut state = self.within(self.session.async_script(&script, args)).await?;
        match state["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(state["value"].take()),
        }
    }

    async fn within(&self, work: impl Future<Output = Result<Value>>) -> Result<Value> {
        timeout(JOB + HANGS, work).await.context("The browser hangs")?
    }

    /// Returns the size of the JavaScript heap after a garbage collection; `None` in engines that do not report it.
    pub(crate) async fn heap(&self) -> Result<Option<f64>> {
        Ok(self.session.heap().await?.map(|heap| heap.used))
    }

    pub(crate) async fn end(self) {
        self.session.end().await;
    }
}
