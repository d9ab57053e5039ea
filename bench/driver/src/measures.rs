//! What is measured: which job of the page gives it, how often, and what is read from its answer.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Value, json};

use super::stats;
use super::subjects::{Role, Subject, Way};
use onclose_rig::driver::Engine;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// Bytes of a minimal app, and of one that only awaits the end of somebody else's socket
    Sizes,
    /// Synthetic events: text of 64 bytes
    Text64,
    /// Synthetic events: ASCII text of 4 KiB
    Text4k,
    /// Synthetic events: text of 4 KiB in many scripts
    Mixed4k,
    /// Synthetic events: 64 bytes
    Binary64,
    /// Synthetic events: 64 KiB
    Binary64k,
    /// Text of 64 bytes to the peer and back, one after another
    EchoText,
    /// 64 bytes to the peer and back, one after another
    EchoBinary,
    /// Sending 64 bytes again and again, without waiting for answers
    Pipe,
    /// Texts of 64 bytes from the peer, as fast as it sends them
    Burst64,
    /// 64 KiB from the peer, as fast as it sends them
    Burst64k,
    /// A connection's whole life, and from its `close` event to the task that goes on
    Ends,
    /// wasm memory after 64 MB that waited have been consumed
    Backlog,
    /// What closed and dropped connections leave in memory
    Left,
}

/// How much is done.
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
        match self {
            Self::Check => 1,
            Self::Quick => 2,
            Self::Whole => 5,
        }
    }

    fn of(self, check: u32, quick: u32, whole: u32) -> u32 {
        match self {
            Self::Check => check,
            Self::Quick => quick,
            Self::Whole => whole,
        }
    }
}

/// One number of a measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantity {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    take: Take,
    /// It has a chart; others are in the table only.
    pub(crate) chart: bool,
}

/// How a number comes from a job's answer.
#[derive(Clone, Copy, Debug)]
enum Take {
    Field(&'static str),
    /// A field of bytes, in millions.
    Millions(&'static str),
    Quiet(&'static str),
    Mean(&'static str),
    Median(&'static str),
    QuickerHalf(&'static str),
}

impl Quantity {
    /// `None` if this system, or this subject, does not tell.
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
}

const fn charted(id: &'static str, title: &'static str, unit: &'static str, take: Take) -> Quantity {
    Quantity { id, title, unit, take, chart: true }
}

const fn listed(id: &'static str, title: &'static str, unit: &'static str, take: Take) -> Quantity {
    Quantity { id, title, unit, take, chart: false }
}

/// For each of the synthetic measures: the quiet decile is what the code takes, the mean what the machine adds.
macro_rules! synthetic {
    ($id:literal, $mean:literal, $title:literal) => {
        const {
            &[
                charted($id, $title, "ns", Take::Quiet("ns")),
                listed($mean, concat!($title, ", mean"), "ns", Take::Mean("ns")),
            ]
        }
    };
}

/// For each of the real ones: wall time is mostly the browser's own.
macro_rules! real {
    ($id:literal, $wall:literal, $title:literal) => {
        const {
            &[
                charted($id, concat!($title, ", main thread"), "µs", Take::Field("cpu_us")),
                listed($wall, concat!($title, ", wall"), "µs", Take::Field("wall_us")),
            ]
        }
    };
}

impl Measure {
    pub(crate) fn quantities(self) -> &'static [Quantity] {
        match self {
            Self::Sizes => &[],
            Self::Text64 => synthetic!("text-64", "text-64-mean", "An event with text of 64 B"),
            Self::Text4k => synthetic!("text-4k", "text-4k-mean", "An event with ASCII text of 4 KiB"),
            Self::Mixed4k => synthetic!("mixed-4k", "mixed-4k-mean", "An event with text of 4 KiB in many scripts"),
            Self::Binary64 => synthetic!("binary-64", "binary-64-mean", "An event with 64 B"),
            Self::Binary64k => synthetic!("binary-64k", "binary-64k-mean", "An event with 64 KiB"),
            Self::EchoText => real!("echo-text", "echo-text-wall", "Text of 64 B there and back"),
            Self::EchoBinary => real!("echo-binary", "echo-binary-wall", "64 B there and back"),
            Self::Pipe => real!("pipe", "pipe-wall", "Sending 64 B, without waiting"),
            Self::Burst64 => real!("burst-64", "burst-64-wall", "Receiving text of 64 B in a burst"),
            Self::Burst64k => real!("burst-64k", "burst-64k-wall", "Receiving 64 KiB in a burst"),
            Self::Ends => {
                const {
                    &[
                        charted("life", "Opening, asking, being closed, knowing it", "ms", Take::Median("life_ms")),
                        charted(
                            "resume",
                            "From the close event to the task that goes on",
                            "µs",
                            Take::QuickerHalf("resume_us"),
                        ),
                    ]
                }
            }
            Self::Backlog => {
                const {
                    &[charted(
                        "backlog",
                        "wasm memory after 64 MB have waited and been read",
                        "MB",
                        Take::Millions("after"),
                    )]
                }
            }
            Self::Left => {
                const {
                    &[
                        charted(
                            "closed-wasm",
                            "wasm bytes left by a closed connection",
                            "B",
                            Take::Field("closed_wasm"),
                        ),
                        charted(
                            "closed-heap",
                            "JavaScript bytes left by a closed connection",
                            "B",
                            Take::Field("closed_heap"),
                        ),
                        charted(
                            "dropped-wasm",
                            "wasm bytes left by a dropped connection",
                            "B",
                            Take::Field("dropped_wasm"),
                        ),
                        charted(
                            "dropped-heap",
                            "JavaScript bytes left by a dropped connection",
                            "B",
                            Take::Field("dropped_heap"),
                        ),
                    ]
                }
            }
        }
    }

    /// The page's job, and what it is told apart from subject and peer.
    pub(crate) fn job(self, pace: Pace) -> (&'static str, Value) {
        let synthetic = |kind: &str, warm: u32, batches: u32| {
            ("synthetic", json!({ "kind": kind, "events": 1000, "warm": warm, "batches": batches }))
        };
        let echo =
            |text: bool| ("echo", json!({ "text": text, "size": 64, "warm": 50, "times": pace.of(50, 500, 1000) }));
        let burst =
            |text: bool, size: u32, times: u32| ("burst", json!({ "text": text, "size": size, "times": times }));
        match self {
            Self::Text64 => synthetic("text64", pace.of(1, 3, 5), pace.of(3, 20, 40)),
            Self::Text4k => synthetic("text4k", pace.of(1, 3, 5), pace.of(2, 8, 12)),
            Self::Mixed4k => synthetic("mixed4k", pace.of(1, 3, 5), pace.of(2, 8, 12)),
            Self::Binary64 => synthetic("binary64", pace.of(1, 3, 5), pace.of(3, 20, 40)),
            Self::Binary64k => synthetic("binary64k", pace.of(1, 1, 2), pace.of(1, 3, 5)),
            Self::EchoText => echo(true),
            Self::EchoBinary => echo(false),
            Self::Pipe => ("pipe", json!({ "size": 64, "times": pace.of(100, 1000, 2000) })),
            Self::Burst64 => burst(true, 64, pace.of(200, 3000, 6000)),
            Self::Burst64k => burst(false, 65_536, pace.of(20, 150, 300)),
            Self::Ends => ("ends", json!({ "warm": 2, "times": pace.of(3, 10, 20) })),
            Self::Backlog => ("backlog", json!({ "kind": "binary64k", "events": 1024 })),
            Self::Left | Self::Sizes => ("", Value::Null),
        }
    }

    /// Whether dispatching to nobody is measured too, and taken off.
    pub(crate) fn is_synthetic(self) -> bool {
        matches!(self, Self::Text64 | Self::Text4k | Self::Mixed4k | Self::Binary64 | Self::Binary64k)
    }

    pub(crate) fn takes_cpu(self) -> bool {
        matches!(self, Self::EchoText | Self::EchoBinary | Self::Pipe | Self::Burst64 | Self::Burst64k)
    }

    /// Memory does not vary from round to round, but is never given back either: one round, and a page for each subject.
    pub(crate) fn needs_own_page(self) -> bool {
        matches!(self, Self::Backlog | Self::Left)
    }

    /// Memory that has grown to 64 MB stays so, and growing it takes WebKit many seconds: one page for all rounds.
    pub(crate) fn keeps_page(self) -> bool {
        self == Self::Binary64k
    }

    /// Connections of which [`Measure::Left`] tells what is left: some to warm up, then those that count.
    ///
    /// Where JavaScript's heap is told there are more: what Chromium keeps of code that it has come to know comes in
    /// steps of kilobytes, for a thousand connections and more.
    pub(crate) fn connections(pace: Pace, engine: Engine) -> (u32, u32) {
        match engine {
            Engine::Chromium => (pace.of(5, 30, 1000), pace.of(20, 100, 1500)),
            Engine::Firefox | Engine::Webkit => (pace.of(5, 30, 150), pace.of(20, 100, 500)),
        }
    }

    /// Whether there is anything to measure: another way to read is another one only for what reads.
    pub(crate) fn is_for(self, subject: &Subject, engine: Engine) -> bool {
        let reads = self.is_synthetic() || matches!(self, Self::Burst64 | Self::Burst64k);
        subject.runs_in(engine) && (reads || subject.way != Way::Reading)
    }

    /// Why this subject has no number here.
    pub(crate) fn cannot(self, quantity: &Quantity, subject: &Subject, engine: Engine) -> Option<&'static str> {
        let synthetic = self.is_synthetic() || self == Self::Backlog;
        let streams = subject.way == Way::Streams;
        let of_wasm = matches!(quantity.id, "backlog" | "closed-wasm" | "dropped-wasm");
        let of_heap = matches!(quantity.id, "closed-heap" | "dropped-heap");
        match () {
            () if streams && synthetic => Some("has no events"),
            () if streams && (self == Self::Left || quantity.id == "resume") => Some("has no close event"),
            () if subject.role == Role::Plain && of_wasm => Some("has no wasm"),
            () if of_heap && engine != Engine::Chromium => Some("only Chromium tells"),
            () if self.takes_cpu() && quantity.chart && !cfg!(target_os = "linux") => Some("only Linux tells"),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_number_has_a_name_of_its_own() {
        let all: Vec<_> = Measure::value_variants().iter().flat_map(|measure| measure.quantities()).collect();
        let names: BTreeSet<_> = all.iter().map(|quantity| quantity.id).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn what_is_not_told_is_no_number() {
        let [quiet, mean] = Measure::Text64.quantities() else { panic!() };
        assert_eq!(quiet.read(&json!({ "ns": [] })), None);
        assert_eq!(mean.read(&json!({ "ns": [1.0, 3.0] })), Some(2.0));
        let [cpu, wall] = Measure::Pipe.quantities() else { panic!() };
        let answer = json!({ "cpu_us": null, "wall_us": 2.5 });
        assert_eq!((cpu.read(&answer), wall.read(&answer)), (None, Some(2.5)));
    }
}
