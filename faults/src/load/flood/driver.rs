//! As many messages as there can be, each way; and a reader with a limit that takes none.

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::driver::{Browser, Place, Tally};
use crate::load::driver::{LIMIT, MIB, Risen, Run, bytes};
use crate::load::figures::Figures;

/// What memory may rise by beyond the limit and one message: what the allocator has between them, and pages of 64 KiB.
const MORE: f64 = 0.5 * MIB;

#[derive(Debug, Deserialize)]
struct Flooded {
    sent: String,
    received: String,
    bytes: f64,
    millis: f64,
    buffered: f64,
    risen: Risen,
}

#[derive(Debug, Deserialize)]
struct Overflown {
    messages: u32,
    bytes: f64,
    error: String,
    overflow: bool,
    requested: Option<u16>,
    risen: Risen,
}

pub(in crate::load) async fn run(run: &Run<'_>, tally: &mut Tally, figures: &mut Figures) {
    let floods = [
        ("small_messages_come_back_in_order_and_whole", run.size.small, None, MIB),
        ("messages_of_a_megabyte_come_back_in_order_and_whole", run.size.large, Some(MIB), 4.0 * MIB),
    ];
    for (name, count, size, limit) in floods {
        if run.lab.wants(name) {
            let test = run.alone(figures, async |browser| flood(run, browser, count, size, limit).await).await;
            figures.tell(tally, name, test);
        }
    }
    for kind in ["text", "binary"] {
        let name = format!("a_reader_that_takes_no_{kind}_holds_no_more_than_its_limit");
        if run.lab.wants(&name) {
            let test = run.alone(figures, async |browser| overflow(run, browser, kind).await).await;
            figures.tell(tally, &name, test);
        }
    }
}

async fn flood(run: &Run<'_>, browser: &Browser, count: u32, size: Option<f64>, limit: f64) -> Result<(String, Value)> {
    const SEND_BUFFER: f64 = MIB;
    let id = format!("flood-{}-{}", size.unwrap_or(0.0), run.lab.engine.name());
    let args = json!({
        "url": run.peer.one(&format!("/echo?id={id}")), "count": count, "size": size.map(|size| size as u64),
        "send_buffer": SEND_BUFFER as u64, "recv_limit": limit as u64,
    });
    let Flooded { sent, received, bytes: sum, millis, buffered, risen } =
        browser.run(Place::Page, "onclose.flood", args, LIMIT).await?;
    ensure!(sent == received, "What was sent has the hash {sent}, what came back {received}.");
    let saw = run.saw(browser, &id).await?;
    ensure!(
        saw["messages"] == count && saw["bytes"].as_f64() == Some(sum),
        "{sum} bytes came back, and the peer saw {saw}."
    );
    let message = size.unwrap_or(64.0);
    risen.check(limit + message + MORE)?;
    ensure!(buffered < SEND_BUFFER + message, "{} were buffered.", bytes(buffered));
    let seconds = millis / 1000.0;
    let said = format!(
        "{count} each way in {seconds:.1} s, {} each way, hash {sent}; wasm memory rose by {} with a limit of {}; at most {} buffered",
        bytes(sum),
        bytes(risen.wasm),
        bytes(limit),
        bytes(buffered),
    );
    let json = json!({
        "messages": count, "bytes_each_way": sum, "hash": sent, "seconds": seconds, "limit": limit,
        "wasm_risen": risen.wasm, "allocated_risen": risen.live, "buffered_amount": buffered,
    });
    Ok((said, json))
}

async fn overflow(run: &Run<'_>, browser: &Browser, kind: &str) -> Result<(String, Value)> {
    const LIMIT_BYTES: f64 = 8.0 * MIB;
    const SIZE: f64 = 64.0 * 1024.0;
    const CODE: u16 = 4009;
    let id = format!("overflow-{kind}-{}", run.lab.engine.name());
    let route = format!("/send?id={id}&count=1000&size={SIZE}&kind={kind}");
    let args = json!({ "url": run.peer.one(&route), "limit": LIMIT_BYTES as u64, "code": CODE });
    let told: Overflown = browser.run(Place::Page, "onclose.overflow", args, LIMIT).await?;
    ensure!(told.overflow && told.requested == Some(CODE), "It told of {told:?}.");
    ensure!(told.bytes == LIMIT_BYTES, "It had {}, and {} fit.", bytes(told.bytes), bytes(LIMIT_BYTES));
    let saw = run.saw(browser, &id).await?;
    ensure!(saw["close"]["code"] == CODE, "The peer saw {saw}.");
    told.risen.check(LIMIT_BYTES + SIZE + MORE)?;
    let said = format!(
        "{} messages, {}, then \"{}\" and {CODE}; wasm memory rose by {}",
        told.messages,
        bytes(told.bytes),
        told.error,
        bytes(told.risen.wasm),
    );
    let json = json!({
        "limit": LIMIT_BYTES, "messages": told.messages, "bytes": told.bytes, "code_seen_by_the_peer": CODE,
        "wasm_risen": told.risen.wasm, "allocated_risen": told.risen.live,
    });
    Ok((said, json))
}
