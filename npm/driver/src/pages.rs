//! The package in browsers: without a bundler, and as Vite and webpack build it.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::consumer::Consumer;
use onclose_rig::driver::Program;
use onclose_rig::report::{Report, Row};
use onclose_rig::session::{SESSION, Session};
use onclose_rig::suite::stillborn;
use onclose_rig::summary::Counts;
use onclose_rig::workspace::Workspace;
use onclose_rig::{net, process, site as serve};

/// Cases that take longer hang.
const LIMIT: Duration = Duration::from_secs(120);
/// Between two questions whether they have ended.
const PAUSE: Duration = Duration::from_millis(50);

/// How a page comes to the package.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    Vite,
    Webpack,
}

impl Way {
    const ALL: [Self; 3] = [Self::Plain, Self::Vite, Self::Webpack];

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "script",
            Self::Vite => "Vite",
            Self::Webpack => "webpack",
        }
    }

    /// The page, below the consumer's folder.
    fn page(self) -> &'static str {
        match self {
            Self::Plain => "browser/plain.html",
            Self::Vite => "built/vite/index.html",
            Self::Webpack => "built/webpack/index.html",
        }
    }

    /// What to ask of the page, and what that is called.
    fn contexts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // Import maps are for documents only.
            Self::Plain => &[("", "page")],
            Self::Vite | Self::Webpack => &[("", "page"), ("&worker", "dedicated worker")],
        }
    }

    fn build(self, consumer: &Consumer) -> Result<()> {
        match self {
            Self::Plain => Ok(()),
            Self::Vite => {
                let mut vite = consumer.program("vite")?;
                process::run(vite.args(["build", "--config", "browser/vite.config.js", "--logLevel", "warn"]))
            }
            Self::Webpack => {
                let mut webpack = consumer.program("webpack")?;
                process::run(webpack.args(["--config", "browser/webpack.config.js", "--stats", "errors-warnings"]))?;
                let page = consumer.folder.join("browser").join("webpack.html");
                fs::copy(page, consumer.folder.join(self.page()))?;
                Ok(())
            }
        }
    }
}

pub(super) async fn run(
    workspace: &Workspace,
    consumer: &Consumer,
    drivers: &[Program],
    peer: SocketAddr,
    report: &mut Report,
) {
    let (site, server) = match start_site(consumer, peer).await {
        Ok(started) => started,
        Err(error) => {
            report.add(stillborn("npm: pages", "every", "no site", &error));
            return;
        }
    };
    for way in Way::ALL {
        if let Err(error) = way.build(consumer) {
            report.add(stillborn(way.name(), "every", "not built", &error));
            continue;
        }
        for driver in drivers {
            for &(query, context) in way.contexts() {
                let engine = driver.engine.name();
                println!("\n=== npm: {}, {engine}, {context}", way.name());
                let begun = Instant::now();
                let url = format!("{site}{}?engine={engine}{query}", way.page());
                let (counts, fault) = match cases(workspace, driver, &url).await {
                    Ok(counts) if counts.ran_nothing() => (counts, Some("no test was run".to_owned())),
                    Ok(counts) => (counts, None),
                    Err(error) => (Counts::default(), Some(format!("{error:#}"))),
                };
                if let Some(fault) = &fault {
                    println!("FAILED: {fault}");
                }
                let suite = format!("npm: {}", way.name());
                report.add(Row { suite, engine, context, counts, took: begun.elapsed(), fault });
            }
        }
    }
    server.abort();
}

async fn start_site(consumer: &Consumer, peer: SocketAddr) -> Result<(String, tokio::task::JoinHandle<Result<()>>)> {
    let listener = TcpListener::bind(net::loopback(0)).await?;
    let site = format!("http://{}/", listener.local_addr()?);
    let folder = consumer.folder.clone();
    let server = tokio::spawn(async move { serve::serve(listener, &folder, peer, serve::Keep::Nothing).await });
    Ok((site, server))
}

/// What `browser/main.js` leaves where it can be seen.
#[derive(Debug, Deserialize)]
struct Answer {
    passed: u32,
    failed: u32,
    output: String,
}

/// Opens the page in a browser of its own, and waits until its cases have been run.
async fn cases(workspace: &Workspace, driver: &Program, url: &str) -> Result<Counts> {
    let session = Session::start(workspace, driver).await?;
    let answer = answer(&session, url).await;
    session.end().await;
    let Answer { passed, failed, output } = answer?;
    println!("{output}");
    Ok(Counts { passed, failed, ignored: 0 })
}

async fn answer(session: &Session, url: &str) -> Result<Answer> {
    timeout(SESSION, session.client.goto(url)).await.context("The page was not shown in time")??;
    let begun = Instant::now();
    loop {
        let ask = session.client.execute("return globalThis.result ?? null", vec![]);
        let result = timeout(SESSION, ask).await.context("The page does not answer")??;
        if let Some(error) = result["error"].as_str() {
            bail!("{error}");
        }
        if result != Value::Null {
            return serde_json::from_value(result).context("The page answered otherwise than it was read");
        }
        ensure!(begun.elapsed() < LIMIT, "the page had no result after {} s", LIMIT.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
}
