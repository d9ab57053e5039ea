//! The package in browsers: without a bundler, and bundled by Vite and webpack.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::counts::Counts;
use onclose_rig::driver::DriverProgram;
use onclose_rig::results::{Place, Report};
use onclose_rig::session::Session;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;
use serde::Deserialize;

/// Tests that take longer hang.
const LIMIT: Duration = Duration::from_secs(120);

/// Each suite with its page below the consumer's folder, the query for the page, and the context that the tests run in.
const PAGES: [(&str, &str, &str, &str); 5] = [
    // Import maps exist in documents only.
    ("npm: script", "browser/plain.html", "", "page"),
    ("npm: Vite", "built/vite/index.html", "", "page"),
    ("npm: Vite", "built/vite/index.html", "&worker", "dedicated worker"),
    ("npm: webpack", "built/webpack/index.html", "", "page"),
    ("npm: webpack", "built/webpack/index.html", "&worker", "dedicated worker"),
];

pub(crate) async fn run(workspace: &Workspace, program: &DriverProgram, site: &Site, report: &Report) {
    let engine = program.engine.name();
    for (name, page, query, context) in PAGES {
        let mut suite = report.suite(Place::new(name, engine, context));
        let url = format!("{}{page}?engine={engine}{query}", site.url);
        match results(workspace, program, &url).await {
            Ok(Results { passed, failed, output }) => {
                suite.say(&output);
                suite.add(Counts { passed, failed, ignored: 0 }, &output);
            }
            Err(error) => suite.fail("no result", &error),
        }
    }
}

/// What `browser/main.js` leaves in the page.
#[derive(Debug, Deserialize)]
struct Results {
    passed: u32,
    failed: u32,
    output: String,
}

/// Opens the page in a new browser, and waits for the results of its tests.
async fn results(workspace: &Workspace, program: &DriverProgram, url: &str) -> Result<Results> {
    let session = Session::start(workspace, program).await?;
    let results = read(&session, url).await;
    session.end().await;
    results
}

async fn read(session: &Session, url: &str) -> Result<Results> {
    session.goto(url).await?;
    let done = session.until("return globalThis.result !== undefined", LIMIT).await?;
    ensure!(done, "the page had no result after {} s", LIMIT.as_secs());
    let result = session.script("return globalThis.result", vec![]).await?;
    if let Some(error) = result["error"].as_str() {
        bail!("{error}");
    }
    serde_json::from_value(result).context("The page's result has another form")
}
