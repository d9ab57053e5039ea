//! A browser with the laboratory open: jobs are started in it, and asked for until they end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fantoccini::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use onclose_rig::session::{SESSION, Session};

/// Between two questions whether a job has ended.
const PAUSE: Duration = Duration::from_millis(50);
/// Until the page's module is there.
const LOAD: Duration = Duration::from_secs(30);

/// Where a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Page,
    Worker,
}

impl Place {
    pub(crate) const ALL: [Self; 2] = [Self::Page, Self::Worker];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Worker => "worker",
        }
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

    pub(crate) fn client(&self) -> &Client {
        &self.session.client
    }

    /// Opens a page of the laboratory, and waits until its jobs can be started.
    pub(crate) async fn goto(&self, url: &str) -> Result<()> {
        timeout(SESSION, self.client().goto(url)).await.context("The page was not shown in time")??;
        self.ready().await
    }

    /// Waits until jobs can be started in the page that is shown.
    pub(crate) async fn ready(&self) -> Result<()> {
        let begun = Instant::now();
        while self.script("return typeof globalThis.lab === 'object'", vec![]).await? != json!(true) {
            if begun.elapsed() > LOAD {
                bail!("The laboratory's module was not loaded.");
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// What a synchronous script returns.
    pub(crate) async fn script(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        // It never waits for anything, so a page that does not answer is stuck in a loop.
        Ok(timeout(SESSION, self.client().execute(script, args)).await.context("The page does not answer")??)
    }

    /// Begins a job, and does not wait for it: `raw.NAME` in plain JavaScript, `onclose.NAME` over the crate.
    pub(crate) async fn start(&self, place: Place, job: &str, args: impl Serialize) -> Result<Job> {
        let args = vec![json!(job), serde_json::to_value(args)?, json!(place.name())];
        let id = self.script("return lab.start(...arguments)", args).await?;
        Ok(Job { name: job.to_owned(), id })
    }

    /// What a job answers; an error if it fails, or does not end within the limit.
    pub(crate) async fn end<R: DeserializeOwned>(&self, job: &Job, limit: Duration) -> Result<R> {
        let begun = Instant::now();
        loop {
            let mut state = self.script("return lab.poll(...arguments)", vec![job.id.clone()]).await?;
            if let Some(error) = state["error"].as_str() {
                bail!("{} failed: {error}", job.name);
            }
            if let Some(value) = state.get_mut("value") {
                return serde_json::from_value(value.take())
                    .with_context(|| format!("{} answered otherwise than it was read", job.name));
            }
            if begun.elapsed() > limit {
                bail!("{} had no end after {} s.", job.name, limit.as_secs());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Runs a job to its end.
    pub(crate) async fn run<R: DeserializeOwned>(
        &self,
        place: Place,
        job: &str,
        args: impl Serialize,
        limit: Duration,
    ) -> Result<R> {
        let job = self.start(place, job, args).await?;
        self.end(&job, limit).await
    }

    /// The errors and rejections that nobody caught since the last call, in the page and in its worker.
    pub(crate) async fn stray(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.script("return lab.stray()", vec![]).await?)?)
    }

    /// Fails if there was an error or a rejection that nobody caught.
    pub(crate) async fn nothing_stray(&self) -> Result<()> {
        let stray = self.stray().await?;
        if !stray.is_empty() {
            bail!("Nobody caught:\n    {}", stray.join("\n    "));
        }
        Ok(())
    }

    pub(crate) async fn close(self) {
        self.session.end().await;
    }
}

/// A job that was begun.
#[derive(Debug)]
pub(crate) struct Job {
    name: String,
    id: Value,
}
