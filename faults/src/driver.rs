//! `cargo xtask test --faults`: the crate under everything that can go wrong, beside plain JavaScript.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use tokio::net::TcpListener;

use onclose_rig::driver::{Engine, Program};
use onclose_rig::report::{Report, Row};
use onclose_rig::session::Session;
use onclose_rig::summary::Counts;
use onclose_rig::workspace::Workspace;
use onclose_rig::{build as page, net, site as serve};

pub(crate) use crate::browser::{Browser, Place};
use crate::{lab, lifecycle, load, matrix, teardown};

/// What can be run for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The laboratory itself: that jobs run, and that nothing uncaught escapes it
    Lab,
    /// Memory and load, as figures
    Load,
    /// Pages, frames and workers that go with a socket, and pages that come back
    Lifecycle,
    /// Handles, callbacks, frames and workers that go, in every order
    Teardown,
    /// Every fault of a peer, in plain JavaScript and over the crate: what is told is compared
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

    async fn run(self, lab: &Lab<'_>, tally: &mut Tally) {
        match self {
            Self::Lab => lab::driver::run(lab, tally).await,
            Self::Load => load::driver::run(lab, tally).await,
            Self::Lifecycle => lifecycle::driver::run(lab, tally).await,
            Self::Teardown => teardown::driver::run(lab, tally).await,
            Self::Matrix => matrix::driver::run(lab, tally).await,
        }
    }
}

#[derive(Debug)]
pub struct Faults<'a> {
    pub workspace: &'a Workspace,
    pub drivers: &'a [Program],
    pub peer: SocketAddr,
    /// All there is, not a sample.
    pub whole: bool,
    /// What engines do is recorded anew.
    pub record: bool,
    pub filter: Option<&'a str>,
}

impl Faults<'_> {
    /// Runs these parts, or all if none is named, in every engine; what happened goes into the report.
    pub async fn run(&self, parts: &[Part], report: &mut Report) {
        let begun = Instant::now();
        let (page, server) = match self.start_page().await {
            Ok(started) => started,
            Err(error) => {
                println!("FAILED: faults: {error:#}");
                let fault = Some("no laboratory".to_owned());
                report.add(row("faults".to_owned(), "every", Counts::default(), begun, fault));
                return;
            }
        };
        for program in self.drivers {
            for &part in Part::value_variants() {
                if parts.is_empty() || parts.contains(&part) {
                    self.run_part(part, program, &page, report).await;
                }
            }
        }
        server.abort();
    }

    async fn run_part(&self, part: Part, program: &Program, page: &str, report: &mut Report) {
        let begun = Instant::now();
        let engine = program.engine;
        println!("\n=== faults: {}, {}", part.name(), engine.name());
        let Self { workspace, peer, whole, record, filter, .. } = *self;
        let lab = Lab { workspace, program, engine, page, peer, whole, record, filter };
        let mut tally = Tally::default();
        part.run(&lab, &mut tally).await;
        let nothing = tally.counts.ran_nothing() && self.filter.is_none();
        let fault = nothing.then(|| "no test was run".to_owned());
        report.add(row(format!("faults: {}", part.name()), engine.name(), tally.counts, begun, fault));
    }

    async fn start_page(&self) -> Result<(String, tokio::task::JoinHandle<Result<()>>)> {
        let folder = page::build(self.workspace, page::FAULTS)?;
        let listener = TcpListener::bind(net::loopback(0)).await?;
        let page = format!("http://{}/", listener.local_addr()?);
        let peer = self.peer;
        let server = tokio::spawn(async move { serve::serve(listener, &folder, peer, serve::Keep::Pages).await });
        Ok((page, server))
    }
}

fn row(suite: String, engine: &'static str, counts: Counts, begun: Instant, fault: Option<String>) -> Row {
    Row { suite, engine, context: "laboratory", counts, took: begun.elapsed(), fault }
}

/// What a part may know.
#[derive(Debug)]
pub(crate) struct Lab<'a> {
    pub(crate) workspace: &'a Workspace,
    program: &'a Program,
    pub(crate) engine: Engine,
    /// The laboratory's address, with a slash at its end.
    pub(crate) page: &'a str,
    pub(crate) peer: SocketAddr,
    /// All there is, not a sample.
    pub(crate) whole: bool,
    /// What engines do is recorded anew.
    pub(crate) record: bool,
    pub(crate) filter: Option<&'a str>,
}

impl Lab<'_> {
    /// Whether this test was asked for.
    pub(crate) fn wants(&self, test: &str) -> bool {
        self.filter.is_none_or(|filter| test.contains(filter))
    }

    /// The peer's route with this path and query.
    pub(crate) fn peer(&self, route: &str) -> String {
        format!("{}{route}", serve::peer_url(self.peer))
    }

    /// A new browser that shows the laboratory.
    pub(crate) async fn browser(&self) -> Result<Browser> {
        let session = Session::start(self.workspace, self.program).await?;
        let browser = Browser::new(session);
        browser.goto(self.page).await?;
        Ok(browser)
    }

    /// Where reports go.
    pub(crate) fn output(&self) -> PathBuf {
        self.workspace.target().join("faults")
    }
}

/// The tests of a part, as they are told.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: Counts,
}

impl Tally {
    /// Tells a test's result, with what it has to say.
    pub(crate) fn test(&mut self, name: &str, result: Result<impl Display>) {
        match result {
            Ok(said) => {
                self.counts.passed += 1;
                let said = said.to_string();
                match said.is_empty() {
                    true => println!("test {name} ... ok"),
                    false => println!("test {name} ... ok ({said})"),
                }
            }
            Err(error) => {
                self.counts.failed += 1;
                println!("test {name} ... FAILED\n{error:#}");
            }
        }
    }
}

/// Limits a test that would hang.
pub(crate) async fn within<T>(limit: Duration, test: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, test).await {
        Ok(result) => result,
        Err(_) => Err(anyhow::anyhow!("It had no end after {} s.", limit.as_secs())),
    }
}
