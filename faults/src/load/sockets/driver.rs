//! As many sockets at once as a browser allows.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::driver::{Browser, Place, Tally};
use crate::load::driver::{LIMIT, Run};
use crate::load::figures::Figures;
use onclose_rig::driver::Engine;

/// The error of the one too many.
#[derive(Debug, Deserialize)]
struct Refused {
    text: String,
    code: Option<u16>,
    cause: Option<String>,
}

/// What an engine allows.
#[derive(Clone, Copy, Debug)]
struct Most {
    /// At once.
    sockets: u32,
    /// What becomes of one more.
    cause: &'static str,
    /// How many have to end before another can be opened.
    ends: u32,
}

fn most(engine: Engine) -> Most {
    match engine {
        Engine::Chromium => Most { sockets: 255, cause: "Lost", ends: 1 },
        Engine::Firefox => Most { sockets: 200, cause: "Lost", ends: 1 },
        // It fires `error` and no `close`, and the one that it refused counts until it is collected.
        Engine::Webkit => Most { sockets: 199, cause: "Blocked", ends: 2 },
    }
}

pub(in crate::load) async fn run(run: &Run<'_>, tally: &mut Tally, figures: &mut Figures) {
    let name = "as_many_sockets_as_allowed_talk_at_once_and_one_more_is_refused";
    if run.lab.wants(name) {
        let test = run.alone(figures, async |browser| sockets(run, browser).await).await;
        figures.tell(tally, name, test);
    }
}

async fn sockets(run: &Run<'_>, browser: &Browser) -> Result<(String, Value)> {
    let Most { sockets: count, cause, ends } = most(run.lab.engine);
    let id = format!("sockets-{}", run.lab.engine.name());
    let args = json!({ "urls": run.peer.all(&format!("/echo?id={id}")), "count": count, "ends": ends });
    let begun = Instant::now();
    let refused: Refused = browser.run(Place::Page, "onclose.sockets", args, LIMIT).await?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(refused.code == Some(1006) && refused.cause.as_deref() == Some(cause), "It was refused with {refused:?}.");
    // One more than there were at once: another took the place of one that had ended.
    let all = run.all_ended(browser, &id, u64::from(count) + 1).await?;
    ensure!(all.closed == all.upgraded, "Of {} clients only {} sent a Close.", all.upgraded, all.closed);
    let Refused { text, .. } = refused;
    let said = format!("{count} at once in {seconds:.1} s; one more: \"{text}\"");
    Ok((
        said,
        json!({ "sockets": count, "seconds": seconds, "one_more": text, "cause": cause, "ends_for_another": ends }),
    ))
}
