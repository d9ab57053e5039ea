//! A minute with a peer that does not read, with one that writes slowly, and with a reader slower than its peer.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use onclose_rig::engine::Engine;
use onclose_rig::results::Suite;
use serde_json::{Value, json};

use super::{CloseKept, Read, WriteToSlow};
use crate::browser::{Browser, Scope, Side};
use crate::load::driver::{LIMIT, MIB, RAISED_MARK, Run, bytes};
use crate::load::figures::Figures;

const SEND_HIGH_WATER_MARK: f64 = MIB;
/// The size and number of messages to a peer that does not read: more than the kernels buffer.
const SIZE: f64 = 64.0 * 1024.0;
const COUNT: u32 = 512;
/// How long the peer may take to read them all, once it reads.
const READ_ALL: Duration = Duration::from_secs(50);

/// Clocks of pages have whole milliseconds.
const CLOCK_MS: f64 = 2.0;

pub(in crate::load) const NAMES: [&str; 3] = [
    "a_peer_that_does_not_read_makes_sending_wait_and_loses_nothing",
    "a_reader_slower_than_its_peer_loses_nothing_and_holds_little",
    "a_peer_that_writes_slowly_is_received_to_its_close",
];

pub(in crate::load) async fn run(run: &Run<'_>, suite: &mut Suite<'_>, figures: &mut Figures) {
    if !NAMES.iter().any(|name| run.lab.wants(name)) {
        return;
    }
    // At the same time: each mostly waits, and the readers are in a worker, which has its own memory.
    let tests = run.alone(figures, async |browser| {
        let slow_peer = async { Ok(write(run, browser).await) };
        let slow_reader = async { Ok(read(run, browser, "backlog").await) };
        let slow_writer = async { Ok(read(run, browser, "trickle").await) };
        tokio::try_join!(slow_peer, slow_reader, slow_writer)
    });
    match tests.await {
        Ok((slow_peer, slow_reader, slow_writer)) => {
            for (name, test) in NAMES.into_iter().zip([slow_peer, slow_reader, slow_writer]) {
                if run.lab.wants(name) {
                    figures.test(suite, name, test);
                }
            }
        }
        Err(error) => suite.test(NAMES[0], Err::<&str, _>(error)),
    }
}

async fn write(run: &Run<'_>, browser: &Browser) -> Result<(String, Value)> {
    let id = format!("write-{}", run.lab.engine.name());
    let pause = Duration::from_secs(run.size.seconds.into());
    let write = WriteToSlow {
        url: run.peer.url(&format!("/deaf?id={id}&for={}", pause.as_millis())),
        count: COUNT,
        size: SIZE as usize,
        send_high_water_mark: SEND_HIGH_WATER_MARK as usize,
    };
    let written = browser.run(Scope::Page, Side::Crate, &write, LIMIT).await?;
    // A browser that closes while the peer does not read may discard what it still buffers.
    let (begun, all) = (Instant::now(), u64::from(COUNT));
    while run.peer.records.saw(&id, Duration::ZERO).await.is_none_or(|saw| saw.messages < all) {
        ensure!(begun.elapsed() < pause + READ_ALL, "The peer has not received all {COUNT} messages.");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    browser.run(Scope::Page, Side::Crate, &CloseKept, LIMIT).await?;
    let saw = run.saw(&id).await?;
    let sum = f64::from(COUNT) * SIZE;
    ensure!(
        saw.messages == all && saw.bytes as f64 == sum && saw.close_code() == Some(1000),
        "{COUNT} were sent, and the peer saw {saw:?}."
    );
    let (samples, full, buffered) = (written.samples, written.full, written.buffered as f64);
    ensure!(buffered < RAISED_MARK + SIZE, "{} were buffered.", bytes(buffered));
    // WebKit hands all data to its network process at once, so nothing stays in the buffer of the page.
    if run.lab.engine != Engine::Webkit {
        let was_full = buffered >= SEND_HIGH_WATER_MARK && full > samples / 2;
        ensure!(was_full, "The buffer was full in {full} of {samples} samples.");
        // The peer counts its pause from a later moment than the page, which requested the connection before.
        let (resumed, least) = (written.resumed_ms, pause.as_secs_f64() * 1000.0 - CLOCK_MS);
        ensure!(resumed >= least, "The message that waited longest was sent after {resumed} ms, before the peer read.");
    }
    written.risen.check(SIZE + 0.5 * MIB)?;
    let said = format!(
        "{} s without reading, sent within {:.1} s, {samples} samples, {full} of them full: at most {} buffered with a mark of {}; a message waited {:.1} s; all {COUNT} received",
        run.size.seconds,
        written.millis / 1000.0,
        bytes(buffered),
        bytes(SEND_HIGH_WATER_MARK),
        written.waited_ms / 1000.0,
    );
    let json = json!({
        "seconds_without_reading": run.size.seconds, "sent_within_seconds": written.millis / 1000.0, "messages": COUNT,
        "bytes": sum, "samples": samples, "full_samples": full, "mark": SEND_HIGH_WATER_MARK,
        "buffered_amount": buffered, "longest_wait_seconds": written.waited_ms / 1000.0,
        "wasm_risen": written.risen.wasm,
    });
    Ok((said, json))
}

async fn read(run: &Run<'_>, browser: &Browser, what: &str) -> Result<(String, Value)> {
    let id = format!("{what}-{}", run.lab.engine.name());
    let (per_second, size, interval, pause_ms) = match what {
        "backlog" => (40, 16 * 1024, 0, 25),
        _ => (10, 1024, 100, 0),
    };
    let count = per_second * run.size.seconds;
    let route = format!("/send?id={id}&count={count}&size={size}&kind=binary&interval={interval}&close=1000");
    let read = Read { url: run.peer.url(&route), count, size, pause_ms };
    let read = browser.run(Scope::Worker, Side::Crate, &read, LIMIT).await?;
    let least = 0.9 * f64::from(run.size.seconds) * 1000.0;
    ensure!(read.millis > least, "It took only {} ms.", read.millis);
    read.risen.check(MIB)?;
    let (sum, seconds) = (f64::from(count) * size as f64, read.millis / 1000.0);
    let (sum_text, risen) = (bytes(sum), bytes(read.risen.wasm));
    let said = format!("{seconds:.1} s, all {count}, {sum_text}, in order; wasm memory rose by {risen}");
    Ok((said, json!({ "seconds": seconds, "messages": count, "bytes": sum, "wasm_risen": read.risen.wasm })))
}
