//! `cargo xtask ci`: everything that a change must pass, the fastest failures first.

mod checks;
mod dependencies;
mod tests;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use onclose_rig::counts::{Counts, final_line};
use onclose_rig::engine::Engine;
use onclose_rig::process::{Show, cargo};
use onclose_rig::results::{seconds, table};
use onclose_rig::setup::tools;
use onclose_rig::workspace::Workspace;

use crate::fuzz::{self, Target};
use crate::test;

/// How long each fuzz target runs; `cargo xtask fuzz` is for more.
const FUZZ: Duration = Duration::from_secs(60);

pub(crate) async fn run(workspace: &Workspace) -> Result<ExitCode> {
    let (begun, shell) = (Instant::now(), workspace.shell()?);
    let mut steps = Steps::default();
    steps.step("format", || checks::format(&shell));
    steps.step("clippy, host", || checks::clippy_host(&shell));
    steps.step("clippy, wasm32", || checks::clippy_wasm(&shell));
    steps.step("examples without a framework", || checks::examples(workspace, &shell));
    steps.step("docs", || checks::docs(&shell));
    steps.step("package", || checks::package(&shell));
    steps.step("each feature", || checks::each_feature(workspace, &shell));
    steps.step("minimum Rust", || checks::minimum_rust(workspace, &shell));
    steps.step("minimal versions", || checks::minimal_versions(workspace, &shell));
    match tools::ensure(workspace, &tools::CARGO_DENY).await {
        Ok(cargo_deny) => {
            steps.step("licences and sources", || dependencies::licences(&shell, &cargo_deny));
            let advisories = Steps::begin("advisories");
            steps.finish("advisories", advisories, None, dependencies::advisories(&shell, &cargo_deny));
        }
        Err(error) => steps.step("licences, sources and advisories", || Err(error)),
    }
    for &target in Target::value_variants() {
        let name = format!("fuzz {}", target.name());
        let begun = Steps::begin(&name);
        let executions = fuzz::one(workspace, target, FUZZ).await;
        let done = executions.map(|executions| Done::Figure(format!("{executions} executions")));
        steps.finish(&name, begun, None, done);
    }
    steps.tests("cargo xtask test", Ok(tests::xtask_test(&shell))).await;
    steps.step("cargo xtask bench --check", || Ok(cargo(&shell).args(["xtask", "bench", "--check"]).run()?));
    for build in ["shared-memory", "unwind", "js-queue"] {
        steps.tests(&format!("cargo xtask test --build {build}"), Ok(tests::xtask_test_build(&shell, build))).await;
    }
    for engine in [Engine::Chromium, Engine::Firefox] {
        let command = match test::runner(workspace, Show::Live).await {
            Ok(runner) => tests::wasm_pack(workspace, &shell, &runner, engine).await,
            Err(error) => Err(error),
        };
        steps.tests(&format!("wasm-pack test, {}", engine.name()), command).await;
    }
    Ok(steps.end(begun))
}

#[derive(Default)]
struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: String,
    took: Duration,
    counts: Option<Counts>,
    result: Result<Done, String>,
}

/// The result of a step that has not failed.
#[derive(Debug)]
enum Done {
    All,
    /// Everything, with a figure for the table.
    Figure(String),
    /// Nothing, since this machine cannot; the reason is in the table.
    NotChecked(String),
}

impl Steps {
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        let begun = Self::begin(name);
        let result = work();
        self.finish(name, begun, None, result.map(|()| Done::All));
    }

    /// Runs tests by another program, which must run at least one.
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
            Ok(Done::NotChecked(why)) => println!("##### {name}: NOT CHECKED: {why}"),
            Ok(_) => println!("##### {name}: passed in {}", seconds(took)),
            Err(fault) => println!("##### {name}: FAILED in {}: {fault}", seconds(took)),
        }
        self.done.push(Step { name: name.to_owned(), took, counts, result });
    }

    fn end(self, begun: Instant) -> ExitCode {
        let mut total = Counts::default();
        let mut table = table(&["step", "passed", "failed", "skipped", "time", ""], 1..5);
        for step in &self.done {
            let note = match &step.result {
                Ok(Done::All) => String::new(),
                Ok(Done::Figure(figure)) => figure.clone(),
                Ok(Done::NotChecked(why)) => format!("NOT CHECKED: {why}"),
                // The whole error was printed above.
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
        println!("It took {}.", seconds(begun.elapsed()));
        println!("{}", final_line(total));
        match self.done.iter().any(|step| step.result.is_err()) {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }
}
