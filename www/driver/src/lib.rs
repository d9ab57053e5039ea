//! The built page, driven in real browsers by WebDriver.

mod cases;
pub mod hosted;
pub mod small;

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use fantoccini::Client;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::hosted as site;
use onclose_rig::driver::{Engine, Program};
use onclose_rig::report::{Report, Row};
use onclose_rig::session::{SESSION, Session};
use onclose_rig::setup::npm;
use onclose_rig::summary::Counts;
use onclose_rig::workspace::Workspace;
use onclose_rig::{build as page, net, site as serve};

/// A case that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// A test of the page.
pub struct Case {
    name: &'static str,
    run: for<'a> fn(&'a Client, &'a Ctx) -> Running<'a>,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// What a case may know.
#[derive(Debug)]
pub struct Ctx {
    pub engine: Engine,
    /// The page's address.
    pub page: String,
    /// The address of the page as it is hosted: built small, and without a peer.
    pub site: String,
    /// A script that finds what keeps people out.
    pub axe: String,
}

/// Builds the page, serves it, and drives it in every engine; what happened goes into the report.
pub async fn run(
    workspace: &Workspace,
    drivers: &[Program],
    peer: SocketAddr,
    filter: Option<&str>,
    report: &mut Report,
) {
    let cases: Vec<_> =
        (cases::CASES.iter()).filter(|case| filter.is_none_or(|filter| case.name.contains(filter))).collect();
    if cases.is_empty() && filter.is_some() {
        return;
    }
    let begun = Instant::now();
    let (started, servers) = match start_pages(workspace, peer).await {
        Ok(started) => started,
        Err(error) => {
            println!("FAILED: page: {error:#}");
            report.add(row("every", Counts::default(), begun, Some("no page to drive".to_owned())));
            return;
        }
    };
    for program in drivers {
        let begun = Instant::now();
        let engine = program.engine;
        println!("\n=== page, {}", engine.name());
        let Pages { page, site, axe } = started.clone();
        let mut run = Run { ctx: Ctx { engine, page, site, axe }, workspace, program, browser: None };
        let mut counts = Counts::default();
        for case in &cases {
            print!("test {} ... ", case.name);
            let _ = io::stdout().flush();
            match run.case(case).await {
                Ok(()) => {
                    counts.passed += 1;
                    println!("ok");
                }
                Err(error) => {
                    counts.failed += 1;
                    println!("FAILED\n{error:#}");
                }
            }
        }
        run.end_browser().await;
        let fault = counts.ran_nothing().then(|| "no test was run".to_owned());
        report.add(row(engine.name(), counts, begun, fault));
    }
    drop(servers);
}

#[derive(Clone, Debug)]
struct Pages {
    page: String,
    site: String,
    axe: String,
}

/// Builds and serves the page twice: with the peer, and as it is hosted. The servers end when the set is dropped.
async fn start_pages(workspace: &Workspace, peer: SocketAddr) -> Result<(Pages, JoinSet<Result<()>>)> {
    let axe = fs::read_to_string(npm::axe(workspace)?)?;
    let (folder, site) = (page::build(workspace, page::WWW)?, site::build(workspace)?);
    let mut servers = JoinSet::new();
    let listener = TcpListener::bind(net::loopback(0)).await?;
    let page = format!("http://{}/", listener.local_addr()?);
    servers.spawn(async move { serve::serve(listener, &folder, peer, serve::Keep::Nothing).await });
    let listener = TcpListener::bind(net::loopback(0)).await?;
    // Below a folder, as many hosts have it.
    let address = format!("http://{}/some/where/", listener.local_addr()?);
    servers.spawn(async move { serve::serve_site(listener, &site, "/some/where").await });
    Ok((Pages { page, site: address, axe }, servers))
}

fn row(engine: &'static str, counts: Counts, begun: Instant, fault: Option<String>) -> Row {
    Row { suite: "www".to_owned(), engine, context: "end to end", counts, took: begun.elapsed(), fault }
}

/// The cases in one engine. The browser lives from case to case until one fails.
struct Run<'a> {
    ctx: Ctx,
    workspace: &'a Workspace,
    program: &'a Program,
    browser: Option<Session>,
}

impl Run<'_> {
    async fn case(&mut self, case: &Case) -> Result<()> {
        if cases::FRESH.contains(&case.name) {
            self.end_browser().await;
        }
        if self.browser.is_none() {
            self.browser = Some(Session::start(self.workspace, self.program).await?);
        }
        let Some(Session { client, .. }) = &self.browser else {
            bail!("There is no browser.");
        };
        let result = match timeout(LIMIT, (case.run)(client, &self.ctx)).await {
            Ok(result) => result,
            Err(_) => Err(anyhow::anyhow!("It had no end after {} s.", LIMIT.as_secs())),
        };
        let Err(error) = result else {
            return Ok(());
        };
        let folder = self.workspace.target().join("e2e");
        let name = format!("{}-{}.png", self.ctx.engine.name(), case.name);
        let screen = match screenshot(client, &folder, &name).await {
            Ok(path) => format!("The screen is in {}.", path.display()),
            Err(why) => format!("There is no picture of the screen: {why:#}"),
        };
        // The next case gets a browser that this one has not touched.
        self.end_browser().await;
        bail!("{error:#}\n{screen}")
    }

    async fn end_browser(&mut self) {
        if let Some(browser) = self.browser.take() {
            browser.end().await;
        }
    }
}

async fn screenshot(client: &Client, folder: &Path, name: &str) -> Result<PathBuf> {
    let picture = timeout(SESSION, client.screenshot()).await??;
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    fs::write(&path, picture)?;
    Ok(path)
}

/// The errors in the browser's console since the last call; `None` where an engine does not tell.
pub async fn console_errors(client: &Client, ctx: &Ctx) -> Result<Option<Vec<String>>> {
    if ctx.engine != Engine::Chromium {
        return Ok(None);
    }
    let entries = client.issue_cmd(ConsoleLog).await?;
    let errors = (entries.as_array().into_iter().flatten())
        .filter(|entry| entry["level"] == "SEVERE")
        .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
        .collect();
    Ok(Some(errors))
}

/// Chromium's own command for what is in the console.
#[derive(Debug)]
struct ConsoleLog;

impl fantoccini::wd::WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let kind: Value = serde_json::json!({ "type": "browser" });
        (http::Method::POST, Some(kind.to_string()))
    }
}
