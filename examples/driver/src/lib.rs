//! The examples: builds and serves one, and drives them end to end in real browsers.

mod cases;
mod page;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use futures_util::future::join_all;
use onclose_rig::build;
use onclose_rig::driver::DriverProgram;
use onclose_rig::engine::Engine;
use onclose_rig::net;
use onclose_rig::peers::LocalPeer;
use onclose_rig::process::Show;
use onclose_rig::results::{Place, Report, within};
use onclose_rig::session::Session;
use onclose_rig::setup::browsers;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;
use url::Url;

use cases::Case;
use page::Page;

/// A case that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);
/// The port of a page that is served by hand.
const PORT: u16 = 8080;
/// The engines that an example is tested in by default.
const ENGINES: [Engine; 2] = [Engine::Chromium, Engine::Firefox];

/// An example, and the route of the peer that it connects to.
#[derive(Clone, Copy, Debug)]
struct Example {
    /// The name of its folder and of its package.
    name: &'static str,
    route: &'static str,
}

const EXAMPLES: &[Example] = &[
    Example { name: "echo", route: "/echo" },
    Example { name: "observe", route: "/close?code=4001&reason=moved&asked" },
    Example { name: "binary", route: "/echo" },
    Example { name: "worker-upload", route: "/read?rate=4000000" },
    Example { name: "jsonrpsee", route: "/rpc" },
    Example { name: "chat-leptos", route: "/chat?room=lobby" },
    Example { name: "chat-yew", route: "/chat?room=lobby" },
    Example { name: "chat-dioxus", route: "/chat?room=lobby" },
];

/// Returns the manifest of each example, relative to the root folder.
pub fn manifests() -> impl Iterator<Item = String> {
    EXAMPLES.iter().map(|example| format!("examples/{}/Cargo.toml", example.name))
}

/// What `cargo xtask example` takes.
#[derive(Debug, Args)]
pub struct ExampleArgs {
    /// Example to build and serve; with --test, the one to test [default: all]
    #[arg(value_parser = PossibleValuesParser::new(EXAMPLES.iter().map(|example| example.name)),
        required_unless_present = "test")]
    name: Option<String>,
    /// Run the end-to-end tests
    #[arg(long)]
    test: bool,
    /// Engine to test in (repeatable) [default: chromium and firefox]
    #[arg(long, value_enum, value_name = "ENGINE", requires = "test")]
    engine: Vec<Engine>,
    /// Port for the page [default: 8080, or any free port]
    #[arg(long, conflicts_with = "test")]
    port: Option<u16>,
}

impl ExampleArgs {
    /// Returns whether it serves until it is interrupted.
    pub fn serves(&self) -> bool {
        !self.test
    }

    fn selected(&self) -> Vec<Example> {
        let named = |example: &&Example| self.name.as_deref().is_none_or(|name| name == example.name);
        EXAMPLES.iter().filter(named).copied().collect()
    }
}

/// Serves an example, or tests those that are selected.
pub async fn run(workspace: &Workspace, args: &ExampleArgs) -> Result<ExitCode> {
    let selected = args.selected();
    if args.test {
        return test(workspace, &selected, &args.engine).await;
    }
    let [example] = selected[..] else { bail!("One example can be served at a time.") };
    serve(workspace, example, args.port).await?;
    Ok(ExitCode::SUCCESS)
}

impl Example {
    /// Compiles the example, writes its JavaScript, and copies its static files; returns the folder to serve.
    async fn build(self, workspace: &Workspace, show: Show) -> Result<PathBuf> {
        // Below the root folder, and below the target folder.
        let path = format!("examples/{}", self.name);
        let page = build::Page { package: self.name, files: &path, output: &path };
        // Shared, so that what several examples depend on is compiled once.
        let folder = page.build_own_workspace(workspace, "examples/build", show).await?;
        fs::copy(workspace.root().join("examples").join("style.css"), folder.join("style.css"))?;
        Ok(folder)
    }
}

/// Returns the address of a page that is to connect to this URL.
fn address(site: &Site, url: &str) -> Result<Url> {
    Ok(Url::parse_with_params(&site.url, [("url", url)])?)
}

/// Builds and serves an example, with a peer, until it is interrupted.
async fn serve(workspace: &Workspace, example: Example, port: Option<u16>) -> Result<()> {
    // Bound first: a port in use should not be reported after a minute of compiling.
    let listener = net::listen(port, PORT).await?;
    let folder = example.build(workspace, Show::Live).await?;
    let mut peer = LocalPeer::start(None).await?;
    let mut site = Site::folder(&folder).without_cache().start_at(listener)?;
    println!("\nThe page: {}", address(&site, &peer.url(example.route))?);
    println!("The peer: {} (it ends a connection after two minutes)", peer.url(""));
    println!("Ctrl-C ends both.");
    tokio::select! {
        () = site.ended() => Ok(()),
        result = peer.ended() => result,
    }
}

/// Builds the selected examples, and drives them in the engines, which run at the same time.
async fn test(workspace: &Workspace, selected: &[Example], engines: &[Engine]) -> Result<ExitCode> {
    let begun = Instant::now();
    let engines = if engines.is_empty() { &ENGINES } else { engines };
    let drivers = browsers::ensure(workspace, engines).await?;
    let peer = LocalPeer::start(Some(0)).await?;
    let report = Report::new(if drivers.len() > 1 { Show::Nothing } else { Show::Live }, None);
    let mut sites = Vec::new();
    for &example in selected {
        println!("Building the example {} ...", example.name);
        match example.build(workspace, Show::Nothing).await {
            Ok(folder) => sites.push((example, Site::folder(&folder).without_cache().start().await?)),
            Err(error) => report.not_run(Place::new(example.name, "every", ""), "not built", &error),
        }
    }
    let lanes = drivers.iter().map(|program| async {
        let mut lane = Lane { workspace, program, peer: &peer, browser: None };
        for (example, site) in &sites {
            lane.example(*example, site, &report).await;
        }
    });
    join_all(lanes).await;
    report.print(begun.elapsed());
    Ok(if report.is_green() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The cases in one engine. The browser is kept from case to case of an example until one fails.
struct Lane<'a> {
    workspace: &'a Workspace,
    program: &'a DriverProgram,
    peer: &'a LocalPeer,
    browser: Option<Session>,
}

impl Lane<'_> {
    async fn example(&mut self, example: Example, site: &Site, report: &Report) {
        let mut suite = report.suite(Place::new(example.name, self.program.engine.name(), ""));
        for case in cases::of(example.name) {
            suite.test(case.name, self.case(&case, site).await.map(|()| ""));
        }
        // Firefox delays each connection after a failed one, up to half a minute; a new browser does not.
        self.end_browser().await;
    }

    async fn case(&mut self, case: &Case, site: &Site) -> Result<()> {
        if self.browser.is_none() {
            self.browser = Some(Session::start(self.workspace, self.program).await?);
        }
        let Some(session) = &self.browser else { bail!("There is no browser.") };
        let engine = self.program.engine.name();
        // All engines and examples share the peer.
        let id = format!("{engine}-{}-{}", case.example, case.name);
        let picture = self.workspace.target().join("examples").join("screens").join(format!("{id}.png"));
        let page = Page::new(session, site, self.peer, id);
        let result = within(LIMIT, (case.run)(&page)).await;
        let screen = session.screenshot(&picture).await;
        let Err(error) = result else { return Ok(()) };
        // The next case starts with a new browser.
        self.end_browser().await;
        match screen {
            Ok(()) => bail!("{error:#}\nThe screen is in {}.", picture.display()),
            Err(why) => bail!("{error:#}\nThere is no picture of the screen: {why:#}"),
        }
    }

    async fn end_browser(&mut self) {
        if let Some(browser) = self.browser.take() {
            browser.end().await;
        }
    }
}
