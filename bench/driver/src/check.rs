//! What keeps the bench, and the crate's size, from rotting: budgets, and that the bench refuses who does not work.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use super::browser::Browser;
use super::measures::{Measure, Pace};
use super::results::Results;
use super::site::Site;
use super::subjects::Role;
use onclose_rig::site as serve;
use onclose_rig::workspace::Workspace;

/// By how much an app may grow before somebody has to say that it is worth it.
const TOLERANCE: f64 = 1.02;

/// The page's subjects that do less than they should (`bench/page/broken.js`).
const BROKEN: [&str; 5] = ["silent", "lossy", "twice", "swapped", "cut"];

/// The npm package's own part of the budget, weighed where it is tested.
const PACKAGE: &str = "npm";

/// Bytes of an app of ours, wasm and JavaScript by brotli, by the app's name.
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
    serde_json::from_str(&text).context("bench/budget.json is not what it should be")
}

/// Fails if an app of ours has outgrown its budget, or has none.
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
    ensure!(!found.is_empty(), "No app of ours was weighed.");
    ensure!(budget.keys().eq(found.keys()), "The budget is for {:?}, weighed were {:?}.", budget.keys(), found.keys());
    let verdict = |(app, &allowed): (&String, &u64)| {
        let bytes = found[app];
        let said = format!("{bytes} bytes of {allowed}");
        let fits = bytes as f64 <= allowed as f64 * TOLERANCE;
        (app.clone(), if fits { Ok(said) } else { Err(said) })
    };
    Ok(budget.iter().map(verdict).collect())
}

/// Makes what was found the budget.
pub(crate) fn write_budget(workspace: &Workspace, results: &Results) -> Result<()> {
    let mut found = ours(results);
    ensure!(!found.is_empty(), "No app of ours was weighed.");
    if let Some(bytes) = read(workspace)?.remove(PACKAGE) {
        found.insert(PACKAGE.to_owned(), bytes);
    }
    let json = serde_json::to_string_pretty(&found)? + "\n";
    fs::write(file(workspace), json).context("bench/budget.json could not be written")
}

/// Fails if the bench would give a number to a subject that does not do its work.
pub(crate) async fn refusals(browser: &mut Browser, site: &Site, peer: std::net::SocketAddr) -> Result<()> {
    browser.page(site, "", &[]).await?;
    for measure in [Measure::Text64, Measure::Binary64, Measure::Burst64] {
        let (job, args) = measure.job(Pace::Check);
        for broken in BROKEN {
            let mut args = args.clone();
            args["subject"] = json!(broken);
            args["peer"] = json!(serve::peer_url(peer));
            let answer = browser.run(job, args).await;
            ensure!(answer.is_err(), "{broken} was given a number by {job}: {answer:?}");
        }
    }
    println!("Subjects that do not do their work are refused: {}.", BROKEN.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minimal: u64) -> Budget {
        BTreeMap::from([("minimal".to_owned(), minimal)])
    }

    #[test]
    fn two_in_a_hundred_more_are_allowed_and_three_are_not() {
        let verdict = |bytes| compare(&of(1000), &of(bytes)).unwrap().remove(0).1.is_ok();
        assert!(verdict(900) && verdict(1000) && verdict(1020));
        assert!(!verdict(1030));
    }

    #[test]
    fn an_app_that_was_not_weighed_fits_no_budget() {
        assert!(compare(&of(1000), &Budget::new()).is_err());
        assert!(compare(&Budget::new(), &of(1000)).is_err());
    }
}
