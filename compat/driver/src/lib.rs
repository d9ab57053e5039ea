//! Published crates that depend on `ws_stream_wasm`, compiled over its replacement and run in browsers.

mod cases;
mod servers;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::join_all;
use onclose_rig::build::Page;
use onclose_rig::counts::Harness;
use onclose_rig::driver::DriverProgram;
use onclose_rig::engine::Engine;
use onclose_rig::peers::LocalPeer;
use onclose_rig::process::{Show, cargo};
use onclose_rig::results::{Place, Report, within};
use onclose_rig::session::Session;
use onclose_rig::setup::browsers;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;

use cases::CASES;

/// The manifests of the workspaces beside this one, relative to the root folder.
pub const MANIFESTS: [&str; 2] = ["compat/page/Cargo.toml", REPLACEMENT];
const REPLACEMENT: &str = "compat/ws_stream_wasm/Cargo.toml";

const PAGE: Page = Page { package: "compat-page", files: "compat/page", output: "compat/page" };
/// Where both workspaces are compiled, below the target folder.
const ARTEFACTS: &str = "compat/build";

/// A test that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);
/// The engines by default.
const ENGINES: [Engine; 2] = [Engine::Chromium, Engine::Firefox];

/// Compares the interface of the replacement with the original's, and runs its dependents in these engines.
pub async fn run(workspace: &Workspace, engines: &[Engine]) -> Result<ExitCode> {
    let begun = Instant::now();
    let engines = if engines.is_empty() { &ENGINES } else { engines };
    let programs = browsers::ensure(workspace, engines).await?;
    let folder = PAGE.build_own_workspace(workspace, ARTEFACTS, Show::Live).await?;
    let site = Site::folder(&folder).without_cache().start().await?;
    let peer = LocalPeer::start(Some(0)).await?;
    let report = Report::new(if programs.len() > 1 { Show::Nothing } else { Show::Live }, None);
    interface(workspace, &report).await?;
    join_all(programs.iter().map(|program| engine(workspace, program, &site, &peer, &report))).await;
    report.print(begun.elapsed());
    Ok(if report.is_green() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the tests of the replacement that need no browser.
async fn interface(workspace: &Workspace, report: &Report) -> Result<()> {
    let shell = workspace.shell()?;
    let tests = cargo(&shell).args(["test", "--locked", "--all-features", "--manifest-path", REPLACEMENT]);
    let tests = tests.arg("--target-dir").arg(workspace.target().join(ARTEFACTS));
    report.suite(Place::new("interface", "", "")).program(tests, Harness::Libtest).await;
    Ok(())
}

async fn engine(workspace: &Workspace, program: &DriverProgram, site: &Site, peer: &LocalPeer, report: &Report) {
    let place = Place::new("compat", program.engine.name(), "page");
    match Session::start(workspace, program).await {
        Err(error) => report.not_run(place, "no browser", &error),
        Ok(session) => {
            let mut suite = report.suite(place);
            for case in &CASES {
                suite.test(case.name, within(LIMIT, case.run(&session, site, peer)).await.map(|()| ""));
            }
            session.end().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_workspace_beside_this_one_is_excluded_and_has_a_lock_file() {
        let workspace = Workspace::load().unwrap();
        let root = fs::read_to_string(workspace.root().join("Cargo.toml")).unwrap();
        for manifest in MANIFESTS {
            let folder = manifest.strip_suffix("/Cargo.toml").unwrap();
            assert!(root.contains(&format!("\"{folder}\"")), "{folder} is not excluded");
            assert!(workspace.root().join(folder).join("Cargo.lock").is_file(), "{folder} has no lock file");
        }
    }
}
