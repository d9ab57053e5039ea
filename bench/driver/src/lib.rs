//! Weighs and times the crate beside others, and beside plain JavaScript, in real browsers.

mod browser;
mod build;
mod chart;
mod check;
mod measures;
mod prove;
mod report;
mod results;
mod rounds;
mod stats;
mod subjects;
mod thread;
mod weigh;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use onclose_rig::driver::DriverProgram;
use onclose_rig::engine::Engine;
use onclose_rig::peers::{LocalPeer, PeerProcess};
use onclose_rig::results::seconds;
use onclose_rig::setup::browsers;
use onclose_rig::site::peer_url;
use onclose_rig::workspace::Workspace;
use serde_json::json;

use self::browser::{BenchSite, Browser};
use self::measures::{MEASURES, Measure, Pace, Work};
use self::results::{Crossings, Results};
use self::rounds::Rounds;
use self::subjects::{Named, Way};

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Measure for about three minutes instead of twenty
    #[arg(long)]
    quick: bool,
    /// Run only in this engine (repeatable)
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Vec<Engine>,
    /// Take only this measure (repeatable)
    #[arg(long, value_name = "MEASURE", value_parser = PossibleValuesParser::new(Measure::values()))]
    only: Vec<String>,
    /// Measure only this subject (repeatable)
    #[arg(long, value_name = "SUBJECT", value_parser = PossibleValuesParser::new(subjects::ids()))]
    subject: Vec<String>,
    /// Count the calls between JavaScript and wasm instead of timing them
    #[arg(long, conflicts_with_all = ["quick", "only", "check", "chart", "budget"])]
    crossings: bool,
    /// Smoke test and size budget only
    #[arg(long, conflicts_with_all = ["quick", "only", "subject", "engine", "chart", "budget"])]
    check: bool,
    /// Write the chart of sizes, docs/bench.svg
    #[arg(long)]
    chart: bool,
    /// Update bench/budget.json with the measured sizes
    #[arg(long)]
    budget: bool,
}

/// What `--check` measures: sizes, and measures without and with the network, by a sink, and with backpressure.
const SAMPLE: [&str; 6] = ["sizes", "text64", "echo-binary", "sink-run", "forward", "upload"];

impl BenchArgs {
    fn pace(&self) -> Pace {
        match () {
            () if self.check => Pace::Check,
            () if self.quick => Pace::Quick,
            () => Pace::Whole,
        }
    }

    fn measures(&self) -> Vec<&'static Measure> {
        let chosen: Vec<&str> = match () {
            () if self.check => SAMPLE.to_vec(),
            () if self.crossings => Vec::new(),
            () if self.only.is_empty() => return MEASURES.iter().collect(),
            () => self.only.iter().map(String::as_str).collect(),
        };
        chosen.into_iter().filter_map(Measure::named).collect()
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
    let programs = browsers::ensure(workspace, args.engines()).await?;
    let (weighed, timed): (Vec<_>, Vec<_>) =
        args.measures().into_iter().partition(|measure| matches!(measure.work, Work::Sizes));
    let compiled = if timed.is_empty() && !args.crossings { &[][..] } else { &named };
    let page = build::page(workspace, compiled)?;
    let sizes = match weighed.is_empty() {
        true => Vec::new(),
        false => weigh::weigh(workspace, &named, &page)?,
    };
    let peer = PeerProcess::start(workspace).await?;
    let site = BenchSite::start(&page, peer.address).await?;
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
        let peer = peer_url(peer.address);
        let run = Run { workspace, args, site: &site, peer: &peer, timed: &timed, first: number == 0 };
        // A failure in one engine does not discard the measurements of the others.
        if let Err(error) = run.engine(program, &mut results).await {
            println!("FAILED: {error:#}");
            broken.push(format!("{}: {error:#}", program.engine.name()));
        }
    }
    finish(workspace, args, &results, broken, begun)
}

/// Builds and serves the bench's page with all subjects, until it is interrupted.
pub async fn open(workspace: &Workspace) -> Result<()> {
    let named = subjects::chosen(workspace, &[])?;
    let page = build::page(workspace, &named)?;
    let mut peer = LocalPeer::start(None).await?;
    let site = BenchSite::start(&page, peer.address()).await?;
    println!("\nThe bench's page: {}", site.site.url);
    println!("In its console:");
    let ids: Vec<_> = named.iter().map(|named| named.id).collect();
    println!("  await bench.load({})", json!(ids));
    for measure in MEASURES {
        if let Work::Job { name, args, .. } = &measure.work {
            let mut args = args(Pace::Check);
            args["subject"] = json!("onclose");
            args["peer"] = json!(peer_url(peer.address()));
            println!("  await bench.run({}, {args})", json!(name));
        }
    }
    println!("Jobs are in bench/page, subjects in bench/subjects. Ctrl-C ends it.");
    peer.ended().await
}

/// The part of one engine.
struct Run<'a> {
    workspace: &'a Workspace,
    args: &'a BenchArgs,
    site: &'a BenchSite,
    peer: &'a str,
    timed: &'a [&'static Measure],
    /// What does not depend on the engine is done in the first one.
    first: bool,
}

impl Run<'_> {
    async fn engine(&self, program: &DriverProgram, results: &mut Results) -> Result<()> {
        let engine = program.engine;
        let mut browser = Browser::start(self.workspace, program, self.site).await?;
        let version = browser.version()?;
        println!("\n=== {version}");
        results.browsers.push(results::Browser { engine: engine.name(), version });
        let done = self.in_browser(engine, &mut browser, results).await;
        browser.end().await;
        done
    }

    async fn in_browser(&self, engine: Engine, browser: &mut Browser, results: &mut Results) -> Result<()> {
        let subjects = results.subjects.clone();
        if self.first && !results.sizes.is_empty() {
            prove::prove(browser, self.peer, &subjects).await?;
            println!("The weighed apps work.");
        }
        for &measure in self.timed {
            let begun = Instant::now();
            let mut rounds = Rounds { browser, engine, peer: self.peer, pace: self.args.pace() };
            results.figures.extend(rounds.measure(measure, &subjects).await?);
            println!("{}: {}", measure.name, seconds(begun.elapsed()));
        }
        if self.args.crossings {
            self.crossings(engine, browser, &subjects, results).await?;
        }
        if self.args.check {
            check::refusals(browser, self.peer).await?;
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
        // Streams have no events to dispatch, and plain JavaScript makes no calls to wasm.
        for named in subjects.iter().filter(|named| named.subject.folder.is_some() && named.subject.way != Way::Streams)
        {
            browser.open_page("#crossings", &[]).await?;
            let args = json!({ "subject": named.id, "peer": self.peer });
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
        bail!("Some measurements failed:\n{}", failures.join("\n"));
    }
    if args.chart {
        let chart = workspace.root().join("docs").join("bench.svg");
        report::write_chart(results, &chart)?;
        println!("The chart: {}", chart.display());
    }
    if args.budget {
        check::write_budget(workspace, results)?;
    }
    if args.check {
        check::budget(workspace, results)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_consists_of_measures() {
        assert!(SAMPLE.iter().all(|name| Measure::named(name).is_some()));
    }
}
