//! `cargo xtask test`: selects suites, runs them in all engines at the same time, and prints one table.

mod build;
mod host;
mod plan;
mod suites;

pub(crate) use build::Build;
pub(crate) use suites::runner;

use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared, join_all};
use onclose_faults::Faults;
use onclose_npm_driver::Installed;
use onclose_rig::driver::DriverProgram;
use onclose_rig::peers::LocalPeer;
use onclose_rig::results::{Place, Report, seconds};
use onclose_rig::setup::{self, browsers, npm};
use onclose_rig::workspace::Workspace;
use onclose_www_driver::Pages;

use crate::TestArgs;
use plan::Plan;
use suites::Suites;

pub(crate) async fn run(workspace: &Workspace, args: &TestArgs) -> Result<ExitCode> {
    let begun = Instant::now();
    workspace.wasm_bindgen()?;
    let plan = Plan::new(workspace, args)?;
    let report = Report::new(plan.show(), args.filter.clone());
    // A missing browser ends both at once, before any other suite.
    let host = async {
        if plan.host {
            println!("Compiling and running the tests on the host ...");
            for _ in 0..args.repeat {
                host::run(workspace, plan.filter, &report, plan.show()).await?;
            }
        }
        Ok(())
    };
    let (drivers, ()) = tokio::try_join!(set_up(&plan), host)?;
    if !drivers.is_empty() {
        in_browsers(workspace, args, &plan, &drivers, &report).await?;
    }
    report.print(begun.elapsed());
    Ok(match report.is_green() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Finds or installs everything that the plan needs; returns the drivers of its engines.
async fn set_up(plan: &Plan<'_>) -> Result<Vec<DriverProgram>> {
    if !plan.needs_browsers() {
        return Ok(Vec::new());
    }
    let (page, needs_npm) = (plan.page, plan.page || plan.npm);
    // In threads: these commands block, and the other tests need not wait for them.
    let others = tokio::task::spawn_blocking(move || {
        let workspace = Workspace::load()?;
        setup::wasm_target(None)?;
        if needs_npm {
            npm::shrinkers(&workspace)?;
        }
        if page {
            npm::axe(&workspace)?;
            setup::nightly(&["rust-src"])?;
        }
        anyhow::Ok(())
    });
    let others = async { others.await? };
    let (drivers, ()) = tokio::try_join!(browsers::ensure(plan.workspace, &plan.engines), others)?;
    Ok(drivers)
}

/// A build that several engines wait for.
type Prepared<'a, T> = Shared<LocalBoxFuture<'a, Rc<Result<T>>>>;

fn prepared<'a, T>(build: impl Future<Output = Result<T>> + 'a) -> Prepared<'a, T> {
    async { Rc::new(build.await) }.boxed_local().shared()
}

async fn in_browsers(
    workspace: &Workspace,
    args: &TestArgs,
    plan: &Plan<'_>,
    drivers: &[DriverProgram],
    report: &Report,
) -> Result<()> {
    let (peer, show) = (&LocalPeer::start(None).await?, plan.show());
    let faults = Faults { parts: &args.part, whole: args.faults, record: args.record, filter: plan.filter };
    let address = peer.address();
    let lanes = Lanes {
        workspace,
        plan,
        peer,
        faults,
        report,
        suites: prepared(Suites::compile(workspace, args.build, peer.url(""), show)),
        pages: prepared(Pages::prepare(workspace, address, show)),
        laboratory: prepared(Faults::prepare(workspace, address, show)),
        npm: prepared(Installed::prepare(workspace, address, show)),
        repeat: args.repeat,
    };
    let engines = join_all(drivers.iter().map(|driver| lanes.engine(driver)));
    tokio::join!(lanes.builds(), lanes.host(), engines);
    Ok(())
}

/// What runs at the same time: the engines, each with one suite after the other, and the builds that they wait for.
struct Lanes<'a> {
    workspace: &'a Workspace,
    plan: &'a Plan<'a>,
    peer: &'a LocalPeer,
    faults: Faults<'a>,
    report: &'a Report,
    suites: Prepared<'a, Suites<'a>>,
    pages: Prepared<'a, Pages>,
    laboratory: Prepared<'a, onclose_faults::Laboratory>,
    npm: Prepared<'a, Installed>,
    repeat: u32,
}

impl Lanes<'_> {
    /// Builds one after the other, in the order in which the engines need them.
    async fn builds(&self) {
        let Plan { suites, page, faults, npm, .. } = *self.plan;
        if suites {
            println!("Compiling the browser suites ...");
            self.suites.clone().await;
        }
        if page {
            println!("Building the demo page ...");
            self.pages.clone().await;
        }
        if faults {
            println!("Building the fault laboratory ...");
            self.laboratory.clone().await;
        }
        if npm {
            println!("Building the npm package ...");
            self.npm.clone().await;
        }
    }

    /// Tests on the host that need a build for the browser.
    async fn host(&self) {
        for _ in 0..self.repeat {
            if self.plan.page && self.plan.filter.is_none() && self.pages.clone().await.is_ok() {
                Pages::check_budgets(self.workspace, self.report);
            }
            if self.plan.npm {
                match &*self.npm.clone().await {
                    Ok(npm) => npm.run_on_host(self.workspace, self.peer.address(), self.report).await,
                    Err(error) => self.report.not_run(Place::new("npm", "host", ""), "not built", error),
                }
            }
        }
    }

    async fn engine(&self, driver: &DriverProgram) {
        let Self { workspace, plan, peer, report, .. } = *self;
        let begun = Instant::now();
        let not_built = |suite: &str, error: &anyhow::Error| {
            report.not_run(Place::new(suite, driver.engine.name(), ""), "not built", error);
        };
        for _ in 0..self.repeat {
            if plan.suites {
                match &*self.suites.clone().await {
                    Ok(suites) => suites.run(driver, &plan.contexts, plan.filter, report).await,
                    Err(error) => not_built("browser and peer", error),
                }
            }
            if plan.page {
                match &*self.pages.clone().await {
                    Ok(pages) => pages.run(workspace, driver, plan.filter, report).await,
                    Err(error) => not_built("page", error),
                }
            }
            if plan.faults {
                match &*self.laboratory.clone().await {
                    Ok(laboratory) => self.faults.run(workspace, laboratory, driver, peer, report).await,
                    Err(error) => not_built("faults", error),
                }
            }
            if plan.npm {
                match &*self.npm.clone().await {
                    Ok(npm) => npm.run(workspace, driver, report).await,
                    Err(error) => not_built("npm", error),
                }
            }
        }
        println!("\n{} is done after {}.", driver.engine.title(), seconds(begun.elapsed()));
    }
}
