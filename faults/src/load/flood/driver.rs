//! Floods arrive complete and in order, and the buffers stay within their limits.

use anyhow::{Result, ensure};
use onclose_rig::results::Suite;
use serde_json::{Value, json};

use super::Flood;
use crate::browser::{Browser, Scope, Side};
use crate::load::driver::{LIMIT, MIB, RAISED_MARK, Run, bytes};
use crate::load::figures::Figures;

/// What memory may rise by beyond the limit and one message: gaps of the allocator, and pages of 64 KiB.
pub(in crate::load) const MORE: f64 = 0.5 * MIB;

const SEND_HIGH_WATER_MARK: f64 = MIB;

const SMALL: &str = "small_messages_are_echoed_complete_and_in_order";
const LARGE: &str = "messages_of_a_megabyte_are_echoed_complete_and_in_order";

pub(in crate::load) fn tests() -> Vec<String> {
    let mut tests = [SMALL, LARGE].map(str::to_owned).to_vec();
    tests.extend(crate::load::overflow::driver::tests());
    tests
}

pub(in crate::load) async fn run(run: &Run<'_>, suite: &mut Suite<'_>, figures: &mut Figures) {
    let floods = [(SMALL, run.size.small, None, MIB), (LARGE, run.size.large, Some(MIB), 4.0 * MIB)];
    for (name, count, size, limit) in floods {
        if run.lab.wants(name) {
            let test = run.alone(figures, async |browser| flood(run, browser, count, size, limit).await).await;
            figures.test(suite, name, test);
        }
    }
    crate::load::overflow::driver::run(run, suite, figures).await;
}

async fn flood(run: &Run<'_>, browser: &Browser, count: u32, size: Option<f64>, limit: f64) -> Result<(String, Value)> {
    let id = format!("flood-{}-{}", size.unwrap_or(0.0), run.lab.engine.name());
    let flood = Flood {
        url: run.peer.url(&format!("/echo?id={id}")),
        count,
        size: size.map(|size| size as usize),
        send_high_water_mark: SEND_HIGH_WATER_MARK as usize,
        recv_limit: limit as usize,
    };
    let flooded = browser.run(Scope::Page, Side::Crate, &flood, LIMIT).await?;
    let (sent, received, sum) = (&flooded.sent, &flooded.received, flooded.bytes);
    ensure!(sent == received, "The messages sent have the hash {sent}, those received {received}.");
    let saw = run.saw(&id).await?;
    ensure!(
        saw.messages == u64::from(count) && saw.bytes as f64 == sum,
        "{sum} bytes were received, and the peer saw {saw:?}."
    );
    let (message, buffered) = (size.unwrap_or(64.0), flooded.buffered as f64);
    flooded.risen.check(limit + message + MORE)?;
    ensure!(buffered < RAISED_MARK + message, "{} were buffered.", bytes(buffered));
    let seconds = flooded.millis / 1000.0;
    let said = format!(
        "{count} each way in {seconds:.1} s, {} each way, hash {sent}; wasm memory rose by {} with a limit of {}; at most {} buffered",
        bytes(sum),
        bytes(flooded.risen.wasm),
        bytes(limit),
        bytes(buffered),
    );
    let json = json!({
        "messages": count, "bytes_each_way": sum, "hash": sent, "seconds": seconds, "limit": limit,
        "wasm_risen": flooded.risen.wasm, "allocated_risen": flooded.risen.live, "buffered_amount": buffered,
    });
    Ok((said, json))
}
