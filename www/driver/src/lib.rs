//! The built page, driven end to end in real browsers by WebDriver; and the page as it is hosted.

mod budgets;
mod cases;
pub mod hosted;
mod page;

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, bail};
use onclose_rig::build::Page;
use onclose_rig::driver::DriverProgram;
use onclose_rig::process::Show;
use onclose_rig::results::{Place, Report, within};
use onclose_rig::session::Session;
use onclose_rig::setup::npm;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;
use serde_json::Value;

use cases::Case;

/// The demo page.
pub const PAGE: Page = Page { package: "onclose-www", files: "www", output: "www" };

/// A case that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// What the cases of an engine share.
#[derive(Debug)]
struct Context<'a> {
    /// The address of the page.
    page: &'a str,
    /// The address of the page as it is hosted: built for size, and without a peer.
    site: &'a str,
    /// The script that checks accessibility.
    axe: &'a str,
    /// The page's texts, by language.
    words: &'a Value,
}

/// The page, built and served in both ways.
#[derive(Debug)]
pub struct Pages {
    page: Site,
    site: Site,
    axe: String,
    words: Value,
}

/// Returns whether a test of the page has this in its name.
pub fn has_test(filter: &str) -> bool {
    cases::all().iter().any(|case| case.name.contains(filter))
}

impl Pages {
    /// Builds the page twice, as `cargo xtask demo` does and as it is hosted, and serves both.
    pub async fn prepare(workspace: &Workspace, peer: SocketAddr, show: Show) -> Result<Self> {
        let axe = fs::read_to_string(npm::axe(workspace)?)?;
        let page = Site::folder(&PAGE.build(workspace, show).await?).peer(peer).without_cache().start().await?;
        // Below a path, as many hosts have it.
        let site = Site::folder(&hosted::build(workspace, show).await?).below("/some/where").start().await?;
        let words = hosted::LANGUAGES.into_iter().map(|tag| {
            let file = workspace.root().join(PAGE.files).join("lang").join(format!("{tag}.json"));
            Ok((tag.to_owned(), serde_json::from_str(&fs::read_to_string(file)?)?))
        });
        Ok(Self { page, site, axe, words: words.collect::<Result<serde_json::Map<_, _>>>()?.into() })
    }

    /// Drives the page in an engine; only the tests whose names contain `filter`.
    pub async fn run(&self, workspace: &Workspace, program: &DriverProgram, filter: Option<&str>, report: &Report) {
        let engine = program.engine;
        let mut suite = report.suite(Place::new("page", engine.name(), ""));
        let context = Context { page: &self.page.url, site: &self.site.url, axe: &self.axe, words: &self.words };
        let mut run = Run { context, workspace, program, browser: None };
        for case in cases::all().iter().filter(|case| filter.is_none_or(|filter| case.name.contains(filter))) {
            suite.test(case.name, run.case(case).await.map(|()| ""));
        }
        run.end_browser().await;
    }

    /// Checks the sizes of both builds.
    pub fn check_budgets(workspace: &Workspace, report: &Report) {
        budgets::check(workspace, report);
    }
}

/// The cases in one engine. The browser is kept from case to case until one fails.
struct Run<'a> {
    context: Context<'a>,
    workspace: &'a Workspace,
    program: &'a DriverProgram,
    browser: Option<Session>,
}

impl Run<'_> {
    async fn case(&mut self, case: &Case) -> Result<()> {
        if case.needs_new_browser {
            self.end_browser().await;
        }
        if self.browser.is_none() {
            self.browser = Some(Session::start(self.workspace, self.program).await?);
        }
        let Some(session) = &self.browser else {
            bail!("There is no browser.");
        };
        let Err(error) = within(LIMIT, case.run(session, &self.context)).await else {
            return Ok(());
        };
        let picture = format!("{}-{}.png", self.program.engine.name(), case.name);
        let picture = self.workspace.target().join("e2e").join(picture);
        let screen = match session.screenshot(&picture).await {
            Ok(()) => format!("The screen is in {}.", picture.display()),
            Err(why) => format!("There is no picture of the screen: {why:#}"),
        };
        // The next case starts with a new browser.
        self.end_browser().await;
        bail!("{error:#}\n{screen}")
    }

    async fn end_browser(&mut self) {
        if let Some(browser) = self.browser.take() {
            browser.end().await;
        }
    }
}
