//! The suites that run inside of a browser, in each kind of global scope.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use cargo_metadata::Message;
use onclose_rig::counts::Harness;
use onclose_rig::driver::DriverProgram;
use onclose_rig::process::{self, Show, cargo};
use onclose_rig::results::{Place, Report, Suite};
use onclose_rig::workspace::Workspace;

use super::build::Build;
use crate::Context;

/// The crate's test programs for the browser: with synthetic events, and with the peer.
const PROGRAMS: [&str; 2] = ["browser", "peer"];

/// Tests for one service worker. These take about 8 s, which leaves time for a busy machine.
const PART: usize = 40;

impl Context {
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::DedicatedWorker => "dedicated worker",
            Self::SharedWorker => "shared worker",
            Self::ServiceWorker => "service worker",
        }
    }

    /// The variable that selects the context for wasm-bindgen-test-runner.
    fn variable(self) -> &'static str {
        match self {
            Self::Page => "WASM_BINDGEN_USE_BROWSER",
            Self::DedicatedWorker => "WASM_BINDGEN_USE_DEDICATED_WORKER",
            Self::SharedWorker => "WASM_BINDGEN_USE_SHARED_WORKER",
            Self::ServiceWorker => "WASM_BINDGEN_USE_SERVICE_WORKER",
        }
    }
}

/// A compiled test program.
#[derive(Debug)]
struct Program {
    name: String,
    path: PathBuf,
}

/// The compiled suites, and the program that runs them.
#[derive(Debug)]
pub(super) struct Suites<'a> {
    workspace: &'a Workspace,
    runner: PathBuf,
    build: Build,
    programs: Vec<Program>,
}

impl<'a> Suites<'a> {
    /// Compiles the suites; in a browser they know the peer only by its address at this time.
    pub(super) async fn compile(workspace: &'a Workspace, build: Build, peer: String, show: Show) -> Result<Self> {
        let runner = runner(workspace, show).await?;
        let shell = workspace.shell()?;
        let tests = PROGRAMS.into_iter().flat_map(|name| ["--test", name]);
        let cargo = build.cargo_test(workspace, &shell)?.args(["-p", "onclose"]).args(tests);
        // The runner rewrites debug info at each start, and browsers do not use it.
        let cargo = cargo.env("CARGO_PROFILE_DEV_STRIP", "debuginfo").env("ONCLOSE_PEER", peer);
        let mut programs = executables(cargo.into(), show).await?;
        programs.sort_by(|one, other| one.name.cmp(&other.name));
        ensure!(programs.len() == PROGRAMS.len(), "cargo compiled {programs:?} instead of {PROGRAMS:?}");
        Ok(Self { workspace, runner, build, programs })
    }

    /// Runs the suites in an engine, in one context after the other.
    pub(super) async fn run(
        &self,
        driver: &DriverProgram,
        contexts: &[Context],
        filter: Option<&str>,
        report: &Report,
    ) {
        for &context in contexts {
            for program in &self.programs {
                let suite = self.build.suite(&program.name);
                let mut suite = report.suite(Place::new(suite, driver.engine.name(), context.name()));
                if let Err(error) = self.run_one(driver, context, program, filter, &mut suite).await {
                    suite.fail("not run to the end", &error);
                }
            }
        }
    }

    /// Browsers stop a service worker that has received no event for half a minute, so there a program is run in parts, each
    /// in a new browser.
    async fn run_one(
        &self,
        driver: &DriverProgram,
        context: Context,
        program: &Program,
        filter: Option<&str>,
        suite: &mut Suite<'_>,
    ) -> Result<()> {
        if context != Context::ServiceWorker || filter.is_some() {
            return self.run_part(driver, context, program, filter.as_slice(), suite).await;
        }
        let names = self.list(program)?;
        for others in others(&names) {
            let skip = others.into_iter().flat_map(|name| ["--skip", name]);
            let args: Vec<_> = ["--exact"].into_iter().chain(skip).collect();
            self.run_part(driver, context, program, &args, suite).await?;
        }
        ensure!(suite.count() == names.len(), "{} of {} tests were run", suite.count(), names.len());
        Ok(())
    }

    /// Returns the names of a program's tests.
    fn list(&self, program: &Program) -> Result<Vec<String>> {
        let output = self.command(Context::Page).arg(&program.path).args(["--list", "--format", "terse"]).output()?;
        let names: Vec<_> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
            .map(str::to_owned)
            .collect();
        ensure!(output.status.success() && !names.is_empty(), "the runner lists no tests");
        Ok(names)
    }

    async fn run_part(
        &self,
        program: &DriverProgram,
        context: Context,
        tests: &Program,
        args: &[&str],
        suite: &mut Suite<'_>,
    ) -> Result<()> {
        // A new driver each time: a browser that hangs must not affect the next suite.
        let driver = program.start(self.workspace).await?;
        let mut command = self.command(context);
        command.env(program.engine.runner_variable(), &driver.url);
        command.arg(&tests.path).args(args);
        suite.program(command, Harness::WasmBindgen).await;
        driver.end().await;
        Ok(())
    }

    fn command(&self, context: Context) -> Command {
        let mut command = Command::new(&self.runner);
        command.current_dir(self.workspace.root());
        // The runner takes the first driver that it finds in its environment, and rejects a second context.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let chooses = ["WASM_BINDGEN_USE_", "WASM_BINDGEN_TEST_ONLY_", "NO_HEADLESS"];
            if chooses.iter().any(|prefix| text.starts_with(prefix)) || text.contains("DRIVER") {
                command.env_remove(&name);
            }
        }
        command.env(context.variable(), "1").env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        command
    }
}

/// Builds wasm-bindgen-test-runner; returns its path.
pub(crate) async fn runner(workspace: &Workspace, show: Show) -> Result<PathBuf> {
    let shell = workspace.shell()?;
    process::run(cargo(&shell).args(["build", "-p", "onclose-runner"]), show).await?;
    let name = format!("wasm-bindgen-test-runner{}", env::consts::EXE_SUFFIX);
    Ok(workspace.target().join("debug").join(name))
}

/// Compiles tests, and returns their executables.
async fn executables(mut command: Command, show: Show) -> Result<Vec<Program>> {
    command.args(["--no-run", "--message-format=json-render-diagnostics"]);
    let line = process::display(&command);
    if show == Show::Live {
        println!("$ {line}");
    }
    let output = tokio::process::Command::from(command)
        .stdin(Stdio::null())
        .stderr(if show == Show::Live { Stdio::inherit() } else { Stdio::piped() })
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("`{line}` could not be started"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({}).\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let mut programs = Vec::new();
    for message in Message::parse_stream(output.stdout.as_slice()) {
        if let Message::CompilerArtifact(artifact) = message?
            && let Some(path) = artifact.executable.filter(|_| artifact.profile.test)
        {
            programs.push(Program { name: artifact.target.name, path: path.into() });
        }
    }
    Ok(programs)
}

/// Splits the tests into parts; returns for each part the tests that are not in it.
fn others(names: &[String]) -> Vec<Vec<&str>> {
    let parts = names.len().div_ceil(PART);
    // Slow tests are next to each other, so each part gets every nth test.
    let part = |this| {
        let others = names.iter().enumerate().filter(move |(index, _)| index % parts != this);
        others.map(|(_, name)| name.as_str()).collect()
    };
    (0..parts).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_is_in_one_part() {
        let names: Vec<_> = (0..=2 * PART).map(|number| format!("module::test_{number}")).collect();
        let others = others(&names);
        assert_eq!(others.len(), 3);
        for name in &names {
            let parts = others.iter().filter(|others| !others.contains(&name.as_str())).count();
            assert_eq!(parts, 1, "{name}");
        }
        assert!(others.iter().all(|others| names.len() - others.len() <= PART));
    }
}
