//! A browser with the laboratory open: jobs are started in it, and polled until they end.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::session::Session;
use serde_json::{Value, json};

use crate::job::Job;

/// Between two polls of a job.
const PAUSE: Duration = Duration::from_millis(50);
/// Until the page's module has loaded.
const LOAD: Duration = Duration::from_secs(30);

/// The global scope that a job runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Page,
    Worker,
}

impl Scope {
    pub(crate) const ALL: [Self; 2] = [Self::Page, Self::Worker];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Worker => "worker",
        }
    }
}

/// What does a job: a plain `WebSocket`, or the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Plain,
    Crate,
}

impl Side {
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::Crate];

    /// The first part of a job's name on the page.
    fn prefix(self) -> &'static str {
        match self {
            Self::Plain => "raw",
            Self::Crate => "onclose",
        }
    }

    /// Returns the full name of a job on the page.
    pub(crate) fn job<J: Job>(self) -> String {
        format!("{}.{}", self.prefix(), J::NAME)
    }
}

#[derive(Debug)]
pub(crate) struct Browser {
    session: Session,
}

impl Browser {
    pub(crate) fn new(session: Session) -> Self {
        Self { session }
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Opens a page of the laboratory, and waits until jobs can be started.
    pub(crate) async fn goto(&self, url: &str) -> Result<()> {
        self.session.goto(url).await?;
        self.ready().await
    }

    /// Waits until jobs can be started in the page that is open.
    pub(crate) async fn ready(&self) -> Result<()> {
        let ready = self.session.until("return typeof globalThis.lab === 'object'", LOAD).await?;
        ensure!(ready, "The laboratory's module did not load.");
        Ok(())
    }

    /// Starts a job without waiting for it.
    pub(crate) async fn start<J: Job>(&self, scope: Scope, side: Side, job: &J) -> Result<Started<J>> {
        let name = side.job::<J>();
        let args = vec![json!(name), serde_json::to_value(job)?, json!(scope.name())];
        let id = self.session.script("return lab.start(...arguments)", args).await?;
        Ok(Started { name, id, job: PhantomData })
    }

    /// Waits for the answer of a job; fails if the job does, or if it does not end within the limit.
    pub(crate) async fn end<J: Job>(&self, job: &Started<J>, limit: Duration) -> Result<J::Answer> {
        let begun = Instant::now();
        loop {
            let mut state = self.session.script("return lab.poll(...arguments)", vec![job.id.clone()]).await?;
            if let Some(error) = state["error"].as_str() {
                bail!("{} failed: {error}", job.name);
            }
            if let Some(value) = state.get_mut("value") {
                let context = || format!("{} gave another answer than its type", job.name);
                return serde_json::from_value(value.take()).with_context(context);
            }
            if begun.elapsed() > limit {
                bail!("{} had not ended after {} s.", job.name, limit.as_secs());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Runs a job to its end.
    pub(crate) async fn run<J: Job>(&self, scope: Scope, side: Side, job: &J, limit: Duration) -> Result<J::Answer> {
        let job = self.start(scope, side, job).await?;
        self.end(&job, limit).await
    }

    /// Terminates the worker with everything that runs in it.
    pub(crate) async fn terminate_worker(&self) -> Result<()> {
        self.session.script("lab.terminate()", vec![]).await.map(drop)
    }

    /// Returns the uncaught errors and unhandled rejections since the last call, of the page and of its worker.
    pub(crate) async fn uncaught(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.session.script("return lab.uncaught()", vec![]).await?)?)
    }

    /// Fails if there was an uncaught error or an unhandled rejection.
    pub(crate) async fn nothing_uncaught(&self) -> Result<()> {
        let uncaught = self.uncaught().await?;
        ensure!(uncaught.is_empty(), "Uncaught:\n    {}", uncaught.join("\n    "));
        Ok(())
    }

    pub(crate) async fn close(self) {
        self.session.end().await;
    }
}

/// A job that was started.
#[derive(Debug)]
pub(crate) struct Started<J> {
    name: String,
    id: Value,
    job: PhantomData<J>,
}
