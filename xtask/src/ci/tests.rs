//! Steps that run tests by another program, and parse its counts.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Error, Result, bail};
use onclose_rig::counts::{self, Counts, Harness};
use onclose_rig::engine::Engine;
use onclose_rig::process::{self, Show, cargo};
use onclose_rig::setup::{browsers, tools};
use onclose_rig::workspace::Workspace;
use xshell::Shell;

/// Everything that runs tests has its own limits; these are for a failure of those.
const TEST_LIMIT: Duration = Duration::from_secs(75 * 60);
const BUILD_LIMIT: Duration = Duration::from_secs(20 * 60);
const WASM_PACK_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Another program that runs tests, and how its counts are parsed.
#[derive(Debug)]
pub(super) struct TestCommand {
    command: Command,
    limit: Duration,
    parse: fn(&str) -> Option<Counts>,
}

/// Returns the counts, and why they are not enough.
pub(super) async fn run(command: Result<TestCommand>) -> Result<(Counts, Option<Error>)> {
    let TestCommand { command, limit, parse } = command?;
    let watched = process::watch(command, limit, Show::Live).await?;
    let counts = parse(&watched.output);
    let error = match (watched.status, counts) {
        (None, _) => Some(format!("not ended after {} min", limit.as_secs() / 60)),
        (Some(status), _) if !status.success() => Some(format!("{status}")),
        (_, None) => Some("no test was run".to_owned()),
        (_, Some(counts)) if counts.ran_nothing() => Some("no test was run".to_owned()),
        (_, Some(_)) => None,
    };
    Ok((counts.unwrap_or_default(), error.map(Error::msg)))
}

/// The README's command, exactly as a newcomer types it.
pub(super) fn xtask_test(shell: &Shell) -> TestCommand {
    let command = cargo(shell).args(["xtask", "test"]).into();
    TestCommand { command, limit: TEST_LIMIT, parse: counts::read_final_line }
}

/// The browser suites with a special build.
pub(super) fn xtask_test_build(shell: &Shell, build: &str) -> TestCommand {
    let command = cargo(shell).args(["xtask", "test", "--build", build]).into();
    TestCommand { command, limit: BUILD_LIMIT, parse: counts::read_final_line }
}

/// The usual command for browser tests of a crate: one engine, in a page, and without the peer.
pub(super) async fn wasm_pack(
    workspace: &Workspace,
    shell: &Shell,
    runner: &Path,
    engine: Engine,
) -> Result<TestCommand> {
    let flag = if engine == Engine::Firefox { "--firefox" } else { "--chrome" };
    let wasm_pack = tools::ensure(workspace, &tools::WASM_PACK).await?;
    let Some(driver) = browsers::ensure(workspace, &[engine]).await?.pop() else {
        bail!("There is no driver for {}.", engine.name());
    };
    // It searches PATH for both before it downloads them.
    let path = tools::path_with([runner, &driver.path])?;
    let command = shell.cmd(wasm_pack).args(["test", "--headless", flag]).env("PATH", path).env_remove("ONCLOSE_PEER");
    Ok(TestCommand {
        command: command.into(),
        limit: WASM_PACK_LIMIT,
        // Its doc tests do not run in the browser, so they do not count.
        parse: |output| counts::counts(output, Harness::WasmBindgen),
    })
}
