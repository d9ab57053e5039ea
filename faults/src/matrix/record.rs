//! What plain WebSockets did in each engine, kept in the repository: a browser that behaves differently shows up as a
//! difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use onclose_rig::engine::Engine;
use onclose_rig::workspace::Workspace;
use serde::{Deserialize, Serialize};

use super::report::CaseReport;
use super::rules::Rule;
use crate::browser::Scope;

const BOTH: &str = "both";

/// Everything that was recorded in one engine.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Record {
    /// The browser's name and version.
    pub(super) browser: String,
    /// By case and scope. In the file, `both` replaces two scopes that do not differ.
    pub(super) cases: BTreeMap<String, BTreeMap<String, Seen>>,
}

/// A case in one scope.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Seen {
    /// The browser, if this case was recorded alone in another version than the other cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) browser: Option<String>,
    /// Each log of the plain WebSocket. More than one where two things happen at once.
    pub(super) logs: BTreeSet<String>,
    /// The short forms of the logs.
    pub(super) short: BTreeSet<String>,
    /// The rules by which the crate's results differ.
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
            serde_json::from_str(&text).with_context(|| format!("{} is not a record", file.display()))?;
        for scopes in record.cases.values_mut() {
            if let Some(seen) = scopes.remove(BOTH) {
                scopes.extend(Scope::ALL.map(|scope| (scope.name().to_owned(), seen.clone())));
            }
        }
        Ok(record)
    }

    pub(super) fn write(&self, workspace: &Workspace, engine: Engine) -> Result<()> {
        let file = file(workspace, engine);
        fs::create_dir_all(file.parent().context("A file without a folder")?)?;
        let mut brief = self.clone();
        for scopes in brief.cases.values_mut() {
            if let [one, other] = scopes.values().collect::<Vec<_>>()[..]
                && one == other
            {
                *scopes = BTreeMap::from([(BOTH.to_owned(), one.clone())]);
            }
        }
        Ok(fs::write(file, serde_json::to_string_pretty(&brief)? + "\n")?)
    }

    pub(super) fn seen(&self, case: &str, scope: Scope) -> Option<&Seen> {
        self.cases.get(case)?.get(scope.name())
    }

    /// Returns how this differs from the record; `None` if it does not, or if the case has no record.
    pub(super) fn change(&self, case: &str, scope: Scope, now: &BTreeSet<String>, races: bool) -> Option<String> {
        let before = self.seen(case, scope)?;
        // A run of a race need not show every order, and each scope may show an order that is known from the other.
        let known = |log| self.cases[case].values().any(|seen| seen.logs.contains(log));
        let same = if races { now.iter().all(known) } else { *now == before.logs };
        (!same).then(|| format!("recorded {:?}, now {now:?}", before.logs))
    }

    /// Replaces the records of the cases that were played, in a browser of this version.
    ///
    /// After a whole run the record has this version; cases that were recorded alone carry theirs.
    pub(super) fn update(&mut self, version: &str, played: &[CaseReport], whole: bool, all: &BTreeSet<String>) {
        let before = self.browser.clone();
        let of = |seen: &Seen| seen.browser.clone().unwrap_or_else(|| before.clone());
        if whole || self.browser.is_empty() {
            version.clone_into(&mut self.browser);
        }
        self.cases.retain(|name, _| all.contains(name));
        for case in played {
            let mut seen = Seen {
                browser: (self.browser != version).then(|| version.to_owned()),
                logs: case.lines.iter().cloned().collect(),
                short: case.short.iter().cloned().collect(),
                rules: case.rules.iter().copied().collect(),
            };
            let scopes = self.cases.entry(case.name.clone()).or_default();
            // A rare order is not removed because it was not seen this time.
            if let Some(earlier) = scopes.remove(&case.scope).filter(|earlier| case.races && of(earlier) == version) {
                seen.logs.extend(earlier.logs);
                seen.short.extend(earlier.short);
                seen.rules.extend(earlier.rules);
            }
            scopes.insert(case.scope.clone(), seen);
        }
    }
}

fn file(workspace: &Workspace, engine: Engine) -> PathBuf {
    workspace.root().join("faults").join("recorded").join(format!("{}.json", engine.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(logs: &[&str]) -> BTreeSet<String> {
        logs.iter().map(|log| (*log).to_owned()).collect()
    }

    fn seen(list: &[&str]) -> Seen {
        Seen { logs: logs(list), ..Seen::default() }
    }

    fn record(list: &[&str]) -> Record {
        let worker = seen(&["in a worker"]);
        let scopes = BTreeMap::from([("page".to_owned(), seen(list)), ("worker".to_owned(), worker)]);
        Record { browser: "one".to_owned(), cases: BTreeMap::from([("fin".to_owned(), scopes)]) }
    }

    fn played(name: &str, races: bool, lines: &[&str]) -> CaseReport {
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        CaseReport { name: name.to_owned(), scope: "page".to_owned(), races, lines, ..CaseReport::default() }
    }

    #[test]
    fn a_changed_log_is_reported_with_the_recorded_one() {
        let record = record(&["open, close"]);
        let change = record.change("fin", Scope::Page, &logs(&["open, error, close"]), false).unwrap();
        assert!(change.contains("recorded {\"open, close\"}, now {\"open, error, close\"}"), "{change}");
        assert_eq!(record.change("fin", Scope::Page, &logs(&["open, close"]), false), None);
    }

    #[test]
    fn a_race_need_not_show_every_order_but_no_new_one() {
        let record = record(&["open, close", "close"]);
        let change = |now: &[&str], races| record.change("fin", Scope::Page, &logs(now), races);
        assert_eq!(change(&["close"], true), None);
        assert_eq!(change(&["close", "in a worker"], true), None);
        assert!(change(&["close"], false).is_some());
        assert!(change(&["close", "error"], true).is_some());
    }

    #[test]
    fn a_case_can_be_recorded_alone_with_the_version_that_it_was_seen_in() {
        let all = BTreeSet::from(["fin".to_owned(), "rst".to_owned()]);
        let mut record = record(&["open"]);
        record.update("two", &[played("rst", false, &["close"])], false, &all);
        assert_eq!(record.browser, "one");
        assert_eq!(record.seen("rst", Scope::Page).unwrap().browser.as_deref(), Some("two"));
        assert_eq!(record.seen("fin", Scope::Page).unwrap(), &seen(&["open"]));

        record.update("one", &[played("rst", false, &["open"])], false, &all);
        assert_eq!(record.seen("rst", Scope::Page).unwrap(), &seen(&["open"]));
    }

    #[test]
    fn a_whole_record_has_one_version_and_no_removed_case() {
        let all = BTreeSet::from(["rst".to_owned()]);
        let mut record = record(&["open"]);
        record.update("two", &[played("rst", true, &["close"])], true, &all);
        assert_eq!((record.browser.as_str(), record.cases.len()), ("two", 1));
        assert_eq!(record.seen("rst", Scope::Page).unwrap().browser, None);
    }

    #[test]
    fn a_rare_order_is_kept_in_the_same_version_only() {
        let all = BTreeSet::from(["fin".to_owned()]);
        let mut same = record(&["rare"]);
        same.update("one", &[played("fin", true, &["usual"])], true, &all);
        assert_eq!(same.seen("fin", Scope::Page).unwrap().logs, logs(&["rare", "usual"]));
        let mut other = record(&["rare"]);
        other.update("two", &[played("fin", true, &["usual"])], true, &all);
        assert_eq!(other.seen("fin", Scope::Page).unwrap().logs, logs(&["usual"]));
    }
}
