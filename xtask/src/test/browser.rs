//! The suites that run inside a browser, in each kind of global scope.

use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::build::Build;
use super::host::{self, Program};
use crate::Context;
use onclose_rig::driver;
use onclose_rig::report::{Report, Row};
use onclose_rig::site as serve;
use onclose_rig::suite::{Place, run_suite, stillborn};
use onclose_rig::summary::Harness;
use onclose_rig::workspace::Workspace;

/// The crate's test programs for the browser: with synthetic events, and with the peer.
pub(super) const SUITES: [&str; 2] = ["browser", "peer"];

impl Context {
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::DedicatedWorker => "dedicated worker",
            Self::SharedWorker => "shared worker",
            Self::ServiceWorker => "service worker",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Page => "WASM_BINDGEN_USE_BROWSER",
            Self::DedicatedWorker => "WASM_BINDGEN_USE_DEDICATED_WORKER",
            Self::SharedWorker => "WASM_BINDGEN_USE_SHARED_WORKER",
            Self::ServiceWorker => "WASM_BINDGEN_USE_SERVICE_WORKER",
        }
    }
}

#[derive(Debug)]
pub(super) struct Suites<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) runner: &'a Path,
    pub(super) drivers: &'a [driver::Program],
    pub(super) contexts: &'a [Context],
    pub(super) build: Build,
    pub(super) peer: SocketAddr,
    pub(super) filter: Option<&'a str>,
}

impl Suites<'_> {
    pub(super) async fn run(&self, report: &mut Report) -> Result<()> {
        println!("\nCompiling the browser's tests ...");
        let programs = match self.compile() {
            Ok(programs) => programs,
            Err(error) => {
                report.add(stillborn("browser and peer", "every", "not compiled", &error));
                return Ok(());
            }
        };
        for driver in self.drivers {
            for &context in self.contexts {
                for program in &programs {
                    self.run_one(driver, context, program, report).await;
                }
            }
        }
        Ok(())
    }

    fn compile(&self) -> Result<Vec<Program>> {
        let mut cargo = self.build.cargo_test(self.workspace)?;
        cargo.args(["-p", "onclose"]);
        for suite in SUITES {
            cargo.args(["--test", suite]);
        }
        // In the browser nothing else could tell the tests where the peer is.
        cargo.env("ONCLOSE_PEER", serve::peer_url(self.peer));
        let mut programs = host::compile(&mut cargo)?;
        // They come as they were finished.
        programs.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(programs)
    }

    /// A browser ends a service worker that nobody asks for anything after half a minute, tests or not, so there the
    /// modules of a suite are run one after the other, each in a browser of its own.
    async fn run_one(&self, program: &driver::Program, context: Context, tests: &Program, report: &mut Report) {
        if context != Context::ServiceWorker || self.filter.is_some() {
            report.add(self.run_part(program, context, tests, self.filter).await);
            return;
        }
        let names = match self.list(tests) {
            Ok(names) => names,
            Err(error) => {
                report.add(stillborn(&tests.name, program.engine.name(), "not listed", &error));
                return;
            }
        };
        let mut whole: Option<Row> = None;
        for module in modules(&names) {
            let part = self.run_part(program, context, tests, Some(&module)).await;
            whole = Some(match whole {
                None => part,
                Some(whole) => whole.and(part),
            });
        }
        if let Some(mut row) = whole {
            if row.fault.is_none() && row.counts.all() != names.len() {
                row.fault = Some(format!("{} of {} tests were run", row.counts.all(), names.len()));
            }
            report.add(row);
        }
    }

    /// The names of a program's tests.
    fn list(&self, tests: &Program) -> Result<Vec<String>> {
        let output = self.runner_in(Context::Page).arg(&tests.path).args(["--list", "--format", "terse"]).output()?;
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
        program: &driver::Program,
        context: Context,
        tests: &Program,
        filter: Option<&str>,
    ) -> Row {
        let engine = program.engine;
        // A new one each time: a suite that hangs, or a browser that fails, must not reach the next suite.
        let logs = self.workspace.target().join("drivers");
        let driver = match program.start(&logs).await {
            Ok(driver) => driver,
            Err(error) => {
                return stillborn(&tests.name, engine.name(), "no driver", &error);
            }
        };
        let mut command = self.runner_in(context);
        command.env(engine.runner_variable(), &driver.url);
        command.arg(&tests.path).args(filter);
        let suite = match self.build {
            Build::Usual => tests.name.clone(),
            special => format!("{}: {}", special.name(), tests.name),
        };
        let place = Place { suite, engine: engine.name(), context: context.name() };
        let row = run_suite(place, command, Harness::WasmBindgen, self.filter.is_some()).await;
        if row.fault.is_some() {
            println!("What the driver wrote is in {}.", driver.log().display());
        }
        row
    }

    fn runner_in(&self, context: Context) -> Command {
        let mut command = Command::new(self.runner);
        command.current_dir(self.workspace.root());
        // The runner takes the first driver and refuses a second context that it finds here.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let chooses = ["WASM_BINDGEN_USE_", "WASM_BINDGEN_TEST_ONLY_", "NO_HEADLESS"];
            if chooses.iter().any(|prefix| text.starts_with(prefix)) || text.contains("DRIVER") {
                command.env_remove(&name);
            }
        }
        command.env(context.variable(), "1");
        command.env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        command
    }
}

/// The modules of these tests, as filters, each once.
fn modules(names: &[String]) -> Vec<String> {
    let mut modules: Vec<_> =
        names.iter().map(|name| name.split_inclusive("::").next().unwrap_or(name).to_owned()).collect();
    modules.sort_unstable();
    modules.dedup();
    modules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_module_is_run_once() {
        let names = ["ends::a", "closing::b", "ends::c", "alone"].map(str::to_owned);
        assert_eq!(modules(&names), ["alone", "closing::", "ends::"]);
    }
}
