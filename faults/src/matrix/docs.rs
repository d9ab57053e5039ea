//! `docs/engines.md`, made from what is recorded.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::cases::{self, Case, Group};
use super::compare::Rule;
use super::record::Record;
use super::words::sentence;
use crate::driver::Place;
use onclose_rig::driver::Engine;
use onclose_rig::workspace::Workspace;

const INTRODUCTION: &str = "\
# How engines end a WebSocket

What a plain `new WebSocket(..)` reports in each of these situations, and where `onclose` deliberately tells its user
something else. Every line was measured over loopback, in a page and in a dedicated worker, and each situation was played
a second time through `onclose` in the same page; `cargo xtask test --faults --part matrix` repeats it and fails if `onclose`
tells anything that does not follow from the engine's own events by the rules below.

This file is written by `cargo xtask test --faults --part matrix --record`, from the records in `faults/recorded`, which
have every event in order. The network layer of WebKitGTK is not Safari's.

A cell reads: whether it opened (unless it says *never opens*), messages, whether `error` was fired, then the `close` event:
code, reason, `wasClean` (*clean* or *unclean*), and how long it took from our close or from the beginning, in whole
seconds, if that was two or more; *still* is said where the measurement ended before the engine did. *opens* alone is said
where a connection should not have opened. Two lines in a cell: two orders were seen, as two things happened at once.
*In a worker* is said where a worker differs from a page.
";

pub(super) fn write(workspace: &Workspace) -> Result<PathBuf> {
    let file = file(workspace);
    fs::create_dir_all(workspace.root().join("docs"))?;
    fs::write(&file, text(&read(workspace)?))?;
    Ok(file)
}

fn file(workspace: &Workspace) -> PathBuf {
    workspace.root().join("docs").join("engines.md")
}

fn read(workspace: &Workspace) -> Result<Vec<(Engine, Record)>> {
    Engine::ALL.into_iter().map(|engine| Ok((engine, Record::read(workspace, engine)?))).collect()
}

fn text(records: &[(Engine, Record)]) -> String {
    let mut text = INTRODUCTION.to_owned();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n## The engines\n\n| | as the browser names itself |\n|---|---|");
    for (engine, record) in records {
        let _ = writeln!(text, "| {} | {} |", title(*engine), record.browser);
    }
    let _ = writeln!(text, "\n## Where onclose differs\n\n| rule | |\n|---|---|");
    for rule in Rule::ALL {
        let _ = writeln!(text, "| {} | {} |", rule.name(), rule.about());
    }
    let cases = cases::all();
    for group in Group::ALL {
        let _ = write!(text, "\n## {}\n\n|", group.title());
        for (engine, _) in records {
            let _ = write!(text, " | {}", title(*engine));
        }
        let _ = writeln!(text, " | onclose |\n|---|{}---|", "---|".repeat(records.len()));
        for case in cases.iter().filter(|case| case.group == group) {
            let _ = write!(text, "| {}", sentence(&case.name));
            for (_, record) in records {
                let _ = write!(text, " | {}", cell(record, case));
            }
            let _ = writeln!(text, " | {} |", differences(records, &case.name));
        }
    }
    text
}

pub(super) fn title(engine: Engine) -> &'static str {
    match engine {
        Engine::Chromium => "Chromium",
        Engine::Firefox => "Firefox",
        Engine::Webkit => "WebKitGTK",
    }
}

fn cell(record: &Record, case: &Case) -> String {
    let seen = |place| record.seen(&case.name, place);
    match (seen(Place::Page), seen(Place::Worker)) {
        // Which orders were seen where is chance.
        (Some(page), Some(worker)) if case.races => lines(&page.short.union(&worker.short).cloned().collect()),
        // So is a second more or less.
        (Some(page), Some(worker)) if page.logs != worker.logs => {
            format!("{}<br>*in a worker* {}", lines(&page.short), lines(&worker.short))
        }
        (Some(one), _) | (None, Some(one)) => lines(&one.short),
        (None, None) => "not recorded".to_owned(),
    }
}

fn lines(short: &BTreeSet<String>) -> String {
    let lines: Vec<_> = short.iter().map(|line| line.replace('|', "\\|")).collect();
    lines.join("<br>")
}

fn differences(records: &[(Engine, Record)], case: &str) -> String {
    let mut found = Vec::new();
    for rule in Rule::ALL {
        let uses = |record: &Record| {
            Place::ALL.iter().any(|place| record.seen(case, *place).is_some_and(|seen| seen.rules.contains(&rule)))
        };
        let engines: Vec<_> =
            records.iter().filter(|(_, record)| uses(record)).map(|(engine, _)| title(*engine)).collect();
        if engines.len() == records.len() {
            found.push(rule.name().to_owned());
        } else if !engines.is_empty() {
            found.push(format!("{} ({})", rule.name(), engines.join(", ")));
        }
    }
    if found.is_empty() { "the same".to_owned() } else { found.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_repository_is_what_the_records_say() {
        let workspace = Workspace::load().unwrap();
        let found = fs::read_to_string(file(&workspace)).unwrap();
        let expected = text(&read(&workspace).unwrap());
        assert!(found == expected, "docs/engines.md is to be written anew by --record");
    }

    #[test]
    fn the_records_have_every_case_in_both_places() {
        let workspace = Workspace::load().unwrap();
        for (engine, record) in read(&workspace).unwrap() {
            for case in cases::all() {
                for place in Place::ALL {
                    assert!(record.seen(&case.name, place).is_some(), "{}: {}", engine.name(), case.name);
                }
            }
            assert_eq!(record.cases.len(), cases::all().len(), "{} has cases that are no more", engine.name());
        }
    }
}
