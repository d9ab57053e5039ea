//! Open and close, open and drop: nothing may be left of any of them.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::driver::{Browser, Place, Tally};
use crate::load::driver::{LIMIT, Run, bytes};
use crate::load::figures::Figures;
use crate::load::heap::{self, Heap};
use onclose_rig::driver::Engine;

/// The cycles are run in so many parts, by turns with those in plain JavaScript.
const ROUNDS: u32 = 4;
/// What ours may leave on the JavaScript heap beyond what plain JavaScript leaves, in bytes for each cycle. Rounds of
/// the same script differ by up to 3; a closure that is left costs over 100.
const MORE_EACH: f64 = 8.0;
/// And once, for code that the engine compiles anew when it has run often enough: 22 KB were seen.
const MORE_ONCE: f64 = 32.0 * 1024.0;

/// What the module holds.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Held {
    wasm: f64,
    live: f64,
    values: f64,
}

#[derive(Debug, Deserialize)]
struct Flat {
    before: Held,
    after: Held,
}

/// What was measured: `heap` in Chromium only.
#[derive(Debug)]
struct Cycled {
    before: Held,
    after: Held,
    millis_each: f64,
    heap: Option<Grown>,
}

/// By how much the JavaScript heap grew, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Grown {
    raw: f64,
    ours: f64,
    /// The browser's own objects, of both.
    embedder: f64,
}

pub(in crate::load) async fn run(run: &Run<'_>, tally: &mut Tally, figures: &mut Figures) {
    for (how, what) in [("close", "open_and_close"), ("drop", "open_and_drop")] {
        let flat = format!("{what}_leaves_nothing_in_memory");
        let heap = format!("{what}_leaves_no_more_on_the_heap_than_plain_javascript");
        let has_heap = run.lab.engine == Engine::Chromium;
        let (wants_flat, wants_heap) = (run.lab.wants(&flat), has_heap && run.lab.wants(&heap));
        if !wants_flat && !wants_heap {
            continue;
        }
        // The heap is the browser's, and an earlier page may be kept in it, or not.
        run.end_browser().await;
        let result = run.alone(figures, async |browser| cycle(run, browser, how, has_heap).await).await;
        let cycled = match result {
            Ok(cycled) => cycled,
            Err(error) => {
                tally.test(&flat, Err::<&str, _>(error));
                continue;
            }
        };
        if wants_flat {
            figures.add(&flat, cycled.figures(run));
            tally.test(&flat, cycled.is_flat(run));
        }
        if let Some(grown) = cycled.heap.filter(|_| wants_heap) {
            figures.add(&heap, grown.figures(run));
            tally.test(&heap, grown.is_no_more(run));
        }
    }
}

async fn cycle(run: &Run<'_>, browser: &Browser, how: &str, has_heap: bool) -> Result<Cycled> {
    let id = format!("{how}-{}", run.lab.engine.name());
    let args = |kind: &str, count: u32| {
        let urls = run.peer.all(&format!("/echo?id={kind}-{id}"));
        json!({ "urls": urls, "how": how, "count": count })
    };
    let raw =
        async |count| -> Result<Value> { browser.run(Place::Page, "raw.cycles", args("raw", count), LIMIT).await };
    let ours =
        async |count| -> Result<Flat> { browser.run(Place::Page, "onclose.cycles", args("ours", count), LIMIT).await };

    if has_heap {
        raw(run.size.warm_up).await?;
    }
    let mut before = ours(run.size.warm_up).await?.after;
    let (mut after, mut millis, mut grown) = (None, 0.0, Grown::default());
    let mut heap = if has_heap { Heap::of(browser).await? } else { Heap::default() };
    let first = heap;
    for round in 0..ROUNDS {
        let count = run.size.cycles / ROUNDS;
        if has_heap {
            raw(count).await?;
            let now = Heap::of(browser).await?;
            grown.raw += now.used - heap.used;
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
            let now = Heap::of(browser).await?;
            grown.ours += now.used - heap.used;
            heap = now;
        }
    }
    grown.embedder = heap.embedder - first.embedder;
    for kind in ["raw", "ours"].into_iter().filter(|kind| has_heap || *kind == "ours") {
        let count = run.size.warm_up + run.size.cycles;
        let all = run.all_ended(browser, &format!("{kind}-{id}"), count.into()).await?;
        ensure!(all.closed == all.upgraded, "Of {} clients only {} sent a Close.", all.upgraded, all.closed);
    }
    let after = after.context("There was no round.")?;
    Ok(Cycled { before, after, millis_each: millis / f64::from(run.size.cycles), heap: has_heap.then_some(grown) })
}

impl Cycled {
    /// After the warm-up not a byte more of memory, not an allocation, not a value of JavaScript's.
    fn is_flat(&self, run: &Run<'_>) -> Result<String> {
        let Self { before, after, millis_each, .. } = self;
        ensure!(after.wasm == before.wasm, "wasm memory grew from {} to {}.", bytes(before.wasm), bytes(after.wasm));
        ensure!(after.live == before.live, "{} are left allocated.", bytes(after.live - before.live));
        ensure!(after.values == before.values, "{} values are left.", after.values - before.values);
        Ok(format!(
            "{} cycles after {}, {millis_each:.1} ms each: wasm memory stays at {}, nothing more is allocated",
            run.size.cycles,
            run.size.warm_up,
            bytes(after.wasm),
        ))
    }

    fn figures(&self, run: &Run<'_>) -> Value {
        let Self { before, after, millis_each, .. } = self;
        json!({
            "warm_up": run.size.warm_up, "cycles": run.size.cycles, "at_a_time": run.peer.hosts(),
            "millis_each": millis_each,
            "wasm_bytes": after.wasm, "wasm_grown": after.wasm - before.wasm,
            "allocated": after.live, "allocated_grown": after.live - before.live,
            "values": after.values, "values_grown": after.values - before.values,
        })
    }
}

impl Grown {
    fn is_no_more(&self, run: &Run<'_>) -> Result<String> {
        let Self { raw, ours, embedder } = self;
        let cycles = f64::from(run.size.cycles);
        let (raw_each, ours_each) = (raw / cycles, ours / cycles);
        ensure!(
            ours - raw <= MORE_EACH * cycles + MORE_ONCE,
            "Each of our cycles leaves {ours_each:.1} B, each of plain JavaScript's {raw_each:.1} B.",
        );
        ensure!(
            embedder / cycles <= heap::EMBEDDER_EACH,
            "Each pair of cycles leaves {:.1} B of the browser's own objects.",
            embedder / cycles,
        );
        Ok(format!(
            "{cycles} cycles: {ours_each:+.1} B each, in plain JavaScript {raw_each:+.1} B; the browser's own objects: {:+.1} B",
            embedder / cycles
        ))
    }

    fn figures(&self, run: &Run<'_>) -> Value {
        let Self { raw, ours, embedder } = self;
        json!({
            "cycles": run.size.cycles, "heap_grown": ours, "heap_grown_in_plain_javascript": raw,
            "embedder_grown_by_both": embedder,
        })
    }
}
