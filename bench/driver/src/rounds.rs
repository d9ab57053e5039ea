//! Times subjects in one engine: round after round, and in each round one subject after another.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::browser::Browser;
use super::measures::{Measure, Pace, Quantity};
use super::results::{Figure, Missing};
use super::site::Site;
use super::subjects::{Named, Subject};
use onclose_rig::driver::Engine;
use onclose_rig::site as serve;

/// Where subjects are timed.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) browser: &'a mut Browser,
    pub(crate) site: &'a Site,
    pub(crate) engine: Engine,
    pub(crate) peer: std::net::SocketAddr,
    pub(crate) pace: Pace,
}

/// One subject's answers, of which each quantity reads its own part.
struct Answers<'a> {
    named: &'a Named,
    /// The answer, and what dispatching to nobody took in the same round.
    rounds: Vec<(Value, Option<Value>)>,
    failure: Option<String>,
}

impl Place<'_> {
    /// One measure of all these subjects.
    pub(crate) async fn measure(&mut self, measure: Measure, subjects: &[Named]) -> Result<Vec<Figure>> {
        let subjects = subjects.iter().filter(|named| measure.is_for(&named.subject, self.engine));
        let mut all: Vec<_> = subjects.map(|named| Answers { named, rounds: Vec::new(), failure: None }).collect();
        let cannot = |subject: &Subject| {
            measure.quantities().iter().all(|quantity| measure.cannot(quantity, subject, self.engine).is_some())
        };
        let mut able: Vec<_> = all.iter_mut().filter(|answers| !cannot(&answers.named.subject)).collect();
        if measure.needs_own_page() {
            for answers in &mut able {
                self.page(measure, &[answers.named.id]).await?;
                let answer = match measure {
                    Measure::Left => self.left(answers.named.id).await,
                    _ => self.run(measure, answers.named.id).await,
                };
                answers.add(answer, None);
            }
        } else {
            for round in 0..self.pace.rounds() {
                let ids: Vec<_> = able.iter().map(|answers| answers.named.id).collect();
                if round == 0 || !measure.keeps_page() {
                    self.page(measure, &ids).await?;
                }
                let nobody = match measure.is_synthetic() {
                    true => Some(self.nobody(measure).await?),
                    false => None,
                };
                for answers in able.iter_mut().filter(|answers| answers.failure.is_none()) {
                    let answer = self.run(measure, answers.named.id).await;
                    answers.add(answer, nobody.clone());
                }
                // So no subject has the same place in every round.
                able.rotate_left(1);
            }
        }
        let figures = all.iter().flat_map(|answers| {
            measure.quantities().iter().map(|quantity| answers.figure(measure, quantity, self.engine))
        });
        Ok(figures.collect())
    }

    async fn page(&mut self, measure: Measure, subjects: &[&str]) -> Result<()> {
        self.browser.page(self.site, "", subjects).await.context("The bench's page could not be opened")?;
        if measure.takes_cpu() {
            self.browser.find_thread(self.site).await?;
        }
        Ok(())
    }

    async fn run(&self, measure: Measure, subject: &str) -> Result<Value> {
        let (job, args) = measure.job(self.pace);
        self.browser.run(job, self.args(args, subject)).await
    }

    async fn nobody(&self, measure: Measure) -> Result<Value> {
        let (_, args) = measure.job(self.pace);
        self.browser.run("nobody", self.args(args, "")).await
    }

    fn args(&self, mut args: Value, subject: &str) -> Value {
        args["subject"] = json!(subject);
        args["peer"] = json!(serve::peer_url(self.peer));
        args
    }

    /// What each connection leaves, once the first few have made what is made only once.
    async fn left(&self, subject: &str) -> Result<Value> {
        let (warm, counted) = Measure::connections(self.pace, self.engine);
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
    fn add(&mut self, answer: Result<Value>, nobody: Option<Value>) {
        match answer {
            Ok(answer) => self.rounds.push((answer, nobody)),
            Err(error) => {
                self.failure.get_or_insert(format!("{error:#}"));
            }
        }
    }

    fn figure(&self, measure: Measure, quantity: &'static Quantity, engine: Engine) -> Figure {
        let Self { named, rounds, failure } = self;
        let numbers: Vec<f64> = rounds
            .iter()
            .filter_map(|(answer, nobody)| {
                let number = quantity.read(answer)?;
                Some(number - nobody.as_ref().and_then(|nobody| quantity.read(nobody)).unwrap_or(0.0))
            })
            .collect();
        let missing = match measure.cannot(quantity, &named.subject, engine) {
            Some(why) => Some(Missing::Cannot(why.to_owned())),
            None => match failure {
                Some(why) => Some(Missing::Failed(why.clone())),
                // Nobody said that it could not be told, so it should have been.
                None if numbers.is_empty() => Some(Missing::Failed("no number was told".to_owned())),
                None => None,
            },
        };
        let rounds = if missing.is_some() { Vec::new() } else { numbers };
        Figure { quantity, engine: engine.name(), subject: named.id, rounds, missing }
    }
}

#[cfg(test)]
mod tests {
    use super::super::subjects::SUBJECTS;
    use super::*;

    fn figure(answers: impl IntoIterator<Item = Result<Value>>, nobody: Option<Value>) -> Figure {
        let subject = SUBJECTS[0];
        let named = Named { subject, id: subject.id, role: subject.role, name: String::new() };
        let mut all = Answers { named: &named, rounds: Vec::new(), failure: None };
        for answer in answers {
            all.add(answer, nobody.clone());
        }
        all.figure(Measure::Text64, &Measure::Text64.quantities()[1], Engine::Firefox)
    }

    #[test]
    fn what_nobody_costs_is_taken_off_and_the_median_counts() {
        let rounds = [1000.0, 4000.0, 2000.0].map(|ns| Ok(json!({ "ns": [ns] })));
        let figure = figure(rounds, Some(json!({ "ns": [100.0] })));
        assert_eq!(figure.rounds, [900.0, 3900.0, 1900.0]);
        assert_eq!(figure.value(), Some(1900.0));
    }

    #[test]
    fn who_fails_once_has_no_number() {
        let figure = figure([Ok(json!({ "ns": [1000.0] })), Err(anyhow::anyhow!("it was lost"))], None);
        assert_eq!(figure.value(), None);
        assert!(matches!(figure.missing, Some(Missing::Failed(why)) if why == "it was lost"));
    }

    #[test]
    fn no_number_where_there_should_be_one_is_a_failure() {
        assert!(matches!(figure([Ok(json!({ "ns": [] }))], None).missing, Some(Missing::Failed(_))));
    }
}
