//! The counts that test programs print.

use std::ops::AddAssign;

/// How many tests passed, failed, and were ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    pub ignored: u32,
}

impl Counts {
    /// Returns whether no test passed and none failed: whatever else was printed, nothing was tested.
    pub fn ran_nothing(self) -> bool {
        self.passed == 0 && self.failed == 0
    }

    pub fn all(self) -> usize {
        (self.passed + self.failed + self.ignored) as usize
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// The harness that printed a summary line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harness {
    /// The standard one, also of doc tests. Its summary has the number of measured tests.
    Libtest,
    /// wasm-bindgen-test in a browser.
    WasmBindgen,
}

/// Adds up all summary lines of this harness; `None` if there is none.
pub fn counts(output: &str, harness: Harness) -> Option<Counts> {
    let mut total = None;
    for (from, counts) in output.lines().filter_map(summary_line) {
        if from == harness {
            *total.get_or_insert_with(Counts::default) += counts;
        }
    }
    total
}

/// Parses `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
fn summary_line(line: &str) -> Option<(Harness, Counts)> {
    let rest = last_status(line).strip_prefix("test result: ")?;
    let field =
        |name: &str| (rest.split([';', '.'])).find_map(|part| part.trim().strip_suffix(name)?.trim().parse().ok());
    let counts = Counts { passed: field("passed")?, failed: field("failed")?, ignored: field("ignored")? };
    let harness = match field("measured") {
        Some::<u32>(_) => Harness::Libtest,
        None => Harness::WasmBindgen,
    };
    Some((harness, counts))
}

/// Returns the names of the tests that failed, as both harnesses print them: `test NAME ... FAILED`.
pub fn failed_tests(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| {
        let (name, result) = last_status(line).strip_prefix("test ")?.split_once(" ... ")?;
        result.starts_with("FAIL").then_some(name)
    })
}

/// Returns what remains of a line in a terminal: status lines before it end with a carriage return.
fn last_status(line: &str) -> &str {
    line.trim_end().rsplit('\r').next().unwrap_or_default()
}

/// Returns the last line of `cargo xtask test`.
pub fn final_line(counts: Counts) -> String {
    let Counts { passed, failed, ignored } = counts;
    format!("{passed} passed, {failed} failed, {ignored} skipped")
}

/// Parses the last line of `cargo xtask test`.
pub fn read_final_line(output: &str) -> Option<Counts> {
    output.lines().rev().find_map(|line| {
        let mut parts = line.trim().split(", ");
        let mut next = |name: &str| parts.next()?.strip_suffix(name)?.trim_end().parse().ok();
        let counts = Counts { passed: next("passed")?, failed: next("failed")?, ignored: next("skipped")? };
        parts.next().is_none().then_some(counts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBTEST: &str = "\
running 4 tests
test a ... ok

test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
    const BROWSER: &str = "\
running 4 tests
test a ... ok
test b::c ... FAIL

test result: FAILED. 2 passed; 1 failed; 1 ignored; 7 filtered out; finished in 0.31s
";

    fn of(passed: u32, failed: u32, ignored: u32) -> Counts {
        Counts { passed, failed, ignored }
    }

    #[test]
    fn both_formats_are_parsed() {
        assert_eq!(counts(LIBTEST, Harness::Libtest), Some(of(3, 0, 1)));
        assert_eq!(counts(BROWSER, Harness::WasmBindgen), Some(of(2, 1, 1)));
    }

    #[test]
    fn the_formats_are_distinguished() {
        assert_eq!(counts(LIBTEST, Harness::WasmBindgen), None);
        assert_eq!(counts(BROWSER, Harness::Libtest), None);
        let both = format!("{LIBTEST}{BROWSER}");
        assert_eq!(counts(&both, Harness::WasmBindgen), Some(of(2, 1, 1)));
    }

    #[test]
    fn several_summaries_add_up() {
        let twice = format!("{LIBTEST}{LIBTEST}");
        assert_eq!(counts(&twice, Harness::Libtest), Some(of(6, 0, 2)));
    }

    #[test]
    fn a_missing_summary_differs_from_zero_tests() {
        assert_eq!(counts("no tests to run!\n", Harness::WasmBindgen), None);
        let empty = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 filtered out\n";
        let empty = counts(empty, Harness::WasmBindgen).unwrap();
        assert!(empty.ran_nothing());
        assert!(of(0, 0, 5).ran_nothing());
        assert!(!of(0, 1, 0).ran_nothing());
    }

    #[test]
    fn colours_and_status_lines_are_skipped() {
        let coloured =
            "test result: \u{1b}[32mok\u{1b}[0m. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(counts(coloured, Harness::Libtest), Some(of(3, 0, 0)));
        let overwritten = "Waiting...   \rtest result: ok. 1 passed; 0 failed; 0 ignored; 0 filtered out\n";
        assert_eq!(counts(overwritten, Harness::WasmBindgen), Some(of(1, 0, 0)));
    }

    #[test]
    fn an_indented_summary_is_not_counted() {
        let logged = "    test result: ok. 9 passed; 0 failed; 0 ignored; 0 filtered out\n";
        assert_eq!(counts(logged, Harness::WasmBindgen), None);
    }

    #[test]
    fn failed_tests_are_named() {
        let both = format!("{BROWSER}test d ... FAILED\n    test e ... FAILED\n");
        assert_eq!(failed_tests(&both).collect::<Vec<_>>(), ["b::c", "d"]);
    }

    #[test]
    fn the_final_line_is_parsed() {
        let counts = of(12, 1, 3);
        let output = format!("table\n{}\n", final_line(counts));
        assert!(output.ends_with("\n12 passed, 1 failed, 3 skipped\n"));
        assert_eq!(read_final_line(&output), Some(counts));
        assert_eq!(read_final_line("12 passed, 1 failed\n"), None);
    }
}
