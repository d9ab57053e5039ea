//! The report of the last run in each engine: `matrix.json`, and `matrix.html` for people.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use onclose_peer::{Saw, TcpEnd};
use onclose_rig::engine::Engine;
use serde::{Deserialize, Serialize};

use super::cases::{self, Group};
use super::log::{At, CrateEvent, PlainEvent};
use super::rules::Rule;
use super::wording::sentence;

/// The last run in each engine, by the engine's name.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Report {
    engines: BTreeMap<String, EngineReport>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct EngineReport {
    pub(super) browser: String,
    /// All cases were run, not a sample.
    pub(super) whole: bool,
    pub(super) seconds: u64,
    pub(super) cases: Vec<CaseReport>,
}

/// A case in one scope.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct CaseReport {
    pub(super) name: String,
    pub(super) scope: String,
    pub(super) races: bool,
    /// A log for each run.
    pub(super) plain: Vec<Played<PlainEvent>>,
    pub(super) ours: Vec<Played<CrateEvent>>,
    pub(super) rules: Vec<Rule>,
    pub(super) failure: Option<String>,
    /// How the plain WebSocket differs from the record.
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
    pub(super) saw: Option<PeerView>,
}

/// The part of the peer's record that is compared.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct PeerView {
    upgraded: bool,
    messages: u64,
    bytes: u64,
    /// The payload of the client's Close frame.
    close: Option<String>,
    pub(super) end: Option<TcpEnd>,
}

impl From<Saw> for PeerView {
    fn from(saw: Saw) -> Self {
        let Saw { upgraded, messages, bytes, close, end, .. } = saw;
        Self { upgraded, messages, bytes, close: close.map(|close| close.hex), end: Some(end) }
    }
}

/// Replaces this engine's last run, and returns the path of the page.
pub(super) fn write(folder: &Path, engine: Engine, run: EngineReport) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let (machine, people) = (folder.join("matrix.json"), folder.join("matrix.html"));
    // A file of an earlier build may have another format.
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
    html.push_str("<h1>The matrix</h1>\n<table class=\"runs\"><tr><th>engine<th>browser<th>cases<th>failed<th>differs from the record<th>time\n");
    for (engine, run) in &engines {
        let count = |wanted: fn(&CaseReport) -> bool| run.cases.iter().filter(|case| wanted(case)).count();
        let (failed, changed) = (count(|case| case.failure.is_some()), count(|case| case.changed.is_some()));
        html.push_str(&format!(
            "<tr><th>{}<td>{}<td>{}{}<td{}>{failed}<td{}>{changed}<td>{} s\n",
            engine.title(),
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
        "</table>\n<p>A cell has the result of the plain WebSocket, and after the arrow the close info of onclose.\n",
    );
    for group in Group::ALL {
        html.push_str(&format!("<h2>{}</h2>\n<table class=\"matrix\"><tr><th>case", group.title()));
        for (engine, _) in &engines {
            html.push_str(&format!("<th>{}", engine.title()));
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

/// Formats both scopes of one case in one engine.
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
            html.push_str(&format!("<i>in a {}:</i> ", case.scope));
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
                html.push_str(&format!("<dt>{}, {who}<dd>{}", case.scope, escaped(line)));
            }
        }
        for (what, said) in [("failed", &case.failure), ("changed", &case.changed)] {
            if let Some(said) = said {
                html.push_str(&format!("<dt>{}, {what}<dd class=\"{what}\">{}", case.scope, escaped(said)));
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

/// Formats text between backquotes as code.
fn code(text: &str) -> String {
    let parts = escaped(text);
    let parts = parts.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}
