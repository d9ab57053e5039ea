//! The orders: which there are, a sample of them, and how one is written.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Error, ensure};
use serde::Serialize;

/// What can happen in any order. The laboratory reads the same names.
const STEPS: [&str; 15] = [
    "drop-receiver",
    "drop-half",
    "drop-sender",
    "drop-clone",
    "drop-closed",
    "close",
    "server-closes",
    "server-resets",
    "server-ends",
    "message",
    "time",
    "callback-drops",
    "callback-closes",
    "waker-drops",
    "waker-closes",
];
const UNFRAME: &str = "frame-removed";
const STARTS: [&str; 3] = ["connecting", "open", "framed"];
const SHAPES: [&str; 2] = ["whole", "split"];
const BUSY: [&str; 2] = ["idle", "busy"];
const PACED: [&str; 2] = ["quick", "paced"];
const LONGEST: usize = 5;

/// Written `open,split,busy,quick:close+message`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Order {
    pub(super) start: &'static str,
    shape: &'static str,
    busy: bool,
    paced: bool,
    steps: Vec<&'static str>,
}

/// Where an order is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A page or a worker that goes on.
    Any,
    /// A page, with the socket of an iframe that goes at some step.
    Framed,
    /// A worker or an iframe that is ended after the last step.
    Ended,
}

/// So many orders, different ones, and always the same for the same seed; a smaller sample is the start of a larger.
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
    // The longer, the more there are of them.
    let longest = if stage == Stage::Any { LONGEST } else { LONGEST - 1 };
    let length = [longest, longest, longest, longest - 1, longest - 1, longest - 2, 2, 1][random.usize(..8)];
    let mut steps = Vec::new();
    while steps.len() < length {
        let step = STEPS[random.usize(..STEPS.len())];
        // What has gone is gone; messages come again and again.
        if step == "message" || !steps.contains(&step) {
            steps.push(step);
        }
    }
    let start = match stage {
        Stage::Framed => {
            steps.insert(random.usize(..=steps.len()), UNFRAME);
            STARTS[2]
        }
        Stage::Any | Stage::Ended => STARTS[usize::from(random.u8(..4) > 0)],
    };
    Order { start, shape: SHAPES[random.usize(..2)], busy: random.bool(), paced: random.bool(), steps }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, shape, busy, paced, steps } = self;
        let (busy, paced) = (BUSY[usize::from(*busy)], PACED[usize::from(*paced)]);
        write!(f, "{start},{shape},{busy},{paced}:{}", steps.join("+"))
    }
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (scene, steps) = text.split_once(':').context("An order has a colon.")?;
        let words: Vec<_> = scene.split(',').collect();
        ensure!(words.len() == 4, "An order has four words before its colon, as in open,split,busy,quick:close");
        let one = |words: &[&'static str], word: &str| {
            let found = words.iter().position(|known| *known == word);
            found.with_context(|| format!("{word:?} is none of {}", words.join(", ")))
        };
        let step = |step| match step {
            UNFRAME => Ok(UNFRAME),
            step => one(&STEPS, step).map(|at| STEPS[at]),
        };
        Ok(Self {
            start: STARTS[one(&STARTS, words[0])?],
            shape: SHAPES[one(&SHAPES, words[1])?],
            busy: one(&BUSY, words[2])? == 1,
            paced: one(&PACED, words[3])? == 1,
            steps: steps.split('+').map(step).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::driver::{SAMPLE, SEED, WHOLE};
    use super::*;

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for stage in [Stage::Any, Stage::Framed, Stage::Ended] {
            for order in sample(stage, SEED, 100) {
                assert_eq!(order.to_string().parse::<Order>().unwrap(), order);
            }
        }
        for wrong in ["close", "open,split,busy:close", "open,split,busy,quick:", "open,split,busy,quick:dance"] {
            assert!(wrong.parse::<Order>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_sample_is_the_start_of_the_whole_and_has_every_step() {
        let (some, all) = (sample(Stage::Any, SEED, SAMPLE.any), sample(Stage::Any, SEED, WHOLE.any));
        assert_eq!(all[..some.len()], some);
        for step in STEPS {
            assert!(some.iter().any(|order| order.steps.contains(&step)), "{step} is not in the sample");
        }
        assert!(all.iter().all(|order| (1..=LONGEST).contains(&order.steps.len())));
    }

    #[test]
    fn the_whole_has_each_two_steps_in_both_orders() {
        let all = sample(Stage::Any, SEED, WHOLE.any);
        for first in STEPS {
            for second in STEPS.iter().filter(|second| **second != first) {
                let has = |order: &Order| {
                    let at = |step| order.steps.iter().position(|one| *one == step);
                    at(first).is_some_and(|first| at(second).is_some_and(|second| first < second))
                };
                assert!(all.iter().any(has), "{first} never comes before {second}");
            }
        }
    }
}
