//! What a measure is, and how its numbers are read.

mod table;

use clap::builder::PossibleValue;
use onclose_rig::engine::Engine;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::table::MEASURES;
use super::stats;
use super::subjects::{AtEnd, Role, Subject, Way};

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pace {
    /// Enough to see that the bench works.
    Check,
    Quick,
    Whole,
}

impl Pace {
    pub(crate) fn rounds(self) -> usize {
        self.of(1, 2, 5) as usize
    }

    fn of(self, check: u32, quick: u32, whole: u32) -> u32 {
        match self {
            Self::Check => check,
            Self::Quick => quick,
            Self::Whole => whole,
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Measure {
    /// The name on the command line.
    pub(crate) name: &'static str,
    about: &'static str,
    pub(crate) work: Work,
    pub(crate) page: PageUse,
    /// The subjects that are measured beside the usual ones, by the only way in which they differ.
    varies: Option<Way>,
    /// Whether the main thread's processor time is measured.
    pub(crate) takes_cpu: bool,
    pub(crate) numbers: &'static [Number],
}

/// What gives a measure its numbers.
#[derive(Debug)]
pub(crate) enum Work {
    /// Builds and weighs apps; nothing is run in a page.
    Sizes,
    /// Runs a job of the page. With a baseline, dispatching the same events without a listener is measured and subtracted.
    Job { name: &'static str, args: fn(Pace) -> Value, baseline: bool },
    /// Runs the job `hidden` while another page is in front.
    Hidden { args: fn(Pace) -> Value },
    /// Opens connections, and compares memory before and after.
    Leftovers,
}

/// How long a page is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageUse {
    /// A new page for each round.
    Round,
    /// One page for all rounds.
    Measure,
    /// A new page for each subject, and one round: memory does not vary from round to round, but never shrinks.
    Subject,
}

/// One number of a measure.
#[derive(Debug)]
pub(crate) struct Number {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    take: Take,
    /// Whether there is a chart; the table has all numbers.
    pub(crate) chart: bool,
    needs: &'static [Need],
}

/// How a number is computed from the answer of a job.
#[derive(Clone, Copy, Debug)]
enum Take {
    Field(&'static str),
    /// A field of bytes, in millions.
    Millions(&'static str),
    /// The lowest decile of a list.
    Quiet(&'static str),
    Mean(&'static str),
    Median(&'static str),
    QuickerHalf(&'static str),
}

/// What a subject, an engine or a system must have for a number.
#[derive(Clone, Copy, Debug)]
enum Need {
    /// `message` events that can be dispatched.
    Events,
    CloseEvent,
    Wasm,
    /// An engine that reports the size of its heap.
    Heap,
    /// A system that reports the processor time of a thread.
    Cpu,
    /// A driver that can bring another page to the front.
    Hiding,
    /// A sink.
    Sink,
    /// A sink by whose end the close can be awaited.
    ClosingSink,
    /// Sending that waits for capacity.
    Backpressure,
}

impl Need {
    /// Returns why this subject has no such number in this engine.
    fn lacks(self, subject: &Subject, engine: Engine) -> Option<&'static str> {
        let (lacks, why) = match self {
            Self::Events => (subject.way == Way::Streams, "has no events"),
            Self::CloseEvent => (subject.way == Way::Streams, "has no close event"),
            Self::Wasm => (subject.role == Role::Plain, "has no wasm"),
            Self::Heap => (engine != Engine::Chromium, "only in Chromium"),
            Self::Cpu => (!cfg!(target_os = "linux"), "only on Linux"),
            Self::Hiding => (engine == Engine::Webkit, "not in WebKit, whose driver hides no page"),
            Self::Sink => (subject.sink.is_none(), "has no sink"),
            Self::ClosingSink => (subject.sink != Some(AtEnd::Closes), "does not wait for the close"),
            Self::Backpressure => (!subject.waits, "does not wait for capacity"),
        };
        lacks.then_some(why)
    }
}

impl Number {
    /// Returns the number in an answer, or `None` if the answer has none.
    pub(crate) fn read(&self, answer: &Value) -> Option<f64> {
        let list = |name: &str| -> Option<Vec<f64>> {
            let numbers: Vec<f64> = answer[name].as_array()?.iter().filter_map(Value::as_f64).collect();
            (!numbers.is_empty()).then_some(numbers)
        };
        match self.take {
            Take::Field(name) => answer[name].as_f64(),
            Take::Millions(name) => Some(answer[name].as_f64()? / 1e6),
            Take::Quiet(name) => Some(stats::quantile(&list(name)?, 0.1)),
            Take::Median(name) => Some(stats::quantile(&list(name)?, 0.5)),
            Take::Mean(name) => Some(stats::mean(&list(name)?)),
            Take::QuickerHalf(name) => Some(stats::mean_of_quicker_half(&list(name)?)),
        }
    }

    /// Returns why this subject cannot have the number in this engine.
    pub(crate) fn impossible(&self, subject: &Subject, engine: Engine) -> Option<&'static str> {
        self.needs.iter().find_map(|need| need.lacks(subject, engine))
    }
}

impl Measure {
    /// Returns whether the subject is measured in this engine.
    pub(crate) fn applies(&self, subject: &Subject, engine: Engine) -> bool {
        let is_usual = matches!(subject.way, Way::Usual | Way::Streams);
        subject.runs_in(engine) && (is_usual || self.varies == Some(subject.way))
    }

    /// Returns the measure with this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.name == name)
    }

    /// Returns the names for the command line.
    pub(crate) fn values() -> impl Iterator<Item = PossibleValue> {
        MEASURES.iter().map(|measure| PossibleValue::new(measure.name).help(measure.about))
    }
}

/// The connections of [`Work::Leftovers`]: some to warm up, then those that count.
///
/// In Chromium there are more: its heap includes profiles of code, which grow in steps of kilobytes for over a thousand
/// connections.
pub(crate) fn connections(pace: Pace, engine: Engine) -> (u32, u32) {
    match engine {
        Engine::Chromium => (pace.of(5, 30, 1000), pace.of(20, 100, 1500)),
        Engine::Firefox | Engine::Webkit => (pace.of(5, 30, 150), pace.of(20, 100, 500)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::super::subjects::SUBJECTS;
    use super::*;

    #[test]
    fn names_and_ids_are_unique() {
        let names: BTreeSet<_> = MEASURES.iter().map(|measure| measure.name).collect();
        assert_eq!(names.len(), MEASURES.len());
        let all: Vec<_> = MEASURES.iter().flat_map(|measure| measure.numbers).collect();
        let ids: BTreeSet<_> = all.iter().map(|number| number.id).collect();
        assert_eq!(ids.len(), all.len());
    }

    #[test]
    fn a_missing_value_is_no_number() {
        let [quiet, mean] = Measure::named("text64").unwrap().numbers else { panic!() };
        assert_eq!(quiet.read(&json!({ "ns": [] })), None);
        assert_eq!(mean.read(&json!({ "ns": [1.0, 3.0] })), Some(2.0));
        let [cpu, wall] = Measure::named("pipe").unwrap().numbers else { panic!() };
        let answer = json!({ "cpu_us": null, "wall_us": 2.5 });
        assert_eq!((cpu.read(&answer), wall.read(&answer)), (None, Some(2.5)));
    }

    #[test]
    fn impossible_numbers_have_a_reason() {
        let subject = |id: &str| SUBJECTS.iter().find(|subject| subject.id == id).unwrap();
        let why = |measure: &str, id: &str, engine| {
            Measure::named(measure).unwrap().numbers[0].impossible(subject(id), engine)
        };
        assert_eq!(why("text64", "websocket-web-streams", Engine::Chromium), Some("has no events"));
        assert_eq!(why("left", "websocket-web-streams", Engine::Chromium), Some("has no close event"));
        assert_eq!(why("backlog", "plain", Engine::Chromium), Some("has no wasm"));
        assert_eq!(why("backlog", "onclose", Engine::Firefox), None);
        assert_eq!(why("sink-run", "web-sys", Engine::Firefox), Some("has no sink"));
        assert_eq!(why("forward", "gloo-net", Engine::Firefox), Some("does not wait for the close"));
        assert_eq!(why("upload", "gloo-net", Engine::Firefox), Some("does not wait for capacity"));
        let heap = &Measure::named("left").unwrap().numbers[1];
        assert_eq!(heap.impossible(subject("onclose"), Engine::Firefox), Some("only in Chromium"));
    }
}
