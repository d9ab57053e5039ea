//! The report of the last runs: one file for machines, one for people.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::addresses::Saw;
use super::cases::{self, Group};
use super::compare::Rule;
use super::docs::title;
use super::log::{At, Ours, Raw};
use super::words::sentence;
use onclose_rig::driver::Engine;

/// The last run in each engine, by its name.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Report {
    engines: BTreeMap<String, EngineReport>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct EngineReport {
    pub(super) browser: String,
    /// Everything was run, not a sample.
    pub(super) whole: bool,
    pub(super) seconds: u64,
    pub(super) cases: Vec<CaseReport>,
}

/// A case in one place.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct CaseReport {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) races: bool,
    /// Plain JavaScript's side: a log for each run.
    pub(super) raw: Vec<Played<Raw>>,
    pub(super) ours: Vec<Played<Ours>>,
    pub(super) rules: Vec<Rule>,
    pub(super) failure: Option<String>,
    /// How plain JavaScript's side differs from what is recorded.
    pub(super) changed: Option<String>,
    pub(super) short: Vec<String>,
    pub(super) our_short: Vec<String>,
    pub(super) lines: Vec<String>,
    pub(super) our_lines: Vec<String>,
}

/// One script on one socket.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Played<T> {
    pub(super) log: Vec<At<T>>,
    pub(super) saw: Option<Saw>,
}

/// Puts this engine's run in the place of its last one, and says where the readable page is.
pub(super) fn write(folder: &Path, engine: Engine, run: EngineReport) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let (machine, people) = (folder.join("matrix.json"), folder.join("matrix.html"));
    // One from an earlier build may have had another form.
    let mut report: Report =
        fs::read_to_string(&machine).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    report.engines.insert(engine.name().to_owned(), run);
    fs::write(&machine, serde_json::to_string_pretty(&report)?)?;
    fs::write(&people, page(&report))?;
    Ok(people)
}

const HEAD: &str = include_str!("report.html");

fn page(report: &Report) -> String {
    let engines: Vec<_> = (Engine::ALL.into_iter())
        .filter_map(|engine| report.engines.get(engine.name()).map(|run| (engine, run)))
        .collect();
    let mut html = HEAD.to_owned();
    html.push_str("<h1>The matrix</h1>\n<table class=\"runs\"><tr><th>engine<th>browser<th>cases<th>failed<th>raw logs changed<th>time\n");
    for (engine, run) in &engines {
        let count = |wanted: fn(&CaseReport) -> bool| run.cases.iter().filter(|case| wanted(case)).count();
        let (failed, changed) = (count(|case| case.failure.is_some()), count(|case| case.changed.is_some()));
        html.push_str(&format!(
            "<tr><th>{}<td>{}<td>{}{}<td{}>{failed}<td{}>{changed}<td>{} s\n",
            title(*engine),
            escaped(&run.browser),
            run.cases.len(),
            if run.whole { "" } else { " (a sample)" },
            marked(failed > 0, "failed"),
            marked(changed > 0, "changed"),
            run.seconds,
        ));
    }
    html.push_str("</table>\n<table class=\"rules\"><tr><th>rule<th>what it allows\n");
    for rule in Rule::ALL {
        html.push_str(&format!("<tr><td><b>{}</b><td>{}\n", rule.name(), code(rule.about())));
    }
    html.push_str(
        "</table>\n<p>A cell has what plain JavaScript saw, and after the arrow the end that onclose told.\n",
    );
    for group in Group::ALL {
        html.push_str(&format!("<h2>{}</h2>\n<table class=\"matrix\"><tr><th>case", group.title()));
        for (engine, _) in &engines {
            html.push_str(&format!("<th>{}", title(*engine)));
        }
        html.push('\n');
        for case in cases::all().iter().filter(|case| case.group == group) {
            html.push_str(&format!("<tr><th scope=\"row\">{}", escaped(&sentence(&case.name))));
            for (_, run) in &engines {
                html.push_str(&cell(run.cases.iter().filter(|found| found.name == case.name)));
            }
            html.push('\n');
        }
        html.push_str("</table>\n");
    }
    html.push_str("</main>\n");
    html
}

/// Both places of one case in one engine.
fn cell<'a>(found: impl Iterator<Item = &'a CaseReport>) -> String {
    let found: Vec<_> = found.collect();
    let class = if found.iter().any(|case| case.failure.is_some()) {
        "failed"
    } else if found.iter().any(|case| case.changed.is_some()) {
        "changed"
    } else if found.is_empty() {
        "absent"
    } else {
        "same"
    };
    let mut html = format!("<td class=\"{class}\">");
    let both = |case: &CaseReport| (case.lines.clone(), case.our_lines.clone(), case.failure.is_some());
    let mut shown = None;
    for case in &found {
        if shown == Some(both(case)) {
            continue;
        }
        if shown.is_some() {
            html.push_str(&format!("<i>in a {}:</i> ", case.place));
        }
        for (class, lines) in [("plain", &case.short), ("ours", &case.our_short)] {
            let lines: Vec<_> = lines.iter().map(|line| escaped(line)).collect();
            html.push_str(&format!("<div class=\"{class}\">{}</div>", lines.join("<br>")));
        }
        shown = Some(both(case));
    }
    let mut rules: Vec<_> = found.iter().flat_map(|case| &case.rules).collect();
    rules.sort();
    rules.dedup();
    for rule in rules {
        html.push_str(&format!("<span class=\"rule\">{}</span> ", rule.name()));
    }
    html.push_str("<details><summary>logs</summary><dl>");
    for case in &found {
        for (who, lines) in [("plain", &case.lines), ("onclose", &case.our_lines)] {
            for line in lines {
                html.push_str(&format!("<dt>{}, {who}<dd>{}", case.place, escaped(line)));
            }
        }
        for (what, said) in [("failed", &case.failure), ("changed", &case.changed)] {
            if let Some(said) = said {
                html.push_str(&format!("<dt>{}, {what}<dd class=\"{what}\">{}", case.place, escaped(said)));
            }
        }
    }
    html.push_str("</dl></details>");
    html
}

fn marked(mark: bool, class: &str) -> String {
    if mark { format!(" class=\"{class}\"") } else { String::new() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// With what stands between backquotes as code.
fn code(text: &str) -> String {
    let parts = escaped(text);
    let parts = parts.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}
