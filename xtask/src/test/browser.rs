//! The suites that run inside a browser, in each kind of global scope.

use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::host::{self, Program};
use super::{Place, run_suite, stillborn};
use crate::driver;
use crate::report::Report;
use crate::summary::Harness;
use crate::workspace::Workspace;
use crate::{Context, process, serve, setup};

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
        let mut cargo = process::cargo();
        cargo.current_dir(self.workspace.root());
        cargo.args(["test", "-p", "onclose", "--target", setup::WASM]);
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

    async fn run_one(&self, program: &driver::Program, context: Context, tests: &Program, report: &mut Report) {
        let engine = program.engine;
        // A new one each time: a suite that hangs, or a browser that fails, must not reach the next suite.
        let logs = self.workspace.target().join("drivers");
        let driver = match program.start(&logs).await {
            Ok(driver) => driver,
            Err(error) => {
                report.add(stillborn(&tests.name, engine.name(), "no driver", &error));
                return;
            }
        };
        let mut command = self.runner_in(context);
        command.env(engine.runner_variable(), &driver.url);
        command.arg(&tests.path).args(self.filter);
        let place = Place { suite: tests.name.clone(), engine: engine.name(), context: context.name() };
        let row = run_suite(place, command, Harness::WasmBindgen, self.filter.is_some()).await;
        if row.fault.is_some() {
            println!("What the driver wrote is in {}.", driver.log().display());
        }
        report.add(row);
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
