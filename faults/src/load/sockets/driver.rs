//! A browser's limit of sockets is reached without harm, and one more is a typed error.

use std::time::Instant;

use anyhow::{Result, ensure};
use onclose_rig::engine::Engine;
use onclose_rig::results::Suite;
use serde_json::{Value, json};

use super::Sockets;
use crate::browser::{Browser, Scope, Side};
use crate::load::driver::{LIMIT, Run};
use crate::load::figures::Figures;
use crate::matrix::log::Cause;

pub(in crate::load) const NAME: &str = "as_many_sockets_as_allowed_work_and_one_more_is_rejected";

/// What an engine allows.
#[derive(Clone, Copy, Debug)]
struct Most {
    /// At the same time.
    sockets: u32,
    /// The cause of one more.
    cause: Cause,
    /// How many have to close before another one can be opened.
    closes: usize,
}

fn most(engine: Engine) -> Most {
    match engine {
        Engine::Chromium => Most { sockets: 255, cause: Cause::Lost, closes: 1 },
        Engine::Firefox => Most { sockets: 200, cause: Cause::Lost, closes: 1 },
        // It fires `error` without `close`, and the rejected socket counts until it is collected.
        Engine::Webkit => Most { sockets: 199, cause: Cause::Blocked, closes: 2 },
    }
}

pub(in crate::load) async fn run(run: &Run<'_>, suite: &mut Suite<'_>, figures: &mut Figures) {
    if run.lab.wants(NAME) {
        let test = run.alone(figures, async |browser| sockets(run, browser).await).await;
        figures.test(suite, NAME, test);
    }
}

async fn sockets(run: &Run<'_>, browser: &Browser) -> Result<(String, Value)> {
    let Most { sockets: count, cause, closes } = most(run.lab.engine);
    let id = format!("sockets-{}", run.lab.engine.name());
    let sockets = Sockets { urls: run.peer.urls(&format!("/echo?id={id}")), count, closes };
    let begun = Instant::now();
    let rejected = browser.run(Scope::Page, Side::Crate, &sockets, LIMIT).await?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(rejected.code == Some(1006) && rejected.cause == Some(cause), "It was rejected with {rejected:?}.");
    // One more than at the same time: another one took the place of a closed one.
    let all = run.all_ended(&id, u64::from(count) + 1).await?;
    ensure!(all.closed == all.upgraded, "Of {} clients only {} sent a Close.", all.upgraded, all.closed);
    let text = rejected.text;
    let said = format!("{count} at the same time in {seconds:.1} s; one more: \"{text}\"");
    let json = json!({
        "sockets": count, "seconds": seconds, "one_more": text, "cause": cause, "closes_for_another": closes,
    });
    Ok((said, json))
}
