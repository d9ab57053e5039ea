//! Plays a sample of all orders, and finds the order that went wrong.

use std::collections::BTreeMap;
use std::slice;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use onclose_rig::results::{Suite, within};
use serde::{Deserialize, Serialize};

use super::orders::{Stage, sample};
use super::{Order, PlayOrders, Played};
use crate::browser::{Browser, Scope, Side};
use crate::driver::{Lab, ended, is_unknown, none_open, release};
use crate::job::job;
use crate::lab::HeldValues;

/// The sample depends on this alone, so that a run can be repeated.
pub(super) const SEED: u64 = 2026;
/// Orders that are played before the page is asked for the results.
const BATCH: usize = 20;
/// A failing order waits for several conditions before it reports.
const LIMIT: Duration = Duration::from_secs(100);
/// Between two questions for uncaught errors.
const PAUSE: Duration = Duration::from_millis(300);

/// How many orders are played.
pub(super) struct Counts {
    pub(super) any: usize,
    framed: usize,
    ended: usize,
}

pub(super) const SAMPLE: Counts = Counts { any: 40, framed: 10, ended: 6 };
pub(super) const WHOLE: Counts = Counts { any: 300, framed: 80, ended: 40 };

const TESTS: [(&str, Stage, Scope); 5] = [
    ("every_order_in_a_page_leaves_nothing_behind", Stage::Any, Scope::Page),
    ("every_order_in_a_worker_leaves_nothing_behind", Stage::Any, Scope::Worker),
    ("every_order_around_the_removal_of_a_sockets_iframe_leaves_nothing_behind", Stage::Framed, Scope::Page),
    ("an_iframe_removed_after_any_order_closes_its_connection", Stage::Ended, Scope::Page),
    ("a_worker_terminated_after_any_order_closes_its_connection", Stage::Ended, Scope::Worker),
];

/// Counts from now on what a module registers; in plain JavaScript only.
#[derive(Debug, Serialize)]
struct CountTraces;
job!(CountTraces, "countTraces" -> ());

/// Plays an order in a worker or iframe of its own, and ends that; in plain JavaScript only.
#[derive(Debug, Serialize)]
struct EndContext<'a> {
    kind: &'static str,
    url: String,
    prefix: String,
    order: &'a Order,
}
job!(EndContext<'_>, "endContext" -> Ended);

#[derive(Debug, Deserialize)]
struct Ended {
    id: String,
    uncaught: Vec<String>,
}

pub(crate) fn tests() -> Vec<String> {
    TESTS.map(|(name, ..)| name.to_owned()).to_vec()
}

/// How the ids of an engine's connections begin: engines run at the same time, and share the peer.
fn prefix(lab: &Lab<'_>) -> String {
    format!("teardown-{}-", lab.engine.name())
}

pub(crate) async fn run(lab: &Lab<'_>, suite: &mut Suite<'_>) {
    let counts = if lab.whole { WHOLE } else { SAMPLE };
    // The filter can be an order.
    let one: Option<Order> = lab.filter.and_then(|filter| filter.parse().ok());
    let chosen = |stage| match &one {
        Some(order) if order.is_framed() == (stage == Stage::Framed) => vec![order.clone()],
        Some(_) => Vec::new(),
        None => {
            let count = match stage {
                Stage::Any => counts.any,
                Stage::Framed => counts.framed,
                Stage::Ended => counts.ended,
            };
            sample(stage, SEED, count)
        }
    };
    let browser = match lab.browser().await {
        Ok(browser) => browser,
        Err(error) => return suite.fail("no browser", &error),
    };
    for (name, stage, scope) in TESTS {
        let orders = chosen(stage);
        if (one.is_none() && !lab.wants(name)) || orders.is_empty() {
            continue;
        }
        let played = async {
            browser.goto(lab.page).await?;
            match stage {
                Stage::Any | Stage::Framed => play(lab, &browser, scope, &orders).await,
                Stage::Ended => end(lab, &browser, scope, &orders).await,
            }
        };
        suite.test(name, played.await.map(|said| format!("seed {SEED}: {said}")));
    }
    browser.close().await;
}

/// Plays these orders in one page or worker, which must be as before after each.
async fn play(lab: &Lab<'_>, browser: &Browser, scope: Scope, orders: &[Order]) -> Result<String> {
    let mut causes = BTreeMap::<String, usize>::new();
    let (mut warm, mut last, mut count, mut slowest) = (None, 0, 0, 0.0);
    browser.run(scope, Side::Plain, &CountTraces, LIMIT).await?;
    // A leak shows only by comparison with an earlier batch, so a single batch is played twice.
    let again = (orders.len() <= BATCH).then_some(orders);
    for batch in orders.chunks(BATCH).chain(again) {
        let played = match play_batch(lab, browser, scope, batch).await {
            Ok(played) => played,
            // A panic ends the whole batch: the order that caused it is found by playing each alone.
            Err(error) => return Err(find(lab, browser, scope, batch, error).await),
        };
        let wrong: Vec<_> = (batch.iter().zip(&played.faults))
            .filter_map(|(order, fault)| fault.as_ref().map(|fault| format!("    {order}\n        {fault}")))
            .collect();
        ensure!(wrong.is_empty(), "Of {} orders these failed:\n{}", batch.len(), wrong.join("\n"));
        slowest = played.millis.iter().copied().fold(slowest, f64::max);
        for cause in played.causes {
            *causes.entry(cause).or_default() += 1;
        }
        count += batch.len();
        last = browser.run(scope, Side::Crate, &HeldValues, LIMIT).await?;
        warm.get_or_insert(last);
    }
    ensure!(warm == Some(last), "The JavaScript values that Rust holds grew from {warm:?} to {last}.");
    // Also of connections that the peer saw late.
    none_open(&lab.peer.records, &prefix(lab)).await?;
    let causes: Vec<_> = causes.iter().map(|(cause, count)| format!("{count} {cause}")).collect();
    Ok(format!("{count} orders: {}; the slowest took {slowest} ms; {last} values held", causes.join(", ")))
}

async fn play_batch(lab: &Lab<'_>, browser: &Browser, scope: Scope, orders: &[Order]) -> Result<Played> {
    let job = PlayOrders { url: http_url(lab), prefix: prefix(lab), orders: orders.to_vec() };
    let played = tokio::select! {
        played = browser.run(scope, Side::Crate, &job, LIMIT) => played?,
        // After a panic the job never ends.
        error = uncaught(browser) => return Err(error),
    };
    ensure!(played.faults.len() == orders.len(), "Only {} of {} were played.", played.faults.len(), orders.len());
    browser.nothing_uncaught().await?;
    Ok(played)
}

fn http_url(lab: &Lab<'_>) -> String {
    lab.peer.url("").replacen("ws", "http", 1)
}

/// Waits until there is an uncaught error.
async fn uncaught(browser: &Browser) -> Error {
    loop {
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = browser.nothing_uncaught().await {
            return error;
        }
    }
}

/// Plays each of these orders in a new page, and returns the error of the one that fails.
async fn find(lab: &Lab<'_>, browser: &Browser, scope: Scope, orders: &[Order], error: Error) -> Error {
    for order in orders {
        let alone = async {
            browser.goto(lab.page).await?;
            browser.run(scope, Side::Plain, &CountTraces, LIMIT).await?;
            let played = within(LIMIT, play_batch(lab, browser, scope, slice::from_ref(order))).await?;
            match played.faults.into_iter().flatten().next() {
                Some(fault) => bail!(fault),
                None => Ok(()),
            }
        };
        if let Err(alone) = alone.await {
            return alone.context(format!("This order failed: {order}"));
        }
    }
    let orders: Vec<_> = orders.iter().map(Order::to_string).collect();
    error.context(format!("These orders failed together, and none of them alone:\n    {}", orders.join("\n    ")))
}

/// Plays each of these orders in a worker or iframe of its own, ends that, and asks the peer.
async fn end(lab: &Lab<'_>, browser: &Browser, scope: Scope, orders: &[Order]) -> Result<String> {
    let kind = if scope == Scope::Worker { "worker" } else { "frame" };
    let records = &lab.peer.records;
    for order in orders {
        let one = async {
            let job = EndContext { kind, url: http_url(lab), prefix: prefix(lab), order };
            let Ended { id, uncaught } = browser.run(Scope::Page, Side::Plain, &job, LIMIT).await?;
            ensure!(uncaught.is_empty(), "Uncaught: {}", uncaught.join("; "));
            browser.nothing_uncaught().await?;
            if order.starts_connecting() && is_unknown(records, &id).await {
                return Ok(());
            }
            // Firefox waits for its own close timeout, whatever happens to the context.
            release(records, &id).await?;
            ended(records, &id).await.map(drop)
        };
        one.await.with_context(|| format!("This order failed: {order}"))?;
    }
    Ok(format!("{} orders", orders.len()))
}
