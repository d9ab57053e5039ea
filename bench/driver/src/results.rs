//! The results, and their comparison.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;

use super::measures::{MEASURES, Number, Pace};
use super::stats;
use super::subjects::{Named, Role};
use super::weigh::{App, Weight};

/// The results of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) pace: Pace,
    pub(crate) rounds: usize,
    /// Name and version of each browser.
    pub(crate) browsers: Vec<Browser>,
    pub(crate) subjects: Vec<Named>,
    pub(crate) sizes: Vec<Weight>,
    pub(crate) figures: Vec<Figure>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) crossings: Vec<Crossings>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Browser {
    pub(crate) engine: &'static str,
    pub(crate) version: String,
}

/// One number of one subject in one engine.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    #[serde(serialize_with = "number")]
    pub(crate) number: &'static Number,
    pub(crate) engine: &'static str,
    pub(crate) subject: &'static str,
    /// One for each round.
    pub(crate) rounds: Vec<f64>,
    /// Why there is no number.
    pub(crate) missing: Option<Missing>,
}

/// Why there is no number.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Missing {
    /// The subject or the engine cannot have it.
    Impossible(String),
    /// It was not measured although it is possible.
    Failed(String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible(why) => f.write_str(why),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
        }
    }
}

fn number<S: serde::Serializer>(number: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("id", number.id)?;
    map.serialize_entry("title", number.title)?;
    map.serialize_entry("unit", number.unit)?;
    map.end()
}

impl Figure {
    pub(crate) fn value(&self) -> Option<f64> {
        (self.missing.is_none() && !self.rounds.is_empty()).then(|| stats::quantile(&self.rounds, 0.5))
    }
}

/// Calls between JavaScript and wasm, as the page counted them.
#[derive(Debug, Serialize)]
pub(crate) struct Crossings {
    pub(crate) engine: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) counts: Value,
}

/// One row of a chart or table.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) named: &'a Named,
    pub(crate) value: Result<f64, String>,
}

/// All subjects side by side.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) chart: bool,
    /// Empty for a comparison that does not depend on the engine.
    pub(crate) engine: &'static str,
    pub(crate) lines: Vec<Line<'a>>,
}

impl Results {
    /// Returns the sizes, then each measure in each engine.
    pub(crate) fn comparisons(&self) -> Vec<Comparison<'_>> {
        let sizes = [
            (App::Minimal, "size", "A minimal app, wasm and JavaScript, brotli"),
            (App::Layer1, "size-layer1", "Awaiting the close of an existing socket, brotli"),
        ];
        let mut all = Vec::new();
        for (app, id, title) in sizes {
            let lines = self.subjects.iter().filter_map(|named| {
                let weight = self.sizes.iter().find(|weight| weight.app == app && weight.subject == named.id)?;
                Some(Line { named, value: Ok(weight.total().brotli as f64 / 1000.0) })
            });
            all.push(Comparison { id, title, unit: "KB", chart: true, engine: "", lines: lines.collect() });
        }
        for number in MEASURES.iter().flat_map(|measure| measure.numbers) {
            for Browser { engine, .. } in &self.browsers {
                let lines = self.subjects.iter().filter_map(|named| {
                    let figure = self.figures.iter().find(|figure| {
                        figure.number.id == number.id && figure.engine == *engine && figure.subject == named.id
                    })?;
                    let why =
                        || figure.missing.as_ref().map_or_else(|| "was not measured".to_owned(), Missing::to_string);
                    Some(Line { named, value: figure.value().ok_or_else(why) })
                });
                let Number { id, title, unit, chart, .. } = *number;
                all.push(Comparison { id, title, unit, chart, engine, lines: lines.collect() });
            }
        }
        all.retain(|comparison| !comparison.lines.is_empty());
        all
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = String> {
        self.figures.iter().filter_map(|figure| match &figure.missing {
            Some(Missing::Failed(why)) => {
                Some(format!("{}, {}, {}: {why}", figure.number.id, figure.engine, figure.subject))
            }
            _ => None,
        })
    }
}

impl Comparison<'_> {
    pub(crate) fn has_numbers(&self) -> bool {
        self.lines.iter().any(|line| line.value.is_ok())
    }

    fn of(&self, role: Role) -> Option<f64> {
        self.numbers(role).next()
    }

    fn numbers(&self, role: Role) -> impl Iterator<Item = f64> {
        self.lines
            .iter()
            .filter(move |line| line.named.role == role)
            .filter_map(|line| line.value.as_ref().ok().copied())
    }

    /// Returns the ratio of this crate's number to the best of the other crates.
    pub(crate) fn to_best_other(&self) -> Option<f64> {
        let best = self.numbers(Role::Other).min_by(f64::total_cmp)?;
        ratio(self.of(Role::Ours)?, best)
    }

    pub(crate) fn to_by_hand(&self) -> Option<f64> {
        ratio(self.of(Role::Ours)?, self.of(Role::ByHand)?)
    }

    /// Returns the ratio to plain JavaScript, in the way that is best.
    pub(crate) fn to_plain(&self) -> Option<f64> {
        let best = self.numbers(Role::Plain).min_by(f64::total_cmp)?;
        ratio(self.of(Role::Ours)?, best)
    }
}

/// There is no ratio to zero.
fn ratio(ours: f64, other: f64) -> Option<f64> {
    (other > 0.0).then_some(ours / other)
}

#[cfg(test)]
mod tests {
    use super::super::subjects::SUBJECTS;
    use super::*;

    #[test]
    fn ratios_are_to_the_best_other_crate_to_web_sys_and_to_plain_javascript() {
        let numbers = [("onclose", Ok(2.0)), ("plain", Ok(0.5)), ("web-sys", Ok(1.0)), ("gloo-net", Ok(4.0))];
        let others = [("ws-stream-wasm", Ok(5.0)), ("websocket-web", Err("has no events".to_owned()))];
        let (named, values): (Vec<_>, Vec<_>) = (numbers.into_iter().chain(others))
            .map(|(id, value)| {
                let subject = *SUBJECTS.iter().find(|subject| subject.id == id).unwrap();
                (Named { subject, id, role: subject.role, name: String::new() }, value)
            })
            .unzip();
        let lines = named.iter().zip(values).map(|(named, value)| Line { named, value }).collect();
        let comparison = Comparison { id: "x", title: "", unit: "", chart: true, engine: "", lines };
        assert_eq!(comparison.to_best_other(), Some(0.5));
        assert_eq!(comparison.to_by_hand(), Some(2.0));
        assert_eq!(comparison.to_plain(), Some(4.0));
    }
}
