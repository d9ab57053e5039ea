use super::*;

fn place(suite: &str, engine: &'static str) -> Place {
    Place::new(suite, engine, "page")
}

fn run(report: &Report, place: Place, results: &[(&str, bool)]) {
    let mut suite = report.suite(place);
    for (name, passes) in results {
        let result = if *passes { Ok("fine") } else { Err(anyhow::anyhow!("not fine")) };
        suite.test(name, result);
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.split('|').map(str::trim).collect()
}

#[test]
fn a_row_has_the_place_and_the_counts() {
    let report = Report::new(Show::Nothing, None);
    run(&report, place("browser", "firefox"), &[("a", true), ("b", true), ("c", false)]);
    let table = report.table();
    let cells = cells(table.lines().last().unwrap());
    assert_eq!(cells, ["", "browser", "firefox", "page", "2", "1", "0", "0.0 s", "FAILED", ""]);
    assert_eq!(report.failures(), ["FAILED in browser, firefox, page: c"]);
}

#[test]
fn a_suite_that_broke_counts_as_one_failure() {
    let report = Report::new(Show::Nothing, None);
    let mut suite = report.suite(place("peer", "webkit"));
    suite.test("a", Ok(""));
    suite.fail("no driver", &anyhow::anyhow!("it is missing"));
    drop(suite);
    assert!(report.table().contains("FAILED: no driver"));
    assert_eq!(report.total(), Counts { passed: 1, failed: 1, ignored: 0 });
    assert!(!report.is_green());
}

#[test]
fn a_suite_without_a_test_fails_unless_filtered() {
    let report = Report::new(Show::Nothing, None);
    run(&report, place("peer", "webkit"), &[]);
    assert!(!report.is_green());
    let filtered = Report::new(Show::Nothing, Some("a".to_owned()));
    run(&filtered, place("peer", "webkit"), &[]);
    assert!(!filtered.is_green(), "a filter that matches no test at all is a failure");
    run(&filtered, place("browser", "webkit"), &[("a", true)]);
    assert!(filtered.is_green());
    assert!(!Report::new(Show::Nothing, Some("a".to_owned())).is_green());
}

#[test]
fn rounds_of_one_suite_share_a_row() {
    let report = Report::new(Show::Nothing, None);
    for passes in [true, false, true] {
        run(&report, place("peer", "webkit"), &[("a", passes), ("b", true)]);
    }
    let table = report.table();
    assert_eq!(table.lines().count(), 3, "{table}");
    assert_eq!(report.total(), Counts { passed: 5, failed: 1, ignored: 0 });
    assert_eq!(report.failures(), ["FAILED in peer, webkit, page: a (1 of 3 rounds)"]);
}

#[test]
fn engines_that_run_at_the_same_time_are_not_mixed() {
    let report = Report::new(Show::Nothing, None);
    let places = [("browser", "webkit"), ("browser", "chromium"), ("peer", "webkit"), ("unit", "host")];
    for (suite, engine) in places {
        run(&report, place(suite, engine), &[("a", true)]);
    }
    let table = report.table();
    let order: Vec<_> = table.lines().skip(2).map(|line| cells(line)[1..3].join(" ")).collect();
    assert_eq!(order, ["unit host", "browser chromium", "browser webkit", "peer webkit"]);
}

#[cfg(unix)]
fn judged(code: Option<i32>, output: &str) -> (Counts, Option<String>) {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;
    let status = code.map(|code| ExitStatus::from_raw(code << 8));
    judge(&Watched { output: output.to_owned(), status }, Harness::WasmBindgen)
}

#[test]
fn ignored_tests_alone_are_no_tests() {
    assert_eq!(emptiness(Counts { passed: 1, failed: 0, ignored: 1 }, false), None);
    assert_eq!(emptiness(Counts { passed: 0, failed: 0, ignored: 4 }, false), Some("every test was ignored"));
    assert_eq!(emptiness(Counts::default(), false), Some("no test was run"));
    assert_eq!(emptiness(Counts::default(), true), None);
}

#[cfg(unix)]
#[test]
fn a_crash_and_a_hang_are_failures() {
    assert_eq!(judged(None, "").1.as_deref(), Some("not ended after 10 min"));
    let passed = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 filtered out\n";
    assert_eq!(judged(Some(0), passed).1, None);
    assert!(judged(Some(101), passed).1.unwrap().contains("101"));
    let failed = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out\n";
    let (counts, fault) = judged(Some(1), failed);
    assert_eq!((counts.failed, fault), (2, None), "the failed tests show it");
}

#[test]
fn times_are_formatted_for_people() {
    assert_eq!(seconds(Duration::from_secs(59)), "59.0 s");
    assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
}
