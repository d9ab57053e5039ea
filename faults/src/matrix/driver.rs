//! The matrix: every fault, once in plain JavaScript and once over the crate, in the same page.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::addresses::{Ground, Side, Spot};
use super::cases::{Case, Kind};
use super::judge::{View, judgement};
use super::log::{At, Ours, Raw};
use super::record::{Record, Seen};
use super::report::{CaseReport, EngineReport, Played};
use super::script::{Crowd, Script};
use super::{cases, docs, judge, report, words};
use crate::driver::{Browser, Lab, Place, Tally};
use onclose_rig::driver::Engine;

/// Scripts on each side that run beside one another. Chromium holds a page back that connects to many at once.
const TOGETHER: usize = 4;
/// What can come first when two things happen at once is seen by trying.
const TRIES: (usize, usize) = (16, 4);
/// For the record, which is to have the rare orders too.
const RECORD_TRIES: usize = 64;
/// How often plain JavaScript tries again to find an order that was seen on our side only.
const SEARCHES: usize = 12;

/// How long plain JavaScript is watched.
const PATIENCE: u32 = 15_000;
/// For all scripts of one kind together.
const LIMIT: Duration = Duration::from_secs(180);
pub(crate) async fn run(lab: &Lab<'_>, tally: &mut Tally) {
    if let Err(error) = Run::play_all(lab, tally).await {
        tally.test("the_matrix_is_played", Err::<&str, _>(error));
    }
}

struct Run<'a> {
    lab: &'a Lab<'a>,
    ground: Ground,
    browser: Browser,
    /// Those that were asked for, with their numbers.
    cases: Vec<(usize, Case)>,
    record: Record,
    done: Vec<CaseReport>,
}

impl<'a> Run<'a> {
    async fn play_all(lab: &'a Lab<'a>, tally: &mut Tally) -> Result<()> {
        let begun = Instant::now();
        let cases: Vec<_> = (cases::all().into_iter().enumerate())
            .filter(|(_, case)| Place::ALL.iter().any(|place| lab.wants(&name(case, *place))))
            .collect();
        if cases.is_empty() {
            return Ok(());
        }
        let ground = Ground::start().await?;
        let browser = lab.browser().await?;
        let version = version(&browser)?;
        println!("{version}");
        let record = Record::read(lab.workspace, lab.engine)?;
        let mut run = Self { lab, ground, browser, cases, record, done: Vec::new() };
        let result = run.play_kinds(tally).await;
        let Self { browser, record, done, .. } = run;
        browser.close().await;

        tell_changes(&record, &done);
        if lab.record {
            if result.is_err() || !lab.whole || done.iter().any(|case| case.failure.is_some()) {
                println!("Nothing is recorded, as not everything was run and passed.");
            } else {
                record_anew(lab, record, &version, &done)?;
            }
        }
        let seconds = begun.elapsed().as_secs();
        let entry = EngineReport { browser: version, whole: lab.whole, seconds, cases: done };
        println!("The report is {}.", report::write(&lab.output(), lab.engine, entry)?.display());
        result
    }

    async fn play_kinds(&mut self, tally: &mut Tally) -> Result<()> {
        let places: &[Place] = if self.lab.whole { &Place::ALL } else { &[Place::Page] };
        for &place in places {
            self.play(place, Kind::Quick, tally).await?;
        }
        if !self.lab.whole {
            return Ok(());
        }
        // Before those that leave sockets behind in the browser.
        for &place in places {
            self.play(place, Kind::Crowded, tally).await?;
        }
        self.play_long(tally).await?;
        self.browser.goto(&format!("{}?guarded", self.lab.page)).await?;
        for &place in places {
            self.play(place, Kind::Guarded, tally).await?;
        }
        Ok(())
    }

    /// All cases of a kind in one place, and what became of them.
    async fn play(&mut self, place: Place, kind: Kind, tally: &mut Tally) -> Result<()> {
        let cases = self.chosen(place, kind);
        if cases.is_empty() {
            return Ok(());
        }
        let sides = [Side::Raw, Side::Ours].map(|side| Spot { place, side });
        let (raw, ours) = if kind == Kind::Crowded {
            // Each side needs all the room there is, in WebKit also that of sockets that were refused.
            self.browser.goto(self.lab.page).await?;
            let raw = self.start(&cases, sides[0], 0).await?.end(&self.browser).await?;
            self.browser.goto(self.lab.page).await?;
            (raw, self.start(&cases, sides[1], 0).await?.end(&self.browser).await?)
        } else {
            let (raw, ours) = (self.start(&cases, sides[0], 0).await?, self.start(&cases, sides[1], 0).await?);
            (raw.end(&self.browser).await?, ours.end(&self.browser).await?)
        };
        self.judge(place, cases, raw, ours, tally).await
    }

    /// Those that have to wait, in both places at once.
    async fn play_long(&mut self, tally: &mut Tally) -> Result<()> {
        let mut begun = Vec::new();
        for place in Place::ALL {
            let cases = self.chosen(place, Kind::Long);
            if !cases.is_empty() {
                let raw = self.start(&cases, Spot { place, side: Side::Raw }, 0).await?;
                let ours = self.start(&cases, Spot { place, side: Side::Ours }, 0).await?;
                begun.push((place, cases, raw, ours));
            }
        }
        for (place, cases, raw, ours) in begun {
            let (raw, ours) = (raw.end(&self.browser).await?, ours.end(&self.browser).await?);
            self.judge(place, cases, raw, ours, tally).await?;
        }
        Ok(())
    }

    fn chosen(&self, place: Place, kind: Kind) -> Vec<(usize, Case)> {
        let wanted = |case: &Case| case.kind == kind && self.lab.wants(&name(case, place));
        self.cases.iter().filter(|(_, case)| wanted(case)).cloned().collect()
    }

    /// Begins the scripts of one side; their runs are numbered from `first`.
    async fn start<T>(&self, cases: &[(usize, Case)], spot: Spot, first: usize) -> Result<Started<T>> {
        let mut scripts = Vec::new();
        let mut runs = Vec::new();
        for (index, case) in cases {
            let tries = self.tries(case, spot.side);
            runs.push(tries);
            for run in 0..tries {
                scripts.push(self.script(case, spot, *index, first + run)?);
            }
        }
        let together = if cases.iter().any(|(_, case)| case.kind == Kind::Long) { scripts.len() } else { TOGETHER };
        let job = match spot.side {
            Side::Raw => "raw.matrix",
            Side::Ours => "onclose.matrix",
        };
        let job = self.browser.start(spot.place, job, json!({ "scripts": scripts, "together": together })).await?;
        Ok(Started { job, runs, of: std::marker::PhantomData })
    }

    fn tries(&self, case: &Case, side: Side) -> usize {
        match side {
            _ if !case.races => 1,
            Side::Raw if self.lab.record => RECORD_TRIES,
            Side::Raw => TRIES.0,
            Side::Ours => TRIES.1,
        }
    }

    fn script(&self, case: &Case, spot: Spot, index: usize, run: usize) -> Result<Script> {
        let long = case.kind == Kind::Long;
        let most = match self.lab.engine {
            Engine::Chromium => 255,
            Engine::Firefox => 200,
            Engine::Webkit => 199,
        };
        let long_patience = match self.lab.engine {
            // It waits a minute for an answer to a Close, the others 20 and 5 seconds.
            Engine::Chromium => 65_000,
            Engine::Firefox | Engine::Webkit => 25_000,
        };
        let crowd = (case.kind == Kind::Crowded).then(|| Crowd { url: self.ground.crowd(spot), count: most });
        Ok(Script {
            url: self.ground.url(case, spot, index, run)?,
            protocols: case.protocols.clone(),
            crowd,
            at_once: case.at_once.clone(),
            on_open: case.on_open.clone(),
            on_message: case.on_message.clone(),
            patience: if long { long_patience } else { PATIENCE },
            limits: judge::limits(case),
        })
    }

    /// Compares, and tells.
    async fn judge(
        &mut self,
        place: Place,
        cases: Vec<(usize, Case)>,
        raw: Vec<Vec<Vec<At<Raw>>>>,
        ours: Vec<Vec<Vec<At<Ours>>>>,
        tally: &mut Tally,
    ) -> Result<()> {
        let stray = self.browser.stray().await?;
        let name_of_stray = format!("nothing_is_uncaught_in_a_{}_with_{}_cases", place.name(), cases.len());
        let caught =
            if stray.is_empty() { Ok("") } else { Err(anyhow::anyhow!("Nobody caught:\n{}", stray.join("\n"))) };
        tally.test(&name_of_stray, caught);
        let mut judging = Vec::new();
        for (((index, case), raw), ours) in cases.iter().zip(raw).zip(ours) {
            judging.push(self.judge_one(place, *index, case, raw, ours));
        }
        for report in futures_util::future::join_all(judging).await {
            let report = report?;
            let result = match &report.failure {
                None => {
                    let rules: Vec<_> = report.rules.iter().map(|rule| rule.name()).collect();
                    Ok(rules.join(", "))
                }
                Some(failure) => Err(anyhow::anyhow!(
                    "{failure}\n  plain: {}\n  ours:  {}",
                    report.lines.join("\n         "),
                    report.our_lines.join("\n         ")
                )),
            };
            tally.test(&format!("{}_in_a_{}", report.name, place.name()), result);
            self.done.push(report);
        }
        Ok(())
    }

    async fn judge_one(
        &self,
        place: Place,
        index: usize,
        case: &Case,
        raw: Vec<Vec<At<Raw>>>,
        ours: Vec<Vec<At<Ours>>>,
    ) -> Result<CaseReport> {
        let [raw_spot, our_spot] = [Side::Raw, Side::Ours].map(|side| Spot { place, side });
        let view = View::of(case, &raw, &ours);
        let mut raw = self.with_peer(case, index, raw_spot, raw, 0, view).await?;
        let ours = self.with_peer(case, index, our_spot, ours, 0, view).await?;
        let mut result = judgement(case, &raw, &ours, view);
        // Some orders are rare: one that only our side has seen so far has to be seen in plain JavaScript as well.
        for _ in 0..SEARCHES {
            if result.is_ok() || !case.races {
                break;
            }
            let first = raw.len();
            let more = self.start(&[(index, case.clone())], raw_spot, first).await?.end(&self.browser).await?;
            let more = more.into_iter().flatten().collect();
            raw.extend(self.with_peer(case, index, raw_spot, more, first, view).await?);
            result = judgement(case, &raw, &ours, view);
        }
        let (rules, failure) = match result {
            Ok(rules) => (rules, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let mut lines: Vec<_> = raw.iter().map(|played| words::line(&played.log)).collect();
        let mut short: Vec<_> = raw.iter().map(|played| words::short(&played.log)).collect();
        let mut our_lines: Vec<_> = ours.iter().map(|played| words::our_line(&played.log)).collect();
        let mut our_short: Vec<_> = ours.iter().map(|played| words::our_short(&played.log)).collect();
        for list in [&mut lines, &mut short, &mut our_lines, &mut our_short] {
            list.sort();
            list.dedup();
        }
        let seen = Seen { logs: lines.iter().cloned().collect(), ..Seen::default() };
        let changed = self.record.change(&case.name, place, &seen, case.races);
        let (name, place) = (case.name.clone(), place.name().to_owned());
        Ok(CaseReport {
            name,
            place,
            races: case.races,
            raw,
            ours,
            rules,
            failure,
            changed,
            short,
            our_short,
            lines,
            our_lines,
        })
    }

    /// Each log with what the peer saw of it; their runs are numbered from `first`.
    async fn with_peer<T>(
        &self,
        case: &Case,
        index: usize,
        spot: Spot,
        logs: Vec<Vec<At<T>>>,
        first: usize,
        view: View,
    ) -> Result<Vec<Played<T>>> {
        let mut played = Vec::new();
        for (run, log) in logs.into_iter().enumerate() {
            let saw = if case.reaches_the_peer() {
                self.ground.saw(&Ground::id(spot, index, first + run), view.wait()).await?
            } else {
                None
            };
            played.push(Played { log, saw });
        }
        Ok(played)
    }
}

/// Says aloud what plain JavaScript sees otherwise than was recorded.
fn tell_changes(record: &Record, done: &[CaseReport]) {
    if record.cases.is_empty() {
        println!("\nNothing was recorded of this engine: cargo xtask test --faults --part matrix --record");
    }
    let changes: Vec<_> = done.iter().filter_map(|case| case.changed.as_ref().map(|change| (case, change))).collect();
    if changes.is_empty() {
        return;
    }
    println!("\nRAW LOGS CHANGED: {} since {:?} was recorded.", changes.len(), record.browser);
    for (case, change) in changes {
        println!("  {} in a {}: {change}", case.name, case.place);
    }
    println!("If this is what engines do now: cargo xtask test --faults --part matrix --record");
}

fn record_anew(lab: &Lab<'_>, mut record: Record, version: &str, done: &[CaseReport]) -> Result<()> {
    let before = std::mem::replace(&mut record.browser, version.to_owned());
    let known: Vec<_> = cases::all().into_iter().map(|case| case.name).collect();
    record.cases.retain(|name, _| known.contains(name));
    for case in done {
        let mut seen = Seen {
            logs: case.lines.iter().cloned().collect(),
            short: case.short.iter().cloned().collect(),
            rules: case.rules.iter().copied().collect(),
        };
        let places = record.cases.entry(case.name.clone()).or_default();
        // An order that is rare is not forgotten because it was not seen this time.
        if let Some(earlier) = places.remove(&case.place).filter(|_| case.races && before == version) {
            seen.logs.extend(earlier.logs);
            seen.short.extend(earlier.short);
            seen.rules.extend(earlier.rules);
        }
        places.insert(case.place.clone(), seen);
    }
    record.write(lab.workspace, lab.engine)?;
    println!("Recorded, and written: {}", docs::write(lab.workspace)?.display());
    Ok(())
}

/// A job whose answer is a log for each run of each case.
struct Started<T> {
    job: crate::browser::Job,
    runs: Vec<usize>,
    of: std::marker::PhantomData<T>,
}

impl<T: DeserializeOwned> Started<T> {
    async fn end(self, browser: &Browser) -> Result<Vec<Vec<Vec<At<T>>>>> {
        let mut logs: std::vec::IntoIter<_> = browser.end::<Vec<Vec<At<T>>>>(&self.job, LIMIT).await?.into_iter();
        let cases: Vec<Vec<_>> = self.runs.iter().map(|runs| logs.by_ref().take(*runs).collect()).collect();
        if logs.len() > 0 || cases.iter().zip(&self.runs).any(|(logs, runs)| logs.len() != *runs) {
            bail!("Not every script has a log.");
        }
        Ok(cases)
    }
}

fn name(case: &Case, place: Place) -> String {
    format!("{}_in_a_{}", case.name, place.name())
}

/// The browser's name and version.
fn version(browser: &Browser) -> Result<String> {
    let capabilities = browser.client().capabilities().context("The browser tells nothing of itself")?;
    let text = |key: &str| {
        let value = capabilities.get(key).and_then(|value| value.as_str());
        value.with_context(|| format!("The browser does not tell its {key}"))
    };
    Ok(format!("{} {}", text("browserName")?, text("browserVersion")?))
}
