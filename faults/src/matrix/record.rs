//! What plain JavaScript saw, kept in the repository: a new browser that behaves otherwise shows up as a difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::compare::Rule;
use crate::driver::Place;
use onclose_rig::driver::Engine;
use onclose_rig::workspace::Workspace;

const BOTH: &str = "both";

/// Everything that one engine did.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Record {
    /// The browser's name and version, as it tells them.
    pub(super) browser: String,
    /// By case and place. In the file, `both` where they do not differ.
    pub(super) cases: BTreeMap<String, BTreeMap<String, Seen>>,
}

/// A case in one place.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Seen {
    /// Each log that plain JavaScript made. More than one where two things happen at once.
    pub(super) logs: BTreeSet<String>,
    /// The same in a few words.
    pub(super) short: BTreeSet<String>,
    /// The differences in what the crate tells.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) rules: BTreeSet<Rule>,
}

impl Record {
    pub(super) fn read(workspace: &Workspace, engine: Engine) -> Result<Self> {
        let file = file(workspace, engine);
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&file)?;
        let mut record: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is no record", file.display()))?;
        for places in record.cases.values_mut() {
            if let Some(seen) = places.remove(BOTH) {
                places.extend(Place::ALL.map(|place| (place.name().to_owned(), seen.clone())));
            }
        }
        Ok(record)
    }

    pub(super) fn write(&self, workspace: &Workspace, engine: Engine) -> Result<()> {
        let file = file(workspace, engine);
        fs::create_dir_all(file.parent().context("A file without a folder")?)?;
        let mut brief = self.clone();
        for places in brief.cases.values_mut() {
            if let [one, other] = places.values().collect::<Vec<_>>()[..]
                && one == other
            {
                *places = BTreeMap::from([(BOTH.to_owned(), one.clone())]);
            }
        }
        Ok(fs::write(file, serde_json::to_string_pretty(&brief)? + "\n")?)
    }

    pub(super) fn seen(&self, case: &str, place: Place) -> Option<&Seen> {
        self.cases.get(case)?.get(place.name())
    }

    /// How this differs from what was recorded, if anything was and it does.
    pub(super) fn change(&self, case: &str, place: Place, now: &Seen, races: bool) -> Option<String> {
        if self.cases.is_empty() {
            return None;
        }
        let Some(before) = self.seen(case, place) else {
            return Some(format!("it was not recorded before; now {:?}", now.logs));
        };
        // Of two that happen at once, a run need not see every order, and each place can see what the other has seen.
        let known = |log| self.cases[case].values().any(|seen| seen.logs.contains(log));
        let same = if races { now.logs.iter().all(known) } else { now.logs == before.logs };
        (!same).then(|| format!("it was {:?}, now it is {:?}", before.logs, now.logs))
    }
}

fn file(workspace: &Workspace, engine: Engine) -> PathBuf {
    workspace.root().join("faults").join("recorded").join(format!("{}.json", engine.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(logs: &[&str]) -> Seen {
        Seen { logs: logs.iter().map(|log| (*log).to_owned()).collect(), ..Seen::default() }
    }

    fn record(logs: &[&str]) -> Record {
        let worker = seen(&["in a worker"]);
        let places = BTreeMap::from([("page".to_owned(), seen(logs)), ("worker".to_owned(), worker)]);
        Record { browser: "one".to_owned(), cases: BTreeMap::from([("fin".to_owned(), places)]) }
    }

    #[test]
    fn a_changed_log_is_told_with_what_it_was() {
        let change =
            record(&["open, close"]).change("fin", Place::Page, &seen(&["open, error, close"]), false).unwrap();
        assert!(change.contains("was {\"open, close\"}, now it is {\"open, error, close\"}"), "{change}");
        assert_eq!(record(&["open, close"]).change("fin", Place::Page, &seen(&["open, close"]), false), None);
    }

    #[test]
    fn a_case_that_was_not_recorded_is_a_change() {
        assert!(record(&["open"]).change("rst", Place::Page, &seen(&["open"]), false).is_some());
        assert!(record(&["open"]).change("fin", Place::Worker, &seen(&["open"]), false).is_some());
        let mut gone = record(&["open"]);
        gone.cases.get_mut("fin").unwrap().remove("worker");
        assert!(gone.change("fin", Place::Worker, &seen(&["in a worker"]), false).is_some());
    }

    #[test]
    fn a_race_need_not_show_every_order_but_no_new_one() {
        let record = record(&["open, close", "close"]);
        assert_eq!(record.change("fin", Place::Page, &seen(&["close"]), true), None);
        assert_eq!(record.change("fin", Place::Page, &seen(&["close", "in a worker"]), true), None);
        assert!(record.change("fin", Place::Page, &seen(&["close"]), false).is_some());
        assert!(record.change("fin", Place::Page, &seen(&["close", "error"]), true).is_some());
    }
}
