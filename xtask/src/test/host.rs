//! The tests that need no browser: `cargo test` for the whole workspace.

use anyhow::Result;
use onclose_rig::counts::Harness;
use onclose_rig::process::{self, Show, cargo};
use onclose_rig::results::{Place, Report};
use onclose_rig::workspace::Workspace;

/// The wasm module of the npm package has no test on the host, and the runner is compiled for itself.
const PACKAGES: [&str; 6] =
    ["--workspace", "--all-features", "--exclude", "onclose-npm", "--exclude", "onclose-runner"];

pub(super) async fn run(workspace: &Workspace, filter: Option<&str>, report: &Report, show: Show) -> Result<()> {
    let shell = workspace.shell()?;
    let place = Place::new("host", "host", "");
    // Compiled first, since the time limit is not for compiling.
    if let Err(error) = process::run(cargo(&shell).arg("test").args(PACKAGES).arg("--no-run"), show).await {
        report.not_run(place, "not compiled", &error);
        return Ok(());
    }
    let mut suite = report.suite(place);
    suite.program(cargo(&shell).args(["test", "--no-fail-fast"]).args(PACKAGES).args(filter), Harness::Libtest).await;
    Ok(())
}
