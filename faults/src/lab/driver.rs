//! Tests of the laboratory itself: it runs jobs, and reports the uncaught errors that the other parts rely on it to find.

use std::time::Duration;

use anyhow::{Result, ensure};
use onclose_rig::results::{Suite, within};

use super::{Echoed, Hello, LeaveUncaught};
use crate::browser::{Browser, Scope, Side};
use crate::driver::Lab;

const LIMIT: Duration = Duration::from_secs(60);

fn runs(side: Side, scope: Scope) -> String {
    let what = if side == Side::Plain { "plain_javascript" } else { "the_crate" };
    format!("{what}_runs_in_a_{}", scope.name())
}

fn reports(scope: Scope) -> String {
    format!("uncaught_errors_in_a_{}_are_reported", scope.name())
}

pub(crate) fn tests() -> Vec<String> {
    let runs = Scope::ALL.into_iter().flat_map(|scope| Side::ALL.map(|side| runs(side, scope)));
    runs.chain(Scope::ALL.map(reports)).collect()
}

pub(crate) async fn run(lab: &Lab<'_>, suite: &mut Suite<'_>) {
    let browser = match lab.browser().await {
        Ok(browser) => browser,
        Err(error) => return suite.fail("no browser", &error),
    };
    for scope in Scope::ALL {
        for side in Side::ALL {
            let name = runs(side, scope);
            if lab.wants(&name) {
                suite.test(&name, within(LIMIT, echoes(lab, &browser, scope, side)).await);
            }
        }
        let name = reports(scope);
        if lab.wants(&name) {
            suite.test(&name, within(LIMIT, reports_uncaught(&browser, scope)).await);
        }
    }
    browser.close().await;
}

async fn echoes(lab: &Lab<'_>, browser: &Browser, scope: Scope, side: Side) -> Result<&'static str> {
    let text = "is this an echo?".to_owned();
    let hello = Hello { url: lab.peer.url("/echo"), text: text.clone() };
    let echoed = browser.run(scope, side, &hello, LIMIT).await?;
    ensure!(echoed == Echoed { text, code: 1000, clean: true }, "It received {echoed:?}.");
    browser.nothing_uncaught().await?;
    Ok("")
}

async fn reports_uncaught(browser: &Browser, scope: Scope) -> Result<&'static str> {
    browser.run(scope, Side::Plain, &LeaveUncaught, LIMIT).await?;
    let uncaught = browser.uncaught().await?;
    for what in ["thrown on purpose", "rejected on purpose"] {
        ensure!(uncaught.iter().any(|one| one.contains(what)), "\"{what}\" is not in {uncaught:?}.");
    }
    Ok("")
}
