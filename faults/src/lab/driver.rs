//! That the laboratory works: what its silence proves, it must be able to break.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::driver::{Browser, Lab, Place, Tally, within};

const LIMIT: Duration = Duration::from_secs(60);

pub(crate) async fn run(lab: &Lab<'_>, tally: &mut Tally) {
    let browser = match lab.browser().await {
        Ok(browser) => browser,
        Err(error) => return tally.test("a_browser_shows_the_laboratory", Err::<&str, _>(error)),
    };
    for place in Place::ALL {
        for (name, job) in [("plain_javascript", "raw.hello"), ("the_crate", "onclose.hello")] {
            let name = format!("{name}_runs_in_a_{}", place.name());
            if lab.wants(&name) {
                tally.test(&name, within(LIMIT, echoed(lab, &browser, place, job)).await);
            }
        }
        let name = format!("what_nobody_catches_in_a_{}_is_told", place.name());
        if lab.wants(&name) {
            tally.test(&name, within(LIMIT, told(&browser, place)).await);
        }
    }
    browser.close().await;
}

async fn echoed(lab: &Lab<'_>, browser: &Browser, place: Place, job: &str) -> Result<&'static str> {
    let args = json!({ "url": lab.peer("/echo"), "text": "anybody there?" });
    let heard: Value = browser.run(place, job, args, LIMIT).await?;
    ensure!(heard == json!({ "text": "anybody there?", "code": 1000, "clean": true }), "It heard {heard}.");
    browser.nothing_stray().await?;
    Ok("")
}

async fn told(browser: &Browser, place: Place) -> Result<&'static str> {
    let _: Value = browser.run(place, "raw.leaveStray", json!(null), LIMIT).await?;
    let stray = browser.stray().await?;
    for what in ["left on purpose", "rejected on purpose"] {
        ensure!(stray.iter().any(|one| one.contains(what)), "\"{what}\" is not in {stray:?}.");
    }
    Ok("")
}
