//! Steps that run tests by another program, and read what it counted.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use onclose_rig::driver::Engine;
use onclose_rig::process::{self, cargo};
use onclose_rig::setup::{browsers, tools};
use onclose_rig::summary::{self, Counts, Harness};
use onclose_rig::workspace::Workspace;

/// Everything that runs tests ends each hung suite by itself; this is for what nobody thought of.
const TEST_LIMIT: Duration = Duration::from_secs(75 * 60);
const SUITES_LIMIT: Duration = Duration::from_secs(20 * 60);
const WASM_PACK_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Another program that runs tests, and how its counts are read.
#[derive(Debug)]
pub(super) struct TestCommand {
    command: Command,
    limit: Duration,
    read: fn(&str) -> Option<Counts>,
}

/// What was counted, and why that is not enough.
pub(super) async fn run(command: Result<TestCommand>) -> Result<(Counts, Option<anyhow::Error>)> {
    let TestCommand { command, limit, read } = command?;
    let watched = process::watch(command, limit).await?;
    let counts = read(&watched.output);
    let error = match (watched.status, counts) {
        (None, _) => Some(format!("no end after {} min", limit.as_secs() / 60)),
        (Some(status), _) if !status.success() => Some(format!("{status}")),
        (_, None) => Some("no test was run".to_owned()),
        (_, Some(counts)) if counts.ran_nothing() => Some("no test was run".to_owned()),
        (_, Some(_)) => None,
    };
    Ok((counts.unwrap_or_default(), error.map(anyhow::Error::msg)))
}

/// Literally what the README tells to run.
pub(super) fn xtask_test(workspace: &Workspace) -> Result<TestCommand> {
    let mut command = cargo();
    command.current_dir(workspace.root()).args(["xtask", "test"]);
    Ok(TestCommand { command, limit: TEST_LIMIT, read: summary::read_final_line })
}

/// The browser's suites, compiled in another way.
pub(super) fn xtask_test_build(workspace: &Workspace, build: &str) -> Result<TestCommand> {
    let mut command = cargo();
    command.current_dir(workspace.root()).args(["xtask", "test", "--build", build]);
    Ok(TestCommand { command, limit: SUITES_LIMIT, read: summary::read_final_line })
}

/// The way most of the crate's users run browser tests: one engine, on a page, and no peer.
pub(super) fn wasm_pack(workspace: &Workspace, browser: &str) -> Result<TestCommand> {
    let engine = match browser {
        "--firefox" => Engine::Firefox,
        _ => Engine::Chromium,
    };
    let version = workspace.wasm_bindgen()?;
    let wasm_pack = tools::ensure(workspace, &tools::WASM_PACK)?;
    let runner = tools::ensure(workspace, &tools::test_runner(&version))?;
    let Some(driver) = browsers::ensure(workspace, &[engine])?.pop() else {
        bail!("There is no driver for {}.", engine.name());
    };
    let mut command = Command::new(wasm_pack);
    command.current_dir(workspace.root());
    command.args(["test", "--headless", browser]);
    // It looks for both on PATH before it downloads anything.
    command.env("PATH", tools::path_with([runner.as_path(), &driver.path])?);
    command.env_remove("ONCLOSE_PEER");
    Ok(TestCommand {
        command,
        limit: WASM_PACK_LIMIT,
        // Its doc tests do not run in the browser, so they do not count.
        read: |output| summary::counts(output, Harness::WasmBindgen),
    })
}
