//! `cargo xtask ci`: all that a change must pass, in the order in which it fails soonest.

mod checks;
mod dependencies;
mod tests;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;

use crate::fuzz::{self, Target};
use onclose_rig::process::{self, cargo};
use onclose_rig::report::{seconds, table};
use onclose_rig::setup::{self, WASM};
use onclose_rig::summary::{Counts, final_line};
use onclose_rig::workspace::Workspace;

/// How long each fuzzer runs; `cargo xtask fuzz` is for more.
const FUZZ: Duration = Duration::from_secs(60);

const BENCH: &str = "bench/Cargo.toml";

/// The workspaces that there are.
const MANIFESTS: [&str; 3] = ["Cargo.toml", BENCH, "fuzz/Cargo.toml"];

pub(crate) async fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut steps = Steps { workspace, done: Vec::new() };

    steps.step("format", |steps| {
        checks::component("rustfmt", "cargo-fmt")?;
        for manifest in MANIFESTS {
            process::run(
                cargo().args(["fmt", "--all", "--check", "--manifest-path"]).arg(steps.workspace.root().join(manifest)),
            )?;
        }
        Ok(())
    });
    steps.step("clippy, host", |steps| {
        checks::component("clippy", "cargo-clippy")?;
        steps.clippy(&[
            "-p",
            "onclose",
            "-p",
            "onclose-faults",
            "-p",
            "onclose-peer",
            "-p",
            "onclose-rig",
            "-p",
            "xtask",
            "--all-features",
        ])?;
        steps.clippy(&["-p", "onclose", "--no-default-features"])
    });
    steps.step("clippy, wasm32", |steps| {
        setup::wasm_target(None)?;
        let all = ["-p", "onclose", "-p", "onclose-www", "-p", "onclose-faults", "--all-features", "--target", WASM];
        steps.clippy(&all)?;
        steps.clippy(&["-p", "onclose", "--no-default-features", "--target", WASM])?;
        steps.clippy(&["--manifest-path", BENCH, "--workspace", "--target", WASM])
    });
    steps.step("docs", |steps| {
        steps.docs(&[])?;
        steps.docs(&["--target", WASM])
    });
    steps.step("each feature", Steps::each_feature);
    steps.step("minimum Rust", Steps::minimum_rust);
    steps.step("licences and sources", |steps| dependencies::licences(steps.workspace));
    let begun = Steps::begin("advisories");
    steps.finish("advisories", begun, None, dependencies::advisories(workspace));
    for &target in Target::value_variants() {
        let name = format!("fuzz {}", target.name());
        let begun = Steps::begin(&name);
        let executions = fuzz::one(workspace, target, FUZZ).await;
        steps.finish(&name, begun, None, executions.map(|executions| Done::Said(format!("{executions} executions"))));
    }
    steps.tests("cargo xtask test", tests::xtask_test(workspace)).await;
    steps.step("cargo xtask bench --check", |steps| {
        process::run(cargo().current_dir(steps.workspace.root()).args(["xtask", "bench", "--check"]))
    });
    for build in ["shared-memory", "unwind", "js-queue"] {
        let command = tests::xtask_test_build(workspace, build);
        steps.tests(&format!("cargo xtask test --build {build}"), command).await;
    }
    for browser in ["--chrome", "--firefox"] {
        let command = tests::wasm_pack(workspace, browser);
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
    result: Result<Done, String>,
}

/// What a step that has not failed did.
#[derive(Debug)]
enum Done {
    All,
    /// All, and there is a figure to it.
    Said(String),
    /// Nothing, because this machine cannot; it has to be said in which way.
    Not(String),
}

impl Steps<'_> {
    fn step(&mut self, name: &str, work: impl FnOnce(&Self) -> Result<()>) {
        let begun = Self::begin(name);
        let result = work(self);
        self.finish(name, begun, None, result.map(|()| Done::All));
    }

    /// A step that runs tests by another program, and must have run some.
    async fn tests(&mut self, name: &str, command: Result<tests::TestCommand>) {
        let begun = Self::begin(name);
        let (counts, result) = match tests::run(command).await {
            Ok((counts, None)) => (Some(counts), Ok(Done::All)),
            Ok((counts, Some(error))) => (Some(counts), Err(error)),
            Err(error) => (None, Err(error)),
        };
        self.finish(name, begun, counts, result);
    }

    fn begin(name: &str) -> Instant {
        println!("\n##### {name}");
        Instant::now()
    }

    fn finish(&mut self, name: &str, begun: Instant, counts: Option<Counts>, result: Result<Done>) {
        let took = begun.elapsed();
        let result = result.map_err(|error| format!("{error:#}"));
        match &result {
            Ok(Done::Not(why)) => println!("##### {name}: NOT CHECKED: {why}"),
            Ok(_) => println!("##### {name}: passed in {}", seconds(took)),
            Err(fault) => println!("##### {name}: FAILED in {}: {fault}", seconds(took)),
        }
        self.done.push(Step { name: name.to_owned(), took, counts, result });
    }

    fn end(self) -> ExitCode {
        let mut total = Counts::default();
        let mut table = table(&["step", "passed", "failed", "skipped", "time", ""], 1..5);
        for step in &self.done {
            let note = match &step.result {
                Ok(Done::All) => String::new(),
                Ok(Done::Said(figure)) => figure.clone(),
                Ok(Done::Not(why)) => format!("NOT CHECKED: {why}"),
                // The whole of it is above, and would burst the table.
                Err(_) => "FAILED".to_owned(),
            };
            total += step.counts.unwrap_or_default();
            let count = |of: fn(Counts) -> u32| step.counts.map_or_else(String::new, |counts| of(counts).to_string());
            table.add_row([
                step.name.clone(),
                count(|counts| counts.passed),
                count(|counts| counts.failed),
                count(|counts| counts.ignored),
                seconds(step.took),
                note,
            ]);
        }
        println!("\n{}\n", table.trim_fmt());
        println!("{}", final_line(total));
        match self.done.iter().any(|step| step.result.is_err()) {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }
}
