//! A receive limit bounds the memory of a reader that takes nothing, and closes with its frame.

use anyhow::{Result, ensure};
use onclose_rig::results::Suite;
use serde_json::{Value, json};

use super::Overflow;
use crate::browser::{Browser, Scope, Side};
use crate::load::driver::{LIMIT, MIB, Run, bytes};
use crate::load::figures::Figures;
use crate::load::flood::driver::MORE;

const KINDS: [&str; 2] = ["text", "binary"];

fn name(kind: &str) -> String {
    format!("a_reader_that_takes_no_{kind}_holds_no_more_than_its_limit")
}

pub(in crate::load) fn tests() -> Vec<String> {
    KINDS.map(name).to_vec()
}

pub(in crate::load) async fn run(run: &Run<'_>, suite: &mut Suite<'_>, figures: &mut Figures) {
    for kind in KINDS {
        let name = name(kind);
        if run.lab.wants(&name) {
            let test = run.alone(figures, async |browser| overflow(run, browser, kind).await).await;
            figures.test(suite, &name, test);
        }
    }
}

async fn overflow(run: &Run<'_>, browser: &Browser, kind: &str) -> Result<(String, Value)> {
    const LIMIT_BYTES: f64 = 8.0 * MIB;
    const SIZE: f64 = 64.0 * 1024.0;
    /// What a message counts beside its size.
    const OVERHEAD: f64 = 64.0;
    const CODE: u16 = 4009;
    let id = format!("overflow-{kind}-{}", run.lab.engine.name());
    let url = run.peer.url(&format!("/send?id={id}&count=1000&size={SIZE}&kind={kind}"));
    let overflow = Overflow { url, limit: LIMIT_BYTES as usize, code: CODE };
    let overflown = browser.run(Scope::Page, Side::Crate, &overflow, LIMIT).await?;
    ensure!(overflown.is_overflow && overflown.requested == Some(CODE), "It reports {overflown:?}.");
    let fit = (LIMIT_BYTES / (SIZE + OVERHEAD)).floor() * SIZE;
    ensure!(overflown.bytes == fit, "It held {}, and {} fit.", bytes(overflown.bytes), bytes(fit));
    let saw = run.saw(&id).await?;
    ensure!(saw.close_code() == Some(CODE), "The peer saw {saw:?}.");
    overflown.risen.check(LIMIT_BYTES + SIZE + MORE)?;
    let said = format!(
        "{} messages, {}, then \"{}\" and {CODE}; wasm memory rose by {}",
        overflown.messages,
        bytes(overflown.bytes),
        overflown.error,
        bytes(overflown.risen.wasm),
    );
    let json = json!({
        "limit": LIMIT_BYTES, "messages": overflown.messages, "bytes": overflown.bytes, "code_seen_by_the_peer": CODE,
        "wasm_risen": overflown.risen.wasm, "allocated_risen": overflown.risen.live,
    });
    Ok((said, json))
}
