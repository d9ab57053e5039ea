//! The size budget, and the check that the bench rejects subjects that do not do their work.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use super::browser::Browser;
use super::measures::{Measure, Pace, Work};
use super::results::Results;
use super::subjects::Role;
use onclose_rig::workspace::Workspace;

/// The growth that is accepted without a change of the budget.
const TOLERANCE: f64 = 1.02;

/// The faulty subjects of the page (`bench/page/broken.js`): they receive wrongly.
const RECEIVE_WRONGLY: [&str; 5] = ["silent", "lossy", "twice", "swapped", "cut"];

/// They send wrongly.
const SEND_WRONGLY: [&str; 2] = ["unsent", "resent"];

/// The measures that must reject faulty subjects. An upload that misses messages has no end, so it is not tried.
const REJECT: [(&str, &[&str]); 7] = [
    ("text64", &RECEIVE_WRONGLY),
    ("binary64", &RECEIVE_WRONGLY),
    ("burst64", &RECEIVE_WRONGLY),
    ("sink-run", &RECEIVE_WRONGLY),
    ("pipe", &SEND_WRONGLY),
    ("forward", &SEND_WRONGLY),
    ("upload", &["resent"]),
];

/// The npm package's part of the budget, which `npm/driver` checks.
const PACKAGE: &str = "npm";

/// The sizes of the apps with this crate, wasm and JavaScript by brotli, by the name of the app.
type Budget = BTreeMap<String, u64>;

fn file(workspace: &Workspace) -> PathBuf {
    workspace.root().join("bench").join("budget.json")
}

fn ours(results: &Results) -> Budget {
    let us = results.subjects.iter().find(|named| named.role == Role::Ours);
    let ours = results.sizes.iter().filter(|weight| us.is_some_and(|us| us.id == weight.subject));
    ours.map(|weight| (weight.app.name().to_owned(), weight.total().brotli)).collect()
}

fn read(workspace: &Workspace) -> Result<Budget> {
    let text = fs::read_to_string(file(workspace)).context("bench/budget.json could not be read")?;
    serde_json::from_str(&text).context("bench/budget.json is not a map of sizes")
}

/// Fails if an app with this crate exceeds its budget, or has none.
pub(crate) fn budget(workspace: &Workspace, results: &Results) -> Result<()> {
    let mut budget = read(workspace)?;
    budget.remove(PACKAGE);
    let mut complaints = Vec::new();
    for (app, bytes) in compare(&budget, &ours(results))? {
        match bytes {
            Ok(said) => println!("{app}: {said}"),
            Err(complaint) => complaints.push(format!("{app}: {complaint}")),
        }
    }
    if !complaints.is_empty() {
        bail!(
            "{}. If it is worth it, `cargo xtask bench --only sizes --budget` writes the new budget.",
            complaints.join("; ")
        );
    }
    Ok(())
}

type Verdict = Result<String, String>;

fn compare(budget: &Budget, found: &Budget) -> Result<Vec<(String, Verdict)>> {
    ensure!(!found.is_empty(), "No app with this crate was weighed.");
    ensure!(
        budget.keys().eq(found.keys()),
        "The budget is for {:?}, and {:?} were weighed.",
        budget.keys(),
        found.keys()
    );
    let verdict = |(app, &allowed): (&String, &u64)| {
        let bytes = found[app];
        let said = format!("{bytes} bytes of {allowed}");
        let fits = bytes as f64 <= allowed as f64 * TOLERANCE;
        (app.clone(), if fits { Ok(said) } else { Err(said) })
    };
    Ok(budget.iter().map(verdict).collect())
}

/// Writes the measured sizes as the budget.
pub(crate) fn write_budget(workspace: &Workspace, results: &Results) -> Result<()> {
    let mut found = ours(results);
    ensure!(!found.is_empty(), "No app with this crate was weighed.");
    if let Some(bytes) = read(workspace)?.remove(PACKAGE) {
        found.insert(PACKAGE.to_owned(), bytes);
    }
    let json = serde_json::to_string_pretty(&found)? + "\n";
    fs::write(file(workspace), json).context("bench/budget.json could not be written")
}

/// Fails if the bench measures a subject that does not do its work.
pub(crate) async fn refusals(browser: &mut Browser, peer: &str) -> Result<()> {
    browser.open_page("", &[]).await?;
    for (name, all) in REJECT {
        let Some(Work::Job { name: job, args, .. }) = Measure::named(name).map(|measure| &measure.work) else {
            bail!("{name} is not a measure with a job.");
        };
        for broken in all {
            let mut args = args(Pace::Check);
            args["subject"] = json!(broken);
            args["peer"] = json!(peer);
            let answer = browser.run(job, args).await;
            ensure!(answer.is_err(), "{broken} has a result of {job}: {answer:?}");
        }
    }
    println!(
        "Subjects that do not do their work are rejected: {}.",
        [&RECEIVE_WRONGLY[..], &SEND_WRONGLY].concat().join(", ")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minimal: u64) -> Budget {
        BTreeMap::from([("minimal".to_owned(), minimal)])
    }

    #[test]
    fn two_percent_of_growth_are_accepted_and_three_are_not() {
        let verdict = |bytes| compare(&of(1000), &of(bytes)).unwrap().remove(0).1.is_ok();
        assert!(verdict(900) && verdict(1000) && verdict(1020));
        assert!(!verdict(1030));
    }

    #[test]
    fn an_app_that_was_not_weighed_is_a_failure() {
        assert!(compare(&of(1000), &Budget::new()).is_err());
        assert!(compare(&Budget::new(), &of(1000)).is_err());
    }
}
