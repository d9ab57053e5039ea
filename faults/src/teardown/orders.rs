//! The orders: a reproducible sample of them, and how one is written.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Error, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Order, Shape, Start, Step};

const BUSY: [&str; 2] = ["idle", "busy"];
const PACED: [&str; 2] = ["quick", "paced"];
const LONGEST: usize = 5;

/// The steps that can happen in any order. An iframe is removed only where the socket belongs to one.
const STEPS: [Step; 15] = [
    Step::DropReceiver,
    Step::DropHalf,
    Step::DropSender,
    Step::DropClone,
    Step::DropClosed,
    Step::Close,
    Step::ServerCloses,
    Step::ServerResets,
    Step::ServerEnds,
    Step::Message,
    Step::Time,
    Step::CallbackDrops,
    Step::CallbackCloses,
    Step::WakerDrops,
    Step::WakerCloses,
];

/// Where an order is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A page or a worker that remains.
    Any,
    /// A page, with the socket of an iframe that is removed at some step.
    Framed,
    /// A worker or an iframe that is ended after the last step.
    Ended,
}

/// Returns this many different orders: the same for the same seed, and a smaller sample is the start of a larger one.
pub(super) fn sample(stage: Stage, seed: u64, count: usize) -> Vec<Order> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut orders = Vec::new();
    while orders.len() < count {
        let order = draw(stage, &mut random);
        if !orders.contains(&order) {
            orders.push(order);
        }
    }
    orders
}

fn draw(stage: Stage, random: &mut fastrand::Rng) -> Order {
    // Longer orders are more likely, since there are more of them.
    let longest = if stage == Stage::Any { LONGEST } else { LONGEST - 1 };
    let length = [longest, longest, longest, longest - 1, longest - 1, longest - 2, 2, 1][random.usize(..8)];
    let mut steps = Vec::new();
    while steps.len() < length {
        let step = STEPS[random.usize(..STEPS.len())];
        // A part can be dropped once; messages may be repeated.
        if step == Step::Message || !steps.contains(&step) {
            steps.push(step);
        }
    }
    let start = match stage {
        Stage::Framed => {
            steps.insert(random.usize(..=steps.len()), Step::FrameRemoved);
            Start::Framed
        }
        Stage::Any | Stage::Ended => [Start::Connecting, Start::Open][usize::from(random.u8(..4) > 0)],
    };
    let shape = [Shape::Whole, Shape::Split][random.usize(..2)];
    Order { start, shape, busy: random.bool(), paced: random.bool(), steps }
}

impl Order {
    pub(super) fn is_framed(&self) -> bool {
        self.start == Start::Framed
    }

    pub(super) fn starts_connecting(&self) -> bool {
        self.start == Start::Connecting
    }
}

/// Returns the word for a value, which is also its form in JSON.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => format!("{other:?}"),
    }
}

fn parse<T: DeserializeOwned>(word: &str) -> Result<T, Error> {
    serde_json::from_value(json!(word)).with_context(|| format!("{word:?} is no word of an order"))
}

/// Written as `open,split,busy,quick:close+message`.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, shape, busy, paced, steps } = self;
        let (busy, paced) = (BUSY[usize::from(*busy)], PACED[usize::from(*paced)]);
        let steps: Vec<_> = steps.iter().map(word).collect();
        write!(f, "{},{},{busy},{paced}:{}", word(start), word(shape), steps.join("+"))
    }
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (scene, steps) = text.split_once(':').context("An order has a colon.")?;
        let words: Vec<_> = scene.split(',').collect();
        ensure!(words.len() == 4, "An order has four words before its colon, as in open,split,busy,quick:close");
        let flag = |words: [&str; 2], word: &str| {
            let found = words.iter().position(|known| *known == word);
            found.map(|at| at == 1).with_context(|| format!("{word:?} is none of {}", words.join(", ")))
        };
        Ok(Self {
            start: parse(words[0])?,
            shape: parse(words[1])?,
            busy: flag(BUSY, words[2])?,
            paced: flag(PACED, words[3])?,
            steps: steps.split('+').map(parse).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::driver::{SAMPLE, SEED, WHOLE};
    use super::*;

    #[test]
    fn an_order_is_parsed_as_it_is_written() {
        for stage in [Stage::Any, Stage::Framed, Stage::Ended] {
            for order in sample(stage, SEED, 100) {
                assert_eq!(order.to_string().parse::<Order>().unwrap(), order);
            }
        }
        let order: Order = "open,split,busy,quick:close+frame-removed".parse().unwrap();
        assert_eq!(order.steps, [Step::Close, Step::FrameRemoved]);
        for wrong in ["close", "open,split,busy:close", "open,split,busy,quick:", "open,split,busy,quick:dance"] {
            assert!(wrong.parse::<Order>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_sample_is_the_start_of_the_whole_and_has_every_step() {
        let (some, all) = (sample(Stage::Any, SEED, SAMPLE.any), sample(Stage::Any, SEED, WHOLE.any));
        assert_eq!(all[..some.len()], some);
        for step in STEPS {
            assert!(some.iter().any(|order| order.steps.contains(&step)), "{step:?} is not in the sample");
        }
        assert!(all.iter().all(|order| (1..=LONGEST).contains(&order.steps.len())));
    }

    #[test]
    fn the_whole_has_every_two_steps_in_both_orders() {
        let all = sample(Stage::Any, SEED, WHOLE.any);
        for first in STEPS {
            for second in STEPS.iter().filter(|second| **second != first) {
                let has = |order: &Order| {
                    let at = |step| order.steps.iter().position(|one| *one == step);
                    at(first).is_some_and(|first| at(*second).is_some_and(|second| first < second))
                };
                assert!(all.iter().any(has), "{first:?} never comes before {second:?}");
            }
        }
    }
}
