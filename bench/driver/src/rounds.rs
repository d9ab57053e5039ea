//! Times subjects in one engine: in each round one subject after another.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::browser::Browser;
use super::measures::{self, Measure, Number, Pace, PageUse, Work};
use super::results::{Figure, Missing};
use super::subjects::Named;
use onclose_rig::engine::Engine;

/// Where subjects are timed.
#[derive(Debug)]
pub(crate) struct Rounds<'a> {
    pub(crate) browser: &'a mut Browser,
    pub(crate) engine: Engine,
    /// The peer's URL.
    pub(crate) peer: &'a str,
    pub(crate) pace: Pace,
}

/// The answers of one subject.
struct Answers<'a> {
    named: &'a Named,
    /// For each round the answer, and the baseline.
    rounds: Vec<(Value, Option<Value>)>,
    failure: Option<String>,
}

impl Rounds<'_> {
    /// Takes one measure of all these subjects.
    pub(crate) async fn measure(&mut self, measure: &Measure, subjects: &[Named]) -> Result<Vec<Figure>> {
        let engine = self.engine;
        let subjects = subjects.iter().filter(|named| measure.applies(&named.subject, engine));
        let mut all: Vec<_> = subjects.map(|named| Answers { named, rounds: Vec::new(), failure: None }).collect();
        let possible = |answers: &&mut Answers<'_>| {
            let subject = &answers.named.subject;
            measure.numbers.iter().any(|number| number.impossible(subject, engine).is_none())
        };
        let mut able: Vec<_> = all.iter_mut().filter(possible).collect();
        match measure.page {
            PageUse::Subject => {
                for answers in &mut able {
                    self.open_page(measure, &[answers.named.id]).await?;
                    let answer = self.work(measure, answers.named.id).await;
                    answers.add(answer, None);
                }
            }
            PageUse::Round | PageUse::Measure => {
                for round in 0..self.pace.rounds() {
                    let ids: Vec<_> = able.iter().map(|answers| answers.named.id).collect();
                    if round == 0 || measure.page == PageUse::Round {
                        self.open_page(measure, &ids).await?;
                    }
                    let baseline = self.baseline(measure).await?;
                    for answers in able.iter_mut().filter(|answers| answers.failure.is_none()) {
                        let answer = self.work(measure, answers.named.id).await;
                        answers.add(answer, baseline.clone());
                    }
                    // No subject has the same position in every round.
                    able.rotate_left(1);
                }
            }
        }
        let figures =
            all.iter().flat_map(|answers| measure.numbers.iter().map(|number| answers.figure(number, engine)));
        Ok(figures.collect())
    }

    async fn open_page(&mut self, measure: &Measure, subjects: &[&str]) -> Result<()> {
        self.browser.open_page("", subjects).await.context("The bench's page could not be opened")?;
        if measure.takes_cpu {
            self.browser.find_thread().await?;
        }
        Ok(())
    }

    async fn work(&self, measure: &Measure, subject: &str) -> Result<Value> {
        match &measure.work {
            Work::Sizes => Ok(Value::Null),
            Work::Job { name, args, .. } => self.browser.run(name, self.args(args(self.pace), subject)).await,
            Work::Hidden { args } => self.browser.run_hidden("hidden", self.args(args(self.pace), subject)).await,
            Work::Leftovers => self.leftovers(subject).await,
        }
    }

    async fn baseline(&self, measure: &Measure) -> Result<Option<Value>> {
        match &measure.work {
            Work::Job { args, baseline: true, .. } => {
                self.browser.run("unheard", self.args(args(self.pace), "")).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    fn args(&self, mut args: Value, subject: &str) -> Value {
        args["subject"] = json!(subject);
        args["peer"] = json!(self.peer);
        args
    }

    /// Measures what each connection leaves, after the first ones have allocated what is allocated once.
    async fn leftovers(&self, subject: &str) -> Result<Value> {
        let (warm, counted) = measures::connections(self.pace, self.engine);
        let mut left = json!({});
        for (job, name) in [("closes", "closed"), ("drops", "dropped")] {
            let cycle = async |times: u32| -> Result<(Option<f64>, Option<f64>)> {
                let answer = self.browser.run(job, self.args(json!({ "times": times }), subject)).await?;
                Ok((answer["live"].as_f64(), self.browser.heap().await?))
            };
            let (wasm_before, heap_before) = cycle(warm).await?;
            let (wasm_after, heap_after) = cycle(counted).await?;
            let each = |before: Option<f64>, after: Option<f64>| Some((after? - before?) / f64::from(counted));
            left[format!("{name}_wasm")] = json!(each(wasm_before, wasm_after));
            left[format!("{name}_heap")] = json!(each(heap_before, heap_after));
        }
        Ok(left)
    }
}

impl Answers<'_> {
    fn add(&mut self, answer: Result<Value>, baseline: Option<Value>) {
        match answer {
            Ok(answer) => self.rounds.push((answer, baseline)),
            Err(error) => {
                self.failure.get_or_insert(format!("{error:#}"));
            }
        }
    }

    fn figure(&self, number: &'static Number, engine: Engine) -> Figure {
        let Self { named, rounds, failure } = self;
        let values: Vec<f64> = rounds
            .iter()
            .filter_map(|(answer, baseline)| {
                let value = number.read(answer)?;
                Some(value - baseline.as_ref().and_then(|baseline| number.read(baseline)).unwrap_or(0.0))
            })
            .collect();
        let missing = match (number.impossible(&named.subject, engine), failure) {
            (Some(why), _) => Some(Missing::Impossible(why.to_owned())),
            (None, Some(why)) => Some(Missing::Failed(why.clone())),
            // It is possible, so its absence is a failure.
            (None, None) if values.is_empty() => Some(Missing::Failed("the answer has no number".to_owned())),
            (None, None) => None,
        };
        let rounds = if missing.is_some() { Vec::new() } else { values };
        Figure { number, engine: engine.name(), subject: named.id, rounds, missing }
    }
}

#[cfg(test)]
mod tests {
    use super::super::subjects::SUBJECTS;
    use super::*;

    fn figure(answers: impl IntoIterator<Item = Result<Value>>, baseline: Option<Value>) -> Figure {
        let subject = SUBJECTS[0];
        let named = Named { subject, id: subject.id, role: subject.role, name: String::new() };
        let mut all = Answers { named: &named, rounds: Vec::new(), failure: None };
        for answer in answers {
            all.add(answer, baseline.clone());
        }
        all.figure(&Measure::named("text64").unwrap().numbers[1], Engine::Firefox)
    }

    #[test]
    fn the_baseline_is_subtracted_and_the_median_is_taken() {
        let rounds = [1000.0, 4000.0, 2000.0].map(|ns| Ok(json!({ "ns": [ns] })));
        let figure = figure(rounds, Some(json!({ "ns": [100.0] })));
        assert_eq!(figure.rounds, [900.0, 3900.0, 1900.0]);
        assert_eq!(figure.value(), Some(1900.0));
    }

    #[test]
    fn a_subject_that_fails_once_has_no_number() {
        let figure = figure([Ok(json!({ "ns": [1000.0] })), Err(anyhow::anyhow!("it was lost"))], None);
        assert_eq!(figure.value(), None);
        assert!(matches!(figure.missing, Some(Missing::Failed(why)) if why == "it was lost"));
    }

    #[test]
    fn a_missing_number_is_a_failure() {
        assert!(matches!(figure([Ok(json!({ "ns": [] }))], None).missing, Some(Missing::Failed(_))));
    }
}
