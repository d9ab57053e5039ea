//! Runs the parts of the laboratory in an engine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use onclose_peer::{Order, Records, Saw};
use onclose_rig::build::Page;
use onclose_rig::driver::DriverProgram;
use onclose_rig::engine::Engine;
use onclose_rig::peers::LocalPeer;
use onclose_rig::process::Show;
use onclose_rig::results::{Place, Report, Suite};
use onclose_rig::session::Session;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;

use crate::browser::Browser;
use crate::{lab, lifecycle, load, matrix, teardown};

/// The page of the laboratory.
pub const PAGE: Page = Page { package: "onclose-faults", files: "faults/static", output: "faults/page" };

/// A part that can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The laboratory itself: jobs run, and uncaught errors are reported
    Lab,
    /// Memory and load, as figures
    Load,
    /// Pages, iframes and workers that end with a socket, and pages restored from the back/forward cache
    Lifecycle,
    /// Handles, callbacks, iframes and workers dropped in every order
    Teardown,
    /// Every fault of a peer, on a plain WebSocket and through the crate, with the results compared
    Matrix,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Load => "load",
            Self::Lifecycle => "lifecycle",
            Self::Teardown => "teardown",
            Self::Matrix => "matrix",
        }
    }

    /// Returns the names of all tests of the part, in any engine.
    fn tests(self) -> Vec<String> {
        match self {
            Self::Lab => lab::driver::tests(),
            Self::Load => load::driver::tests(),
            Self::Lifecycle => lifecycle::driver::tests(),
            Self::Teardown => teardown::driver::tests(),
            Self::Matrix => matrix::driver::tests(),
        }
    }

    async fn run(self, lab: &Lab<'_>, suite: &mut Suite<'_>) {
        match self {
            Self::Lab => lab::driver::run(lab, suite).await,
            Self::Load => load::driver::run(lab, suite).await,
            Self::Lifecycle => lifecycle::driver::run(lab, suite).await,
            Self::Teardown => teardown::driver::run(lab, suite).await,
            Self::Matrix => matrix::driver::run(lab, suite).await,
        }
    }
}

/// Returns whether a part has a test whose name contains this.
pub fn has_test(filter: &str) -> bool {
    Part::value_variants().iter().flat_map(|part| part.tests()).any(|test| test.contains(filter))
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Faults<'a> {
    /// The parts to run; all if there is none.
    pub parts: &'a [Part],
    /// Runs everything instead of a sample.
    pub whole: bool,
    /// Records what plain sockets do.
    pub record: bool,
    /// Runs only tests whose names contain this.
    pub filter: Option<&'a str>,
}

/// The laboratory, built and served.
#[derive(Debug)]
pub struct Laboratory(Site);

impl Faults<'_> {
    /// Builds the page and serves it.
    pub async fn prepare(workspace: &Workspace, peer: SocketAddr, show: Show) -> Result<Laboratory> {
        let folder = PAGE.build(workspace, show).await?;
        // Lifecycle tests need the back/forward cache, and matrix tests a page whose policy forbids connections.
        let site = Site::folder(&folder).peer(peer).revalidated().with_guarded_pages().start().await?;
        Ok(Laboratory(site))
    }

    /// Runs the chosen parts in an engine.
    pub async fn run(
        &self,
        workspace: &Workspace,
        Laboratory(site): &Laboratory,
        program: &DriverProgram,
        peer: &LocalPeer,
        report: &Report,
    ) {
        let Self { parts, whole, record, filter } = *self;
        for &part in Part::value_variants() {
            let named = filter.is_none_or(|filter| part.tests().iter().any(|test| test.contains(filter)));
            // A filter can be an order of the teardown part.
            let chosen = parts.is_empty() && named || parts.contains(&part);
            if chosen {
                let engine = program.engine;
                let mut suite = report.suite(Place::new(format!("faults: {}", part.name()), engine.name(), ""));
                let lab = Lab { workspace, program, engine, page: &site.url, peer, whole, record, filter };
                part.run(&lab, &mut suite).await;
            }
        }
    }
}

/// What a part runs with.
#[derive(Debug)]
pub(crate) struct Lab<'a> {
    pub(crate) workspace: &'a Workspace,
    program: &'a DriverProgram,
    pub(crate) engine: Engine,
    /// The laboratory's address, with a slash at its end.
    pub(crate) page: &'a str,
    pub(crate) peer: &'a LocalPeer,
    pub(crate) whole: bool,
    pub(crate) record: bool,
    pub(crate) filter: Option<&'a str>,
}

impl Lab<'_> {
    /// Returns whether this test is to be run.
    pub(crate) fn wants(&self, test: &str) -> bool {
        self.filter.is_none_or(|filter| test.contains(filter))
    }

    /// Starts a browser with the laboratory open.
    pub(crate) async fn browser(&self) -> Result<Browser> {
        let session = Session::start(self.workspace, self.program).await?;
        let browser = Browser::new(session);
        browser.goto(self.page).await?;
        Ok(browser)
    }

    /// Returns the folder for reports.
    pub(crate) fn output(&self) -> PathBuf {
        self.workspace.target().join("faults")
    }
}

/// How long the peer may take to see what a browser did.
const WAIT: Duration = Duration::from_secs(20);
/// How long a browser may take to request a connection that it has possibly aborted.
const BEGIN: Duration = Duration::from_millis(200);
/// Between two questions to the peer's records.
const PAUSE: Duration = Duration::from_millis(20);

/// Returns the peer's record of a connection, which must have ended.
pub(crate) async fn ended(records: &Records, id: &str) -> Result<Saw> {
    let saw = records.saw(id, WAIT).await.with_context(|| format!("The peer has no record of {id}."))?;
    ensure!(saw.has_ended(), "The connection has not ended: {saw:?}");
    Ok(saw)
}

/// Returns whether the browser never requested the connection.
pub(crate) async fn is_unknown(records: &Records, id: &str) -> bool {
    records.saw(id, BEGIN).await.is_none()
}

/// Returns whether the connection is still open after this time.
pub(crate) async fn is_open_after(records: &Records, id: &str, wait: Duration) -> bool {
    records.saw(id, wait).await.is_some_and(|saw| !saw.has_ended())
}

/// Waits until the peer has a record of the connection.
pub(crate) async fn begun(records: &Records, id: &str) -> Result<()> {
    until(|| async { records.saw(id, Duration::ZERO).await.is_some() }).await.context("The peer has no record of it.")
}

/// Resets a closing connection, after the peer has seen the client's Close or the end.
pub(crate) async fn release(records: &Records, id: &str) -> Result<()> {
    let closes =
        || async { records.saw(id, Duration::ZERO).await.is_some_and(|saw| saw.close.is_some() || saw.has_ended()) };
    until(closes).await.context("The peer received no Close.")?;
    records.tell(id, Order::Reset).await;
    Ok(())
}

/// Waits until the peer has no open connection whose id begins with this.
pub(crate) async fn none_open(records: &Records, prefix: &str) -> Result<()> {
    let none = || async { records.count(prefix) == 0 };
    until(none).await.with_context(|| format!("The peer still has {} open connections.", records.count(prefix)))
}

async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) -> Result<()> {
    let begun = Instant::now();
    while !holds().await {
        ensure!(begun.elapsed() < WAIT, "waited {} s", WAIT.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
