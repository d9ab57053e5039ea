//! A browser of its own, driven by WebDriver.

use std::time::Duration;

use anyhow::{Context, Result};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::timeout;

use crate::driver::{Driver, Program};
use crate::workspace::Workspace;

/// Starting a browser, ending one, and anything that a page cannot delay.
pub const SESSION: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Session {
    pub client: Client,
    driver: Driver,
}

impl Session {
    pub async fn start(workspace: &Workspace, program: &Program) -> Result<Self> {
        let driver = program.start(&workspace.target().join("drivers")).await?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(program.engine.capabilities(workspace)?);
        let client = timeout(SESSION, builder.connect(&driver.url))
            .await
            .context("The browser did not start in time")?
            .with_context(|| format!("The browser did not start; see {}", driver.log().display()))?;
        Ok(Self { client, driver })
    }

    /// The process that started all others, the browser among them.
    pub fn process(&self) -> Option<u32> {
        self.driver.process()
    }

    /// Asks the browser to go; its driver, dropped after, takes it along if it does not.
    pub async fn end(self) {
        let Self { client, driver } = self;
        let _ = timeout(SESSION, client.close()).await;
        drop(driver);
    }
}
