//! `cargo xtask bench`: this crate beside others and beside none, weighed, and timed in real browsers.

mod browser;
mod build;
mod chart;
mod check;
mod measures;
mod peer;
mod prove;
mod report;
mod results;
mod rounds;
mod site;
mod stats;
mod subjects;
mod thread;
mod weigh;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use self::browser::Browser;
use self::measures::Pace;
use self::peer::Peer;
use self::results::{Crossings, Results};
use self::rounds::Place;
use self::site::Site;
use self::subjects::{Named, Way};
use onclose_rig::driver::{Engine, Program};
use onclose_rig::report::seconds;
use onclose_rig::setup::browsers;
use onclose_rig::site as serve;
use onclose_rig::workspace::Workspace;

pub use self::measures::Measure;

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// About three minutes instead of twenty
    #[arg(long)]
    quick: bool,
    /// Only in this engine (may be given more than once)
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Vec<Engine>,
    /// Only this measure (may be given more than once)
    #[arg(long, value_enum, value_name = "MEASURE")]
    only: Vec<Measure>,
    /// Only this subject (may be given more than once)
    #[arg(long, value_name = "SUBJECT", value_parser = clap::builder::PossibleValuesParser::new(subjects::ids()))]
    subject: Vec<String>,
    /// Count the calls between JavaScript and wasm instead of timing them
    #[arg(long, conflicts_with_all = ["quick", "only", "check", "chart", "budget"])]
    crossings: bool,
    /// Only see that the bench works, and that the crate is within its budget of bytes
    #[arg(long, conflicts_with_all = ["quick", "only", "subject", "engine", "chart", "budget"])]
    check: bool,
    /// Write the README's chart, docs/bench.svg
    #[arg(long)]
    chart: bool,
    /// Write the sizes that are found into bench/budget.json, as what may not be exceeded
    #[arg(long)]
    budget: bool,
}

/// The sample that `--check` takes: one measure without the network, and one with it.
const SAMPLE: [Measure; 3] = [Measure::Sizes, Measure::Text64, Measure::EchoBinary];

impl BenchArgs {
    fn pace(&self) -> Pace {
        match () {
            () if self.check => Pace::Check,
            () if self.quick => Pace::Quick,
            () => Pace::Whole,
        }
    }

    fn measures(&self) -> Vec<Measure> {
        match () {
            () if self.check => SAMPLE.to_vec(),
            () if self.crossings => Vec::new(),
            () if self.only.is_empty() => Measure::value_variants().to_vec(),
            () => self.only.clone(),
        }
    }

    fn engines(&self) -> &[Engine] {
        match () {
            () if self.check => &[Engine::Chromium],
            () if self.engine.is_empty() => &Engine::ALL,
            () => &self.engine,
        }
    }
}

pub async fn run(workspace: &Workspace, args: &BenchArgs) -> Result<ExitCode> {
    let begun = Instant::now();
    let named = subjects::chosen(workspace, &args.subject)?;
    let programs = browsers::ensure(workspace, args.engines())?;
    let measures = args.measures();
    let timed: Vec<_> = measures.iter().copied().filter(|&measure| measure != Measure::Sizes).collect();
    let compiled = if timed.is_empty() && !args.crossings { &[][..] } else { &named };
    let page = build::page(workspace, compiled)?;
    let sizes = match measures.contains(&Measure::Sizes) {
        true => weigh::weigh(workspace, &named, &page)?,
        false => Vec::new(),
    };
    let peer = Peer::start(workspace).await?;
    let site = Site::start(&page, peer.address).await?;
    let pace = args.pace();
    let mut results = Results {
        pace,
        rounds: pace.rounds(),
        browsers: Vec::new(),
        subjects: named.clone(),
        sizes,
        figures: Vec::new(),
        crossings: Vec::new(),
    };
    println!("Everything is built, after {}.", seconds(begun.elapsed()));
    let mut broken = Vec::new();
    for (number, program) in programs.iter().enumerate() {
        let run = Run { workspace, args, site: &site, peer: &peer, timed: &timed, first: number == 0 };
        // What was measured before, and in the other engines, is reported all the same.
        if let Err(error) = run.engine(program, &mut results).await {
            println!("FAILED: {error:#}");
            broken.push(format!("{}: {error:#}", program.engine.name()));
        }
    }
    finish(workspace, args, &results, broken, begun)
}

/// One engine's part.
struct Run<'a> {
    workspace: &'a Workspace,
    args: &'a BenchArgs,
    site: &'a Site,
    peer: &'a Peer,
    timed: &'a [Measure],
    /// What does not differ between engines is done in the first.
    first: bool,
}

impl Run<'_> {
    async fn engine(&self, program: &Program, results: &mut Results) -> Result<()> {
        let engine = program.engine;
        let mut browser = Browser::start(self.workspace, program).await?;
        println!("\n=== {}", browser.version());
        results.browsers.push(results::Browser { engine: engine.name(), version: browser.version() });
        let done = self.in_browser(engine, &mut browser, results).await;
        browser.end().await;
        done
    }

    async fn in_browser(&self, engine: Engine, browser: &mut Browser, results: &mut Results) -> Result<()> {
        let peer = self.peer.address;
        let subjects = results.subjects.clone();
        if self.first && !results.sizes.is_empty() {
            prove::prove(browser, self.site, peer, &subjects).await?;
            println!("The apps that were weighed do their work.");
        }
        for &measure in self.timed {
            let begun = Instant::now();
            let mut place = Place { browser, site: self.site, engine, peer, pace: self.args.pace() };
            results.figures.extend(place.measure(measure, &subjects).await?);
            let name = measure.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
            println!("{name}: {}", seconds(begun.elapsed()));
        }
        if self.args.crossings {
            self.crossings(engine, browser, &subjects, results).await?;
        }
        if self.args.check {
            check::refusals(browser, self.site, peer).await?;
        }
        Ok(())
    }

    async fn crossings(
        &self,
        engine: Engine,
        browser: &mut Browser,
        subjects: &[Named],
        results: &mut Results,
    ) -> Result<()> {
        // Streams have no events to dispatch, and plain JavaScript crosses no border.
        for named in subjects.iter().filter(|named| named.subject.folder.is_some() && named.subject.way != Way::Streams)
        {
            browser.page(self.site, "#crossings", &[]).await?;
            let args = json!({ "subject": named.id, "peer": serve::peer_url(self.peer.address) });
            let counts = browser.run("crossings", args).await.with_context(|| format!("Counting {}", named.id))?;
            results.crossings.push(Crossings { engine: engine.name(), subject: named.id, counts });
        }
        Ok(())
    }
}

fn finish(
    workspace: &Workspace,
    args: &BenchArgs,
    results: &Results,
    broken: Vec<String>,
    begun: Instant,
) -> Result<ExitCode> {
    let page = report::write(results, &workspace.target().join("bench"))?;
    report::print(results);
    println!("\nThe report: {}", page.display());
    println!("It took {}.", seconds(begun.elapsed()));
    let failures: Vec<_> = broken.into_iter().chain(results.failures()).collect();
    if !failures.is_empty() {
        bail!("Not everything could be measured:\n{}", failures.join("\n"));
    }
    if args.chart {
        let chart: PathBuf = workspace.root().join("docs").join("bench.svg");
        report::write_chart(results, &chart)?;
        println!("The README's chart: {}", chart.display());
    }
    if args.budget {
        check::write_budget(workspace, results)?;
    }
    if args.check {
        check::budget(workspace, results)?;
    }
    Ok(ExitCode::SUCCESS)
}
