//! Suites of tests, and the table of their results.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};

use crate::counts::{self, Counts, Harness, final_line};
use crate::process::{self, Show, Watched};

/// A test program that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// A suite, and where it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub suite: String,
    /// The name of an engine, or `host`.
    pub engine: &'static str,
    pub context: &'static str,
}

impl Place {
    pub fn new(suite: impl Into<String>, engine: &'static str, context: &'static str) -> Self {
        Self { suite: suite.into(), engine, context }
    }
}

/// The results of all suites. Suites may run at the same time.
#[derive(Debug)]
pub struct Report {
    rows: Mutex<Vec<Row>>,
    show: Show,
    /// Part of the names of the tests to run; it may leave a suite without a test.
    filter: Option<String>,
}

/// The results of one suite in one place, over all rounds.
#[derive(Debug)]
struct Row {
    place: Place,
    counts: Counts,
    took: Duration,
    rounds: u32,
    /// How often each test failed.
    failed: BTreeMap<String, u32>,
    /// Why the suite failed where no failed test shows it.
    fault: Option<String>,
}

impl Row {
    fn has_failed(&self) -> bool {
        self.counts.failed > 0 || self.fault.is_some()
    }

    /// A suite that broke without a failed test counts as one failure: otherwise the sum would be green.
    fn counted(&self) -> Counts {
        let mut counts = self.counts;
        if self.fault.is_some() && counts.failed == 0 {
            counts.failed = 1;
        }
        counts
    }
}

impl Report {
    /// With [`Show::Nothing`] each suite is printed when it has ended, so that suites at the same time do not mix.
    pub fn new(show: Show, filter: Option<String>) -> Self {
        Self { rows: Mutex::default(), show, filter }
    }

    /// Begins a suite; its results are added when it is dropped.
    pub fn suite(&self, place: Place) -> Suite<'_> {
        let mut suite = Suite {
            report: self,
            begun: Instant::now(),
            counts: Counts::default(),
            failed: Vec::new(),
            fault: None,
            text: String::new(),
            place,
        };
        let Place { suite: name, engine, context } = &suite.place;
        let heading = format!("\n=== {}", place_name(&[name, engine, context]));
        suite.say(&heading);
        suite
    }

    /// Adds a suite that could not be run.
    pub fn not_run(&self, place: Place, short: &str, error: &anyhow::Error) {
        self.suite(place).fail(short, error);
    }

    fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, row: Row) {
        let mut rows = self.rows();
        match rows.iter_mut().find(|earlier| earlier.place == row.place) {
            None => rows.push(row),
            Some(earlier) => {
                earlier.counts += row.counts;
                earlier.took += row.took;
                earlier.rounds += 1;
                for (test, times) in row.failed {
                    *earlier.failed.entry(test).or_default() += times;
                }
                earlier.fault = earlier.fault.take().or(row.fault);
            }
        }
    }

    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for row in self.rows().iter() {
            total += row.counted();
        }
        total
    }

    /// Returns whether nothing failed and something was run.
    pub fn is_green(&self) -> bool {
        !self.rows().iter().any(Row::has_failed) && !self.total().ran_nothing()
    }

    /// Prints the table, the tests that failed, the time, and the final line.
    pub fn print(&self, took: Duration) {
        println!("\n{}\n", self.table());
        for line in self.failures() {
            println!("{line}");
        }
        if self.total().ran_nothing() {
            match &self.filter {
                Some(filter) => println!("No test was run: none of those selected has {filter:?} in its name."),
                None => println!("No test was run."),
            }
        }
        println!("It took {}.", seconds(took));
        println!("{}", final_line(self.total()));
    }

    fn failures(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for row in self.rows().iter() {
            let Place { suite, engine, context } = &row.place;
            for (test, times) in &row.failed {
                let often = if row.rounds > 1 { format!(" ({times} of {} rounds)", row.rounds) } else { String::new() };
                let place = place_name(&[suite, engine, context]);
                lines.push(format!("FAILED in {place}: {test}{often}"));
            }
        }
        lines
    }

    fn table(&self) -> String {
        let header = ["suite", "engine", "context", "passed", "failed", "ignored", "time", ""];
        let mut table = table(&header, 3..7);
        let mut rows = self.rows();
        // The engines run at the same time; each keeps the order of its suites.
        let rank = |engine: &str| {
            ["host", "every", "chromium", "firefox", "webkit"].iter().position(|known| *known == engine).unwrap_or(9)
        };
        rows.sort_by_key(|row| rank(row.place.engine));
        for row in rows.iter() {
            let rounds = if row.rounds > 1 { format!("{} rounds", row.rounds) } else { String::new() };
            table.add_row([
                row.place.suite.clone(),
                row.place.engine.to_owned(),
                row.place.context.to_owned(),
                row.counts.passed.to_string(),
                row.counts.failed.to_string(),
                row.counts.ignored.to_string(),
                seconds(row.took),
                match &row.fault {
                    Some(fault) => format!("FAILED: {fault}"),
                    None if row.has_failed() => "FAILED".to_owned(),
                    None => rounds,
                },
            ]);
        }
        table.trim_fmt()
    }
}

/// A suite while it runs.
#[derive(Debug)]
pub struct Suite<'a> {
    report: &'a Report,
    place: Place,
    begun: Instant,
    counts: Counts,
    failed: Vec<String>,
    fault: Option<String>,
    /// What is printed at the end, if nothing is printed while the suite runs.
    text: String,
}

impl Suite<'_> {
    /// Prints a line.
    pub fn say(&mut self, line: &str) {
        match self.report.show {
            Show::Live => println!("{line}"),
            Show::Nothing => {
                self.text.push_str(line);
                self.text.push('\n');
            }
        }
    }

    /// Adds the result of a test, with what it reports if it passed.
    pub fn test(&mut self, name: &str, result: Result<impl Display>) {
        match result {
            Ok(report) => {
                self.counts.passed += 1;
                let report = report.to_string();
                let note = if report.is_empty() { String::new() } else { format!(" ({report})") };
                self.say(&format!("test {name} ... ok{note}"));
            }
            Err(error) => {
                self.counts.failed += 1;
                self.failed.push(name.to_owned());
                self.say(&format!("test {name} ... FAILED\n{error:#}"));
            }
        }
    }

    /// Adds the counts of tests whose output was printed elsewhere.
    pub fn add(&mut self, counts: Counts, output: &str) {
        self.counts += counts;
        self.failed.extend(counts::failed_tests(output).map(str::to_owned));
    }

    /// Returns the number of tests so far.
    pub fn count(&self) -> usize {
        self.counts.all()
    }

    /// Marks the suite as failed, for a reason that no test shows; the table has only the short form.
    pub fn fail(&mut self, short: &str, error: &anyhow::Error) {
        self.say(&format!("FAILED: {short}: {error:#}"));
        self.fault.get_or_insert_with(|| short.to_owned());
    }

    /// Runs a test program to its end, or to the limit, and adds its counts.
    pub async fn program(&mut self, command: impl Into<Command>, harness: Harness) {
        match process::watch(command, LIMIT, self.report.show).await {
            Err(error) => self.fail("not started", &error),
            Ok(watched) => {
                if self.report.show == Show::Nothing {
                    self.text.push_str(&watched.output);
                }
                let (counts, fault) = judge(&watched, harness);
                self.add(counts, &watched.output);
                if let Some(fault) = fault {
                    self.say(&format!("FAILED: {fault}"));
                    self.fault.get_or_insert(fault);
                }
            }
        }
    }
}

/// Returns the counts of a test program, and why it failed where no failed test shows it.
fn judge(watched: &Watched, harness: Harness) -> (Counts, Option<String>) {
    let counts = counts::counts(&watched.output, harness).unwrap_or_default();
    let fault = match watched.status {
        None => Some(format!("not ended after {} min", LIMIT.as_secs() / 60)),
        Some(status) if !status.success() && counts.failed == 0 => Some(format!("{status}")),
        Some(_) => None,
    };
    (counts, fault)
}

/// Joins the parts that a place has.
fn place_name(parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// Why a suite that ran no test has failed.
fn emptiness(counts: Counts, filtered: bool) -> Option<&'static str> {
    match counts.ran_nothing() {
        // A name that is not in this suite is no failure; a name that is in none leaves the report empty.
        _ if filtered => None,
        false => None,
        true if counts.ignored > 0 => Some("every test was ignored"),
        true => Some("no test was run"),
    }
}

impl Drop for Suite<'_> {
    fn drop(&mut self) {
        if self.fault.is_none()
            && let Some(fault) = emptiness(self.counts, self.report.filter.is_some())
        {
            self.say(&format!("FAILED: {fault}"));
            self.fault = Some(fault.to_owned());
        }
        if !self.text.is_empty() {
            print!("{}", self.text);
        }
        let mut failed = BTreeMap::new();
        for test in self.failed.drain(..) {
            *failed.entry(test).or_default() += 1;
        }
        self.report.add(Row {
            place: self.place.clone(),
            counts: self.counts,
            took: self.begun.elapsed(),
            rounds: 1,
            failed,
            fault: self.fault.take(),
        });
    }
}

/// Returns an empty table whose columns in this range hold numbers.
pub fn table(header: &[&str], numbers: std::ops::Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header(header);
    for column in table.column_iter_mut() {
        if numbers.contains(&column.index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

/// Limits a test that would hang.
pub async fn within<T>(limit: Duration, test: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, test).await {
        Ok(result) => result,
        Err(_) => anyhow::bail!("The test had not ended after {} s.", limit.as_secs()),
    }
}

#[cfg(test)]
mod tests;
