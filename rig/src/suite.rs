//! One test program, run as a suite.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{self, Watched};
use crate::report::Row;
use crate::summary::{self, Counts, Harness};

/// A suite that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Where a suite runs, for the table.
#[derive(Clone, Debug)]
pub struct Place {
    pub suite: String,
    pub engine: &'static str,
    pub context: &'static str,
}

/// Runs one test program to its end, or to the limit, and makes its row.
pub async fn run_suite(place: Place, command: Command, harness: Harness, filtered: bool) -> Row {
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
pub fn stillborn(suite: &str, engine: &'static str, short: &str, error: &anyhow::Error) -> Row {
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
