//! Cycles leave nothing in memory, and no more on the heap than the same cycles in plain JavaScript.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use onclose_rig::engine::Engine;
use onclose_rig::results::Suite;
use onclose_rig::session::Heap;
use serde_json::{Value, json};

use super::{Cycles, How};
use crate::browser::{Browser, Scope, Side};
use crate::load::Held;
use crate::load::driver::{LIMIT, Run, bytes};
use crate::load::figures::Figures;

/// The cycles are run in this many rounds, alternating with those in plain JavaScript.
const ROUNDS: u32 = 4;
/// Heap bytes that each cycle may leave beyond those of plain JavaScript. Rounds of the same script differ by up to 3; a
/// leaked closure costs over 100.
const MORE_EACH: f64 = 8.0;
/// And once, for code that the engine recompiles when it is hot: 22 KB were measured.
const MORE_ONCE: f64 = 32.0 * 1024.0;
/// By how much the browser's own objects may grow for each pair of cycles. Its tables double and halve, by 290 KB in all;
/// a leaked socket costs over 1 KB.
const EMBEDDER_EACH: f64 = 512.0;

/// What was measured.
#[derive(Debug)]
struct Cycled {
    before: Held,
    after: Held,
    millis_each: f64,
    /// In Chromium only.
    heap: Option<Grown>,
}

/// By how much the JavaScript heap grew, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Grown {
    plain: f64,
    ours: f64,
    /// The browser's own objects, of both.
    embedder: f64,
}

const HOW: [(How, &str); 2] = [(How::Close, "open_and_close"), (How::Drop, "open_and_drop")];

fn names(what: &str) -> [String; 2] {
    [format!("{what}_leaves_nothing_in_memory"), format!("{what}_leaves_no_more_on_the_heap_than_plain_javascript")]
}

pub(in crate::load) fn tests() -> Vec<String> {
    HOW.into_iter().flat_map(|(_, what)| names(what)).collect()
}

pub(in crate::load) async fn run(run: &Run<'_>, suite: &mut Suite<'_>, figures: &mut Figures) {
    for (how, what) in HOW {
        let [flat, heap] = names(what);
        let has_heap = run.lab.engine == Engine::Chromium;
        let (wants_flat, wants_heap) = (run.lab.wants(&flat), has_heap && run.lab.wants(&heap));
        if !wants_flat && !wants_heap {
            continue;
        }
        // The heap is the browser's: with a new browser it has no pages of earlier tests.
        run.end_browser().await;
        let cycled = match run.alone(figures, async |browser| cycle(run, browser, how, has_heap).await).await {
            Ok(cycled) => cycled,
            Err(error) => {
                suite.test(&flat, Err::<&str, _>(error));
                continue;
            }
        };
        if wants_flat {
            figures.add(&flat, cycled.figures(run));
            suite.test(&flat, cycled.is_flat(run));
        }
        if let Some(grown) = cycled.heap.filter(|_| wants_heap) {
            figures.add(&heap, grown.figures(run));
            suite.test(&heap, grown.is_no_more(run));
        }
    }
}

async fn cycle(run: &Run<'_>, browser: &Browser, how: How, has_heap: bool) -> Result<Cycled> {
    let id = |side: Side| format!("{}-{how:?}-{}", side.job::<Cycles>(), run.lab.engine.name());
    let cycles = async |side: Side, count: u32| {
        let urls = run.peer.urls(&format!("/echo?id={}", id(side)));
        browser.run(Scope::Page, side, &Cycles { urls, how, count }, LIMIT).await
    };
    let ours = async |count| cycles(Side::Crate, count).await?.context("The crate reports no memory.");
    let heap_now = async || Ok::<_, anyhow::Error>(browser.session().heap().await?.unwrap_or_default());

    if has_heap {
        cycles(Side::Plain, run.size.warm_up).await?;
    }
    let mut before = ours(run.size.warm_up).await?.after;
    let (mut after, mut millis, mut grown) = (None, 0.0, Grown::default());
    let mut heap: Heap = heap_now().await?;
    let first = heap;
    for round in 0..ROUNDS {
        let count = run.size.cycles / ROUNDS;
        if has_heap {
            cycles(Side::Plain, count).await?;
            let now = heap_now().await?;
            grown.plain += now.used - heap.used;
            heap = now;
        }
        let begun = Instant::now();
        let flat = ours(count).await?;
        millis += begun.elapsed().as_secs_f64() * 1000.0;
        if round == 0 {
            before = flat.before;
        }
        after = Some(flat.after);
        if has_heap {
            let now = heap_now().await?;
            grown.ours += now.used - heap.used;
            heap = now;
        }
    }
    grown.embedder = heap.embedder - first.embedder;
    for side in Side::ALL.into_iter().filter(|side| has_heap || *side == Side::Crate) {
        let count = run.size.warm_up + run.size.cycles;
        let all = run.all_ended(&id(side), count.into()).await?;
        ensure!(all.closed == all.upgraded, "Of {} clients only {} sent a Close.", all.upgraded, all.closed);
    }
    let after = after.context("There was no round.")?;
    Ok(Cycled { before, after, millis_each: millis / f64::from(run.size.cycles), heap: has_heap.then_some(grown) })
}

impl Cycled {
    /// After the warm-up no byte of memory, no allocation and no JavaScript value may be added.
    fn is_flat(&self, run: &Run<'_>) -> Result<String> {
        let Self { before, after, millis_each, .. } = self;
        ensure!(after.wasm == before.wasm, "wasm memory grew from {} to {}.", bytes(before.wasm), bytes(after.wasm));
        ensure!(after.live == before.live, "{} are left allocated.", bytes(after.live - before.live));
        ensure!(after.values == before.values, "{} values are left.", after.values - before.values);
        Ok(format!(
            "{} cycles after {}, {millis_each:.1} ms each: wasm memory stays at {}, no allocation is added",
            run.size.cycles,
            run.size.warm_up,
            bytes(after.wasm),
        ))
    }

    fn figures(&self, run: &Run<'_>) -> Value {
        let Self { before, after, millis_each, .. } = self;
        json!({
            "warm_up": run.size.warm_up, "cycles": run.size.cycles, "at_a_time": run.peer.urls("").len(),
            "millis_each": millis_each,
            "wasm_bytes": after.wasm, "wasm_grown": after.wasm - before.wasm,
            "allocated": after.live, "allocated_grown": after.live - before.live,
            "values": after.values, "values_grown": after.values - before.values,
        })
    }
}

impl Grown {
    fn is_no_more(&self, run: &Run<'_>) -> Result<String> {
        let Self { plain, ours, embedder } = self;
        let cycles = f64::from(run.size.cycles);
        let (plain_each, ours_each) = (plain / cycles, ours / cycles);
        ensure!(
            ours - plain <= MORE_EACH * cycles + MORE_ONCE,
            "Each cycle of the crate leaves {ours_each:.1} B, each in plain JavaScript {plain_each:.1} B.",
        );
        ensure!(
            embedder / cycles <= EMBEDDER_EACH,
            "Each pair of cycles leaves {:.1} B of the browser's own objects.",
            embedder / cycles,
        );
        Ok(format!(
            "{cycles} cycles: {ours_each:+.1} B each, in plain JavaScript {plain_each:+.1} B; the browser's own objects: {:+.1} B",
            embedder / cycles
        ))
    }

    fn figures(&self, run: &Run<'_>) -> Value {
        let Self { plain, ours, embedder } = self;
        json!({
            "cycles": run.size.cycles, "heap_grown": ours, "heap_grown_in_plain_javascript": plain,
            "embedder_grown_by_both": embedder,
        })
    }
}
