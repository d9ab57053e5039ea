//! A minute with a peer that does not read, one that writes slowly, and a reader that is slower than its peer.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::driver::{Browser, Place, Tally};
use crate::load::driver::{LIMIT, MIB, Risen, Run, bytes};
use crate::load::figures::Figures;
use onclose_rig::driver::Engine;

const SEND_BUFFER: f64 = MIB;
/// Of each message to a peer that does not read, and their number: more than the kernels' buffers hold.
const SIZE: f64 = 64.0 * 1024.0;
const COUNT: u32 = 512;
/// For all of them to be read, once the peer reads.
const READ_ON: Duration = Duration::from_secs(50);

#[derive(Debug, Deserialize)]
struct Written {
    samples: u32,
    full: u32,
    buffered: f64,
    waited: f64,
    millis: f64,
    risen: Risen,
}

#[derive(Debug, Deserialize)]
struct Read {
    millis: f64,
    risen: Risen,
}

pub(in crate::load) async fn run(run: &Run<'_>, tally: &mut Tally, figures: &mut Figures) {
    let names = [
        "a_peer_that_does_not_read_makes_sending_wait_and_loses_nothing",
        "a_reader_slower_than_its_peer_loses_nothing_and_holds_little",
        "a_peer_that_writes_slowly_is_heard_to_the_end",
    ];
    if !names.iter().any(|name| run.lab.wants(name)) {
        return;
    }
    // All at once: each does little else than wait, and the readers are in a worker, which has a memory of its own.
    let tests = run.alone(figures, async |browser| {
        let slow_peer = async { Ok(write(run, browser).await) };
        let slow_reader = async { Ok(read(run, browser, "backlog").await) };
        let slow_writer = async { Ok(read(run, browser, "trickle").await) };
        tokio::try_join!(slow_peer, slow_reader, slow_writer)
    });
    match tests.await {
        Ok((slow_peer, slow_reader, slow_writer)) => {
            for (name, test) in names.into_iter().zip([slow_peer, slow_reader, slow_writer]) {
                if run.lab.wants(name) {
                    figures.tell(tally, name, test);
                }
            }
        }
        Err(error) => tally.test(names[0], Err::<&str, _>(error)),
    }
}

async fn write(run: &Run<'_>, browser: &Browser) -> Result<(String, Value)> {
    let id = format!("write-{}", run.lab.engine.name());
    let deaf = Duration::from_secs(run.size.seconds.into());
    let args = json!({
        "url": run.peer.one(&format!("/deaf?id={id}&for={}", deaf.as_millis())),
        "count": COUNT, "size": SIZE as u64, "send_buffer": SEND_BUFFER as u64,
    });
    let Written { samples, full, buffered, waited, millis, risen } =
        browser.run(Place::Page, "onclose.write_to_slow", args, LIMIT).await?;
    // A browser that is told to close while the peer does not read may give up what it still holds.
    let begun = Instant::now();
    while run.ask(browser, &format!("/saw?id={id}")).await?["messages"] != COUNT {
        ensure!(begun.elapsed() < deaf + READ_ON, "The peer has not seen all {COUNT} messages.");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let () = browser.run(Place::Page, "onclose.close_kept", json!(null), LIMIT).await?;
    let saw = run.saw(browser, &id).await?;
    let sum = f64::from(COUNT) * SIZE;
    ensure!(
        saw["messages"] == COUNT && saw["bytes"].as_f64() == Some(sum) && saw["close"]["code"] == 1000,
        "{COUNT} were sent, and the peer saw {saw}."
    );
    ensure!(buffered < SEND_BUFFER + SIZE, "{} were buffered.", bytes(buffered));
    // In WebKit the network's process takes whatever there is, so nothing is ever left in the buffer of the page.
    let sticks = run.lab.engine != Engine::Webkit;
    if sticks {
        ensure!(buffered >= SEND_BUFFER && full > samples / 2, "The buffer was full in {full} of {samples} samples.");
        ensure!(waited > 0.9 * deaf.as_secs_f64() * 1000.0, "No message waited longer than {waited} ms.");
    }
    risen.check(SIZE + 0.5 * MIB)?;
    let said = format!(
        "{} s deaf, sent within {:.1} s, {samples} samples, {full} of them full: at most {} buffered with a mark of {}; a message waited {:.1} s; all {COUNT} seen",
        run.size.seconds,
        millis / 1000.0,
        bytes(buffered),
        bytes(SEND_BUFFER),
        waited / 1000.0,
    );
    let json = json!({
        "deaf_seconds": run.size.seconds, "sent_within_seconds": millis / 1000.0, "messages": COUNT, "bytes": sum, "samples": samples, "full_samples": full,
        "mark": SEND_BUFFER, "buffered_amount": buffered, "longest_wait_seconds": waited / 1000.0,
        "wasm_risen": risen.wasm,
    });
    Ok((said, json))
}

async fn read(run: &Run<'_>, browser: &Browser, what: &str) -> Result<(String, Value)> {
    let id = format!("{what}-{}", run.lab.engine.name());
    let (per_second, size, interval, pause) = match what {
        "backlog" => (40, 16 * 1024, 0, 25),
        _ => (10, 1024, 100, 0),
    };
    let count = per_second * run.size.seconds;
    let route = format!("/send?id={id}&count={count}&size={size}&kind=binary&interval={interval}&close=1000");
    let args = json!({ "url": run.peer.one(&route), "count": count, "size": size, "pause": pause });
    let Read { millis, risen } = browser.run(Place::Worker, "onclose.read", args, LIMIT).await?;
    let least = 0.9 * f64::from(run.size.seconds) * 1000.0;
    ensure!(millis > least, "It was over after {millis} ms.");
    risen.check(MIB)?;
    let sum = f64::from(count * size);
    let seconds = millis / 1000.0;
    let said =
        format!("{seconds:.1} s, all {count}, {}, in order; wasm memory rose by {}", bytes(sum), bytes(risen.wasm),);
    Ok((said, json!({ "seconds": seconds, "messages": count, "bytes": sum, "wasm_risen": risen.wasm })))
}
