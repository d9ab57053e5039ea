//! `cargo xtask test`: every test there is, in every place it runs, and one table.

mod browser;
mod build;
mod host;
mod small;

pub(crate) use build::Build;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;

use crate::driver::Engine;
use crate::process::{self, Watched};
use crate::report::{Report, Row};
use crate::setup::{self, browsers, tools};
use crate::summary::{self, Counts, Harness};
use crate::workspace::Workspace;
use crate::{Context, TestArgs, e2e, faults, npm, peer};

/// A suite that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(10 * 60);

pub(crate) async fn run(workspace: &Workspace, args: &TestArgs) -> Result<ExitCode> {
    let filter = args.filter.as_deref();
    // What another build changes is in the suites.
    let usual = args.build == Build::Usual;
    let all = !args.faults && !args.npm;
    let with_host = usual && all && !args.no_host && !args.page_only;
    let with_suites = all && !args.host_only && !args.page_only;
    let with_page = usual && all && !args.host_only && !args.no_page;
    // Another context than all of them is asked for by who wants the suites, and a name is one of theirs.
    let with_rest = usual && with_suites && args.context.is_empty() && filter.is_none();
    let with_faults = args.faults || (with_rest && !args.no_faults);
    let with_npm = args.npm || (with_rest && !args.no_npm);

    // First of all, so that nobody waits for tests only to learn that a browser is missing.
    let version = workspace.wasm_bindgen()?;
    let mut drivers = Vec::new();
    if with_suites || with_page || with_faults || with_npm {
        setup::wasm_target(None)?;
        drivers = browsers::ensure(workspace, &or_default(&args.engine, args.build.engines(), &Engine::ALL))?;
    }
    let mut runner = None;
    if with_suites {
        runner = Some(tools::ensure(workspace, &tools::test_runner(&version))?);
    }

    let mut report = Report::default();
    if with_host {
        host::run(workspace, filter, &mut report).await?;
    }
    if !drivers.is_empty() {
        let (address, peer) = peer::start(None).await?;
        let peer = tokio::spawn(peer);
        if let Some(runner) = runner {
            let suites = browser::Suites {
                workspace,
                runner: &runner,
                drivers: &drivers,
                contexts: &or_default(&args.context, args.build.contexts(), Context::value_variants()),
                build: args.build,
                peer: address,
                filter,
            };
            suites.run(&mut report).await?;
        }
        if with_page {
            e2e::run(workspace, &drivers, address, filter, &mut report).await;
            if filter.is_none() {
                small::run(workspace, &mut report);
            }
        }
        if with_faults {
            let faults = faults::Faults {
                workspace,
                drivers: &drivers,
                peer: address,
                whole: args.faults,
                record: args.record,
                filter,
            };
            faults.run(&args.part, &mut report).await;
        }
        if with_npm {
            npm::test(workspace, &drivers, address, &mut report).await;
        }
        peer.abort();
    }
    report.print();
    Ok(match report.is_green() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// What was chosen, each once and in our order; the default if nothing was.
fn or_default<T: Copy + PartialEq>(chosen: &[T], default: &[T], all: &[T]) -> Vec<T> {
    let chosen = if chosen.is_empty() { default } else { chosen };
    all.iter().copied().filter(|one| chosen.contains(one)).collect()
}

/// Where a suite runs, for the table.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) suite: String,
    pub(crate) engine: &'static str,
    pub(crate) context: &'static str,
}

/// Runs one test program to its end, or to the limit, and makes its row.
pub(crate) async fn run_suite(place: Place, command: Command, harness: Harness, filtered: bool) -> Row {
    let Place { suite, engine, context } = place;
    println!("\n=== {suite}, {engine}, {context}");
    let begun = Instant::now();
    let result = process::watch(command, LIMIT).await;
    let (counts, fault) = match &result {
        Ok(watched) => judge(watched, harness, filtered),
        Err(error) => (Counts::default(), Some(format!("{error:#}"))),
    };
    if let Some(fault) = &fault {
        println!("FAILED: {fault}");
    }
    Row { suite, engine, context, counts, took: begun.elapsed(), fault }
}

fn judge(watched: &Watched, harness: Harness, filtered: bool) -> (Counts, Option<String>) {
    let found = summary::counts(&watched.output, harness);
    let counts = found.unwrap_or_default();
    let fault = match watched.status {
        None => Some(format!("no end after {} min", LIMIT.as_secs() / 60)),
        Some(status) if !status.success() && counts.failed == 0 => Some(format!("{status}")),
        // A name that is not in this suite is no fault; that it is in none is told by the sum.
        Some(_) if filtered => None,
        Some(_) if counts.ran_nothing() && counts.ignored > 0 => Some("every test was ignored".to_owned()),
        Some(_) if counts.ran_nothing() => Some("no test was run".to_owned()),
        Some(_) => None,
    };
    (counts, fault)
}

/// The row of a suite that could not even be begun; the whole error would burst the table.
pub(crate) fn stillborn(suite: &str, engine: &'static str, short: &str, error: &anyhow::Error) -> Row {
    println!("FAILED: {suite}, {engine}: {short}: {error:#}");
    Row {
        suite: suite.to_owned(),
        engine,
        context: "",
        counts: Counts::default(),
        took: Duration::ZERO,
        fault: Some(short.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_chosen_is_the_default_and_order_is_ours() {
        assert_eq!(or_default(&[], &Engine::ALL, &Engine::ALL), Engine::ALL);
        assert_eq!(or_default(&[], &[Engine::Firefox], &Engine::ALL), [Engine::Firefox]);
        let two = [Engine::Webkit, Engine::Chromium, Engine::Webkit];
        assert_eq!(or_default(&two, &[Engine::Firefox], &Engine::ALL), [Engine::Chromium, Engine::Webkit]);
    }

    #[cfg(unix)]
    fn judged(code: Option<i32>, output: &str, filtered: bool) -> (Counts, Option<String>) {
        use std::os::unix::process::ExitStatusExt;
        use std::process::ExitStatus;
        let status = code.map(|code| ExitStatus::from_raw(code << 8));
        let output = output.to_owned();
        judge(&Watched { output, status }, Harness::WasmBindgen, filtered)
    }

    #[cfg(unix)]
    #[test]
    fn a_suite_that_tests_nothing_has_failed() {
        let line = |passed, ignored| {
            format!("test result: ok. {passed} passed; 0 failed; {ignored} ignored; 0 filtered out\n")
        };
        assert_eq!(judged(Some(0), &line(1, 1), false).1, None);
        for (output, fault) in [
            ("no tests to run!\n".to_owned(), "no test was run"),
            (line(0, 0), "no test was run"),
            (line(0, 4), "every test was ignored"),
        ] {
            assert_eq!(judged(Some(0), &output, false).1.as_deref(), Some(fault));
            assert_eq!(judged(Some(0), &output, true).1, None, "a filter may leave nothing");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_crash_and_a_hang_have_failed() {
        assert_eq!(judged(None, "", true).1.as_deref(), Some("no end after 10 min"));
        let passed = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 filtered out\n";
        assert!(judged(Some(101), passed, false).1.unwrap().contains("101"));
        let failed = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out\n";
        let (counts, fault) = judged(Some(1), failed, false);
        assert_eq!((counts.failed, fault), (2, None), "the failed tests say it already");
    }
}
