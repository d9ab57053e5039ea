//! What was run, as a table and a last line.

use std::time::{Duration, Instant};

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};

use crate::summary::{Counts, final_line};

/// One suite in one place.
#[derive(Debug)]
pub struct Row {
    pub suite: String,
    pub engine: &'static str,
    pub context: &'static str,
    pub counts: Counts,
    pub took: Duration,
    /// Why it failed, where no failed test says so.
    pub fault: Option<String>,
}

impl Row {
    /// One row of two parts of the same suite.
    pub fn and(mut self, part: Self) -> Self {
        self.counts += part.counts;
        self.took += part.took;
        self.fault = self.fault.or(part.fault);
        self
    }

    fn failed(&self) -> bool {
        self.counts.failed > 0 || self.fault.is_some()
    }

    /// A suite that broke without a failed test counts as one failure: it must not vanish from the sum.
    fn counted(&self) -> Counts {
        let mut counts = self.counts;
        if self.fault.is_some() && counts.failed == 0 {
            counts.failed = 1;
        }
        counts
    }
}

#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Runs checks of our own as a suite on the host, and prints what came of each.
    pub fn check(&mut self, suite: &str, checks: &[(&str, &dyn Fn() -> Result<String>)]) {
        println!("\n=== {suite}");
        let (begun, mut counts) = (Instant::now(), Counts::default());
        for (name, check) in checks {
            match check() {
                Ok(said) => {
                    println!("test {name} ... ok ({said})");
                    counts.passed += 1;
                }
                Err(error) => {
                    println!("test {name} ... FAILED\n    {error:#}");
                    counts.failed += 1;
                }
            }
        }
        let suite = suite.to_owned();
        self.add(Row { suite, engine: "host", context: "", counts, took: begun.elapsed(), fault: None });
    }

    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for row in &self.rows {
            total += row.counted();
        }
        total
    }

    /// Nothing failed, and something was run.
    pub fn is_green(&self) -> bool {
        !self.rows.iter().any(Row::failed) && !self.total().ran_nothing()
    }

    pub fn print(&self) {
        println!("\n{}\n", self.table());
        if self.total().ran_nothing() {
            println!("Nothing was tested.");
        }
        println!("{}", final_line(self.total()));
    }

    fn table(&self) -> String {
        let header = ["suite", "engine", "context", "passed", "failed", "ignored", "time", ""];
        let mut table = table(&header, 3..7);
        for row in &self.rows {
            table.add_row([
                row.suite.clone(),
                row.engine.to_owned(),
                row.context.to_owned(),
                row.counts.passed.to_string(),
                row.counts.failed.to_string(),
                row.counts.ignored.to_string(),
                seconds(row.took),
                match &row.fault {
                    Some(fault) => format!("FAILED: {fault}"),
                    None if row.failed() => "FAILED".to_owned(),
                    None => String::new(),
                },
            ]);
        }
        table.trim_fmt()
    }
}

/// An empty table whose columns in this range hold numbers.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(passed: u32, failed: u32, ignored: u32, fault: Option<&str>) -> Row {
        Row {
            suite: "browser".to_owned(),
            engine: "firefox",
            context: "page",
            counts: Counts { passed, failed, ignored },
            took: Duration::from_millis(1500),
            fault: fault.map(str::to_owned),
        }
    }

    fn report(rows: impl IntoIterator<Item = Row>) -> Report {
        let rows = rows.into_iter().collect();
        Report { rows }
    }

    #[test]
    fn a_row_shows_where_and_how_many() {
        let text = report([row(3, 0, 1, None)]).table();
        let line = text.lines().last().unwrap();
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        assert_eq!(cells, ["", "browser", "firefox", "page", "3", "0", "1", "1.5 s", "", ""]);
    }

    #[test]
    fn a_fault_is_said_and_counted_once() {
        let report = report([row(0, 0, 2, Some("no test was run")), row(5, 2, 0, Some("exit 1"))]);
        assert!(report.table().contains("FAILED: no test was run"));
        let total = report.total();
        assert_eq!((total.passed, total.failed, total.ignored), (5, 3, 2));
        assert!(!report.is_green());
    }

    #[test]
    fn green_needs_a_test() {
        assert!(report([row(1, 0, 0, None)]).is_green());
        assert!(!report([]).is_green());
        assert!(!report([row(1, 0, 0, None), row(1, 1, 0, None)]).is_green());
    }

    #[test]
    fn times_read_well() {
        assert_eq!(seconds(Duration::from_secs(59)), "59.0 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
