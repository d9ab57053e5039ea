//! Plays the cases in an engine, judges them, and reports.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use onclose_rig::engine::Engine;
use onclose_rig::results::Suite;

use super::addresses::{Addresses, Spot};
use super::cases::{self, Case, Kind};
use super::judge::{self, View, judgement};
use super::log::{At, CrateEvent, PlainEvent};
use super::record::Record;
use super::report::{self, CaseReport, EngineReport, Played};
use super::script::{Crowd, Script};
use super::{CrateScripts, PlainScripts, Scripts, docs, wording};
use crate::browser::{Browser, Scope, Side, Started};
use crate::driver::Lab;
use crate::job::Job;

/// Scripts on each side that run at the same time. Chromium throttles a page with many handshakes at once.
const TOGETHER: usize = 4;
/// How often a race is played on each side: which of two events comes first is found out by trying.
const TRIES: (usize, usize) = (16, 4);
/// For the record, which is to have the rare orders too.
const RECORD_TRIES: usize = 64;
/// How often a plain WebSocket repeats a race to find an order that only the crate has shown.
const SEARCHES: usize = 12;

/// How long a plain WebSocket is observed, in milliseconds.
const PATIENCE_MS: u32 = 15_000;
/// For all scripts of one kind together.
const LIMIT: Duration = Duration::from_secs(180);

fn name(case: &Case, scope: Scope) -> String {
    format!("{}_in_a_{}", case.name, scope.name())
}

pub(crate) fn tests() -> Vec<String> {
    let cases = cases::all();
    cases.iter().flat_map(|case| Scope::ALL.map(|scope| name(case, scope))).collect()
}

pub(crate) async fn run(lab: &Lab<'_>, suite: &mut Suite<'_>) {
    if let Err(error) = Run::play_all(lab, suite).await {
        suite.fail("not played to the end", &error);
    }
}

/// Returns the script of a case, as it is played in this engine.
fn script(addresses: &Addresses, engine: Engine, case: &Case, spot: Spot, index: usize, run: usize) -> Result<Script> {
    let long = case.kind == Kind::Long;
    let most = match engine {
        Engine::Chromium => 255,
        Engine::Firefox => 200,
        Engine::Webkit => 199,
    };
    let long_patience = match engine {
        // It waits a minute for the answer to a Close; the others wait 20 and 5 seconds.
        Engine::Chromium => 65_000,
        Engine::Firefox | Engine::Webkit => 25_000,
    };
    let crowd = (case.kind == Kind::Crowded).then(|| Crowd { url: addresses.crowd(spot), count: most });
    Ok(Script {
        url: addresses.url(case, spot, index, run)?,
        protocols: case.protocols.clone(),
        crowd,
        at_once: case.at_once.clone(),
        on_open: case.on_open.clone(),
        on_message: case.on_message.clone(),
        patience: if long { long_patience } else { PATIENCE_MS },
        limits: judge::limits(case),
    })
}

/// Returns the scripts of all cases whose names contain `filter`, and the peer that serves them until it is dropped.
pub(crate) async fn scripts_by_hand(filter: &str) -> Result<(impl std::fmt::Debug, serde_json::Value)> {
    let addresses = Addresses::start().await?;
    let mut scripts = Vec::new();
    for (index, case) in cases::all().iter().enumerate().filter(|(_, case)| case.name.contains(filter)) {
        let of = |side| script(&addresses, Engine::Chromium, case, Spot { scope: Scope::Page, side }, index, 0);
        scripts.push(serde_json::json!({
            "name": case.name, "group": case.group.title(), "guarded": case.kind == Kind::Guarded,
            "plain": of(Side::Plain)?, "crate": of(Side::Crate)?,
        }));
    }
    ensure!(!scripts.is_empty(), "No case has {filter:?} in its name.");
    Ok((addresses, scripts.into()))
}

struct Run<'a> {
    lab: &'a Lab<'a>,
    addresses: Addresses,
    browser: Browser,
    /// The chosen cases, with their positions among all cases.
    cases: Vec<(usize, Case)>,
    record: Record,
    done: Vec<CaseReport>,
}

impl<'a> Run<'a> {
    async fn play_all(lab: &'a Lab<'a>, suite: &mut Suite<'_>) -> Result<()> {
        let begun = Instant::now();
        let cases: Vec<_> = (cases::all().into_iter().enumerate())
            .filter(|(_, case)| Scope::ALL.iter().any(|scope| lab.wants(&name(case, *scope))))
            .collect();
        if cases.is_empty() {
            return Ok(());
        }
        let addresses = Addresses::start().await?;
        let browser = lab.browser().await?;
        let version = browser.session().version()?;
        suite.say(&version);
        let record = Record::read(lab.workspace, lab.engine)?;
        let mut run = Self { lab, addresses, browser, cases, record, done: Vec::new() };
        let result = run.play_kinds(suite).await;
        let Self { browser, mut record, done, .. } = run;
        browser.close().await;

        say_changes(lab, suite, &record, &done);
        if lab.record {
            if result.is_err() || done.is_empty() || done.iter().any(|case| case.failure.is_some()) {
                suite.say("Nothing was recorded, since not everything was played and passed.");
            } else {
                let all: BTreeSet<_> = cases::all().into_iter().map(|case| case.name).collect();
                record.update(&version, &done, lab.whole && lab.filter.is_none(), &all);
                record.write(lab.workspace, lab.engine)?;
                suite.say(&format!("Recorded, and wrote {}.", docs::write(lab.workspace)?.display()));
            }
        }
        let seconds = begun.elapsed().as_secs();
        let entry = EngineReport { browser: version, whole: lab.whole, seconds, cases: done };
        suite.say(&format!("The report is {}.", report::write(&lab.output(), lab.engine, entry)?.display()));
        result
    }

    /// A sample has the quick cases in a page; a filter, and a whole run, have every kind in both scopes.
    async fn play_kinds(&mut self, suite: &mut Suite<'_>) -> Result<()> {
        let whole = self.lab.whole || self.lab.filter.is_some();
        let scopes: &[Scope] = if whole { &Scope::ALL } else { &[Scope::Page] };
        for &scope in scopes {
            self.play(scope, Kind::Quick, suite).await?;
        }
        if !whole {
            return Ok(());
        }
        // Before the cases that leave sockets behind in the browser.
        for &scope in scopes {
            self.play(scope, Kind::Crowded, suite).await?;
        }
        self.play_long(suite).await?;
        if self.cases.iter().any(|(_, case)| case.kind == Kind::Guarded) {
            self.browser.goto(&format!("{}?guarded", self.lab.page)).await?;
            for &scope in scopes {
                self.play(scope, Kind::Guarded, suite).await?;
            }
        }
        Ok(())
    }

    /// Plays all cases of a kind in one scope, and judges them.
    async fn play(&mut self, scope: Scope, kind: Kind, suite: &mut Suite<'_>) -> Result<()> {
        let cases = self.chosen(scope, kind);
        if cases.is_empty() {
            return Ok(());
        }
        let (plain, ours) = if kind == Kind::Crowded {
            // Each side needs all sockets that the page may have, in WebKit including those that were rejected.
            self.browser.goto(self.lab.page).await?;
            let plain = self.start(&cases, scope, Side::Plain, 0, PlainScripts).await?.end(&self.browser).await?;
            self.browser.goto(self.lab.page).await?;
            (plain, self.start(&cases, scope, Side::Crate, 0, CrateScripts).await?.end(&self.browser).await?)
        } else {
            let plain = self.start(&cases, scope, Side::Plain, 0, PlainScripts).await?;
            let ours = self.start(&cases, scope, Side::Crate, 0, CrateScripts).await?;
            (plain.end(&self.browser).await?, ours.end(&self.browser).await?)
        };
        self.judge(scope, cases, plain, ours, suite).await
    }

    /// Plays the cases in which one side waits, in both scopes at the same time.
    async fn play_long(&mut self, suite: &mut Suite<'_>) -> Result<()> {
        let mut begun = Vec::new();
        for scope in Scope::ALL {
            let cases = self.chosen(scope, Kind::Long);
            if !cases.is_empty() {
                let plain = self.start(&cases, scope, Side::Plain, 0, PlainScripts).await?;
                let ours = self.start(&cases, scope, Side::Crate, 0, CrateScripts).await?;
                begun.push((scope, cases, plain, ours));
            }
        }
        for (scope, cases, plain, ours) in begun {
            let (plain, ours) = (plain.end(&self.browser).await?, ours.end(&self.browser).await?);
            self.judge(scope, cases, plain, ours, suite).await?;
        }
        Ok(())
    }

    fn chosen(&self, scope: Scope, kind: Kind) -> Vec<(usize, Case)> {
        let wanted = |case: &Case| case.kind == kind && self.lab.wants(&name(case, scope));
        self.cases.iter().filter(|(_, case)| wanted(case)).cloned().collect()
    }

    /// Starts the scripts of one side; their runs are numbered from `first`.
    async fn start<J: Job>(
        &self,
        cases: &[(usize, Case)],
        scope: Scope,
        side: Side,
        first: usize,
        job: fn(Scripts) -> J,
    ) -> Result<Playing<J>> {
        let mut scripts = Vec::new();
        let mut runs = Vec::new();
        for (index, case) in cases {
            let tries = self.tries(case, side);
            runs.push(tries);
            for run in first..first + tries {
                let spot = Spot { scope, side };
                scripts.push(script(&self.addresses, self.lab.engine, case, spot, *index, run)?);
            }
        }
        let together = if cases.iter().any(|(_, case)| case.kind == Kind::Long) { scripts.len() } else { TOGETHER };
        let job = self.browser.start(scope, side, &job(Scripts { scripts, together })).await?;
        Ok(Playing { job, runs })
    }

    fn tries(&self, case: &Case, side: Side) -> usize {
        match side {
            _ if !case.races => 1,
            Side::Plain if self.lab.record => RECORD_TRIES,
            Side::Plain => TRIES.0,
            Side::Crate => TRIES.1,
        }
    }

    /// Judges the cases, and adds each to the suite as a test.
    async fn judge(
        &mut self,
        scope: Scope,
        cases: Vec<(usize, Case)>,
        plain: Vec<Vec<Vec<At<PlainEvent>>>>,
        ours: Vec<Vec<Vec<At<CrateEvent>>>>,
        suite: &mut Suite<'_>,
    ) -> Result<()> {
        let uncaught = format!("nothing_is_uncaught_in_a_{}_with_{}_cases", scope.name(), cases.len());
        suite.test(&uncaught, self.browser.nothing_uncaught().await.map(|()| ""));
        let mut judging = Vec::new();
        for (((index, case), plain), ours) in cases.iter().zip(plain).zip(ours) {
            judging.push(self.judge_one(scope, *index, case, plain, ours));
        }
        for report in futures_util::future::join_all(judging).await {
            let report = report?;
            let result = match &report.failure {
                None => Ok(report.rules.iter().map(|rule| rule.name()).collect::<Vec<_>>().join(", ")),
                Some(failure) => Err(anyhow!(
                    "{failure}\n  plain: {}\n  crate: {}",
                    report.lines.join("\n         "),
                    report.our_lines.join("\n         ")
                )),
            };
            suite.test(&format!("{}_in_a_{}", report.name, scope.name()), result);
            self.done.push(report);
        }
        Ok(())
    }

    async fn judge_one(
        &self,
        scope: Scope,
        index: usize,
        case: &Case,
        plain: Vec<Vec<At<PlainEvent>>>,
        ours: Vec<Vec<At<CrateEvent>>>,
    ) -> Result<CaseReport> {
        let [plain_spot, our_spot] = Side::ALL.map(|side| Spot { scope, side });
        let view = View::of(case, &plain, &ours);
        let mut plain = self.with_peer(case, index, plain_spot, plain, 0, view).await;
        let ours = self.with_peer(case, index, our_spot, ours, 0, view).await;
        let mut result = judgement(case, &plain, &ours, view);
        // An order that only the crate has shown may be rare: the plain WebSocket has to show it too.
        for _ in 0..SEARCHES {
            if result.is_ok() || !case.races {
                break;
            }
            let (first, one) = (plain.len(), [(index, case.clone())]);
            let more = self.start(&one, scope, Side::Plain, first, PlainScripts).await?.end(&self.browser).await?;
            let more = more.into_iter().flatten().collect();
            plain.extend(self.with_peer(case, index, plain_spot, more, first, view).await);
            result = judgement(case, &plain, &ours, view);
        }
        let (rules, failure) = match result {
            Ok(rules) => (rules, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let [lines, short] = [wording::line, wording::short].map(|of| distinct(&plain, of));
        let [our_lines, our_short] = [wording::crate_line, wording::crate_short].map(|of| distinct(&ours, of));
        let changed = self.record.change(&case.name, scope, &lines.iter().cloned().collect(), case.races);
        let (name, scope, races) = (case.name.clone(), scope.name().to_owned(), case.races);
        Ok(CaseReport { name, scope, races, plain, ours, rules, failure, changed, short, our_short, lines, our_lines })
    }

    /// Adds to each log what the peer saw of it; their runs are numbered from `first`.
    async fn with_peer<T>(
        &self,
        case: &Case,
        index: usize,
        spot: Spot,
        logs: Vec<Vec<At<T>>>,
        first: usize,
        view: View,
    ) -> Vec<Played<T>> {
        let mut played = Vec::new();
        for (run, log) in logs.into_iter().enumerate() {
            let saw = match case.reaches_the_peer() {
                true => self.addresses.saw(spot, index, first + run, view.wait_ms()).await,
                false => None,
            };
            played.push(Played { log, saw });
        }
        played
    }
}

/// Returns the distinct forms of these logs, sorted.
fn distinct<T>(played: &[Played<T>], form: fn(&[At<T>]) -> String) -> Vec<String> {
    let forms: BTreeSet<_> = played.iter().map(|played| form(&played.log)).collect();
    forms.into_iter().collect()
}

/// Prints where the plain WebSocket differs from the record, and which cases stay without a record.
fn say_changes(lab: &Lab<'_>, suite: &mut Suite<'_>, record: &Record, done: &[CaseReport]) {
    let engine = lab.engine.name();
    let missing: BTreeSet<_> =
        done.iter().map(|case| &case.name).filter(|name| !record.cases.contains_key(*name)).collect();
    if !missing.is_empty() && !lab.record {
        suite.say(&format!("\nNOT RECORDED in {engine}: {} case(s).", missing.len()));
        for name in missing {
            suite.say(&format!("  cargo xtask test --faults --record --engine {engine} {name}"));
        }
    }
    let changes: Vec<_> = done.iter().filter_map(|case| case.changed.as_ref().map(|change| (case, change))).collect();
    if !changes.is_empty() {
        suite.say(&format!("\nDIFFERENT FROM THE RECORD: {} since {:?}.", changes.len(), record.browser));
        for (case, change) in changes {
            suite.say(&format!("  {} in a {}: {change}", case.name, case.scope));
        }
        suite.say("If engines do this now: cargo xtask test --faults --part matrix --record");
    }
}

/// A started job whose answer is a log for each run of each case.
struct Playing<J> {
    job: Started<J>,
    runs: Vec<usize>,
}

impl<J: Job<Answer = Vec<Vec<At<T>>>>, T> Playing<J> {
    async fn end(self, browser: &Browser) -> Result<Vec<Vec<Vec<At<T>>>>> {
        let mut logs = browser.end(&self.job, LIMIT).await?.into_iter();
        let cases: Vec<Vec<_>> = self.runs.iter().map(|runs| logs.by_ref().take(*runs).collect()).collect();
        let complete = logs.len() == 0 && cases.iter().zip(&self.runs).all(|(logs, runs)| logs.len() == *runs);
        ensure!(complete, "Some scripts have no log.");
        Ok(cases)
    }
}
