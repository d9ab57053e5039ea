//! `cargo xtask ci`: all that a change must pass, in the order in which it fails soonest.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::driver::Engine;
use crate::process::{self, cargo};
use crate::report::{seconds, table};
use crate::setup::{self, WASM, browsers, tools};
use crate::summary::{self, Counts, Harness, final_line};
use crate::workspace::Workspace;

/// Everything that runs tests ends each hung suite by itself; this is for what nobody thought of.
const TEST_LIMIT: Duration = Duration::from_secs(75 * 60);
const WASM_PACK_LIMIT: Duration = Duration::from_secs(15 * 60);

pub(crate) async fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut steps = Steps { workspace, done: Vec::new() };

    steps.step("format", |_| {
        component("rustfmt", "cargo-fmt")?;
        process::run(cargo().args(["fmt", "--all", "--check"]))
    });
    steps.step("clippy, host", |steps| {
        component("clippy", "cargo-clippy")?;
        steps.clippy(&["-p", "onclose", "-p", "onclose-peer", "-p", "xtask", "--all-features"])?;
        steps.clippy(&["-p", "onclose", "--no-default-features"])
    });
    steps.step("clippy, wasm32", |steps| {
        setup::wasm_target(None)?;
        let all = ["-p", "onclose", "-p", "onclose-www", "-p", "onclose-faults", "--all-features", "--target", WASM];
        steps.clippy(&all)?;
        steps.clippy(&["-p", "onclose", "--no-default-features", "--target", WASM])
    });
    steps.step("docs", |steps| {
        steps.docs(&[])?;
        steps.docs(&["--target", WASM])
    });
    steps.step("minimum Rust", Steps::minimum_rust);
    steps.tests("cargo xtask test", test_command(workspace)).await;
    for browser in ["--chrome", "--firefox"] {
        let command = wasm_pack(workspace, browser);
        steps.tests(&format!("wasm-pack test --headless {browser}"), command).await;
    }
    Ok(steps.end())
}

struct Steps<'a> {
    workspace: &'a Workspace,
    done: Vec<Step>,
}

struct Step {
    name: String,
    took: Duration,
    counts: Option<Counts>,
    fault: Option<String>,
}

impl Steps<'_> {
    fn step(&mut self, name: &str, work: impl FnOnce(&Self) -> Result<()>) {
        let begun = Self::begin(name);
        let result = work(self);
        self.finish(name, begun, None, result.err());
    }

    /// A step that runs tests by another program, and must have run some.
    async fn tests(&mut self, name: &str, command: Result<TestCommand>) {
        let begun = Self::begin(name);
        match run_tests(command).await {
            Ok((counts, error)) => self.finish(name, begun, Some(counts), error),
            Err(error) => self.finish(name, begun, None, Some(error)),
        }
    }

    fn begin(name: &str) -> Instant {
        println!("\n##### {name}");
        Instant::now()
    }

    fn finish(&mut self, name: &str, begun: Instant, counts: Option<Counts>, error: Option<anyhow::Error>) {
        let took = begun.elapsed();
        let fault = error.map(|error| format!("{error:#}"));
        match &fault {
            None => println!("##### {name}: passed in {}", seconds(took)),
            Some(fault) => println!("##### {name}: FAILED in {}: {fault}", seconds(took)),
        }
        let name = name.to_owned();
        self.done.push(Step { name, took, counts, fault });
    }

    fn clippy(&self, what: &[&str]) -> Result<()> {
        let mut clippy = cargo();
        clippy.current_dir(self.workspace.root());
        clippy.args(["clippy", "--all-targets"]).args(what);
        process::run(clippy.args(["--", "-D", "warnings"]))
    }

    fn docs(&self, target: &[&str]) -> Result<()> {
        let mut doc = cargo();
        doc.current_dir(self.workspace.root()).env("RUSTDOCFLAGS", "-D warnings");
        process::run(doc.args(["doc", "-p", "onclose", "--no-deps", "--all-features"]).args(target))
    }

    fn minimum_rust(&self) -> Result<()> {
        let version = self.workspace.minimum_rust()?;
        println!("The minimum is Rust {version}.");
        if process::output_of("rustup", &["run", &version, "rustc", "--version"]).is_none() {
            let args = ["toolchain", "install", &version, "--profile", "minimal", "--no-self-update"];
            process::run(Command::new("rustup").args(args))?;
        }
        setup::wasm_target(Some(&version))?;
        for target in [&[][..], &["--target", WASM]] {
            for features in ["--all-features", "--no-default-features"] {
                let mut check = Command::new("rustup");
                check.current_dir(self.workspace.root());
                check.args(["run", &version, "cargo", "check", "-p", "onclose", features]);
                // Its own folder: two compilers would throw each other's work away.
                check.arg("--target-dir").arg(self.workspace.target().join("minimum-rust"));
                process::run(check.args(target))?;
            }
        }
        Ok(())
    }

    fn end(self) -> ExitCode {
        let mut total = Counts::default();
        let mut table = table(&["step", "passed", "failed", "skipped", "time", ""], 1..5);
        let count = |counts: Option<Counts>, of: fn(Counts) -> u32| {
            counts.map_or_else(String::new, |counts| of(counts).to_string())
        };
        for step in &self.done {
            total += step.counts.unwrap_or_default();
            table.add_row([
                step.name.clone(),
                count(step.counts, |counts| counts.passed),
                count(step.counts, |counts| counts.failed),
                count(step.counts, |counts| counts.ignored),
                seconds(step.took),
                if step.fault.is_some() { "FAILED".to_owned() } else { String::new() },
            ]);
        }
        println!("\n{}\n", table.trim_fmt());
        println!("{}", final_line(total));
        match self.done.iter().any(|step| step.fault.is_some()) {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }
}

/// Another program that runs tests, and how its counts are read.
struct TestCommand {
    command: Command,
    limit: Duration,
    read: fn(&str) -> Option<Counts>,
}

async fn run_tests(command: Result<TestCommand>) -> Result<(Counts, Option<anyhow::Error>)> {
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
fn test_command(workspace: &Workspace) -> Result<TestCommand> {
    let mut command = cargo();
    command.current_dir(workspace.root()).args(["xtask", "test"]);
    Ok(TestCommand { command, limit: TEST_LIMIT, read: summary::read_final_line })
}

/// The way most of the crate's users run browser tests: one engine, on a page, and no peer.
fn wasm_pack(workspace: &Workspace, browser: &str) -> Result<TestCommand> {
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

/// A part of Rust that a minimal installation lacks.
fn component(name: &str, program: &str) -> Result<()> {
    if process::output_of(program, &["--version"]).is_some() {
        return Ok(());
    }
    println!("Adding {name} to Rust ...");
    process::run(Command::new("rustup").args(["component", "add", name]))
}
