//! Tearing down in every order: a sample of them, with what has to hold after each.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::orders::{Order, Stage, sample};
use crate::driver::{Browser, Lab, Place, Tally, within};
use crate::saw::{is_unknown, none_open, release, saw};

/// Orders are drawn by this, so that a run can be repeated.
pub(super) const SEED: u64 = 2026;
/// Orders that the laboratory plays before it is asked for what it found.
const BATCH: usize = 20;
/// One of them may wait for several things in vain before it says so.
const LIMIT: Duration = Duration::from_secs(100);

/// Between two looks for what nobody caught.
const LOOK: Duration = Duration::from_millis(300);

/// How many orders are played.
pub(super) struct Counts {
    pub(super) any: usize,
    framed: usize,
    ended: usize,
}

pub(super) const SAMPLE: Counts = Counts { any: 40, framed: 10, ended: 6 };
pub(super) const WHOLE: Counts = Counts { any: 300, framed: 80, ended: 40 };

#[derive(Deserialize)]
struct Played {
    faults: Vec<Option<String>>,
    ends: Vec<String>,
    millis: Vec<f64>,
}

pub(crate) async fn run(lab: &Lab<'_>, tally: &mut Tally) {
    let counts = if lab.whole { WHOLE } else { SAMPLE };
    // A filter can be an order.
    let one: Option<Order> = lab.filter.and_then(|filter| filter.parse().ok());
    let chosen = |stage, count| match &one {
        Some(order) if (order.start == "framed") == (stage == Stage::Framed) => vec![order.clone()],
        Some(_) => Vec::new(),
        None => sample(stage, SEED, count),
    };
    let plays = [
        ("every_order_in_a_page_ends_in_silence", Stage::Any, counts.any, Place::Page),
        ("every_order_in_a_worker_ends_in_silence", Stage::Any, counts.any, Place::Worker),
        ("every_order_around_the_end_of_a_sockets_frame_ends_in_silence", Stage::Framed, counts.framed, Place::Page),
        ("an_iframe_removed_after_any_order_ends_its_connection", Stage::Ended, counts.ended, Place::Page),
        ("a_worker_terminated_after_any_order_ends_its_connection", Stage::Ended, counts.ended, Place::Worker),
    ];
    let browser = match lab.browser().await {
        Ok(browser) => browser,
        Err(error) => return tally.test("a_browser_shows_the_laboratory", Err::<&str, _>(error)),
    };
    for (name, stage, count, place) in plays {
        let orders = chosen(stage, count);
        if (one.is_none() && !lab.wants(name)) || orders.is_empty() {
            continue;
        }
        let played = async {
            browser.goto(lab.page).await?;
            match stage {
                Stage::Any | Stage::Framed => play(lab, &browser, place, &orders).await,
                Stage::Ended => end(lab, &browser, place, &orders).await,
            }
        };
        tally.test(name, played.await.map(|said| format!("seed {SEED}: {said}")));
    }
    browser.close().await;
}

/// Plays these orders in one page or worker, which has to be as it was after each.
async fn play(lab: &Lab<'_>, browser: &Browser, place: Place, orders: &[Order]) -> Result<String> {
    let mut ends = std::collections::BTreeMap::<String, usize>::new();
    let (mut warm, mut last, mut count, mut slowest) = (None, Value::Null, 0, 0.0);
    begin(browser, place).await?;
    // What is left behind shows only against a batch before it.
    let again = (orders.len() <= BATCH).then_some(orders);
    for batch in orders.chunks(BATCH).chain(again) {
        let played = match play_some(lab, browser, place, batch).await {
            Ok(played) => played,
            // A panic takes the rest along: which order it was, each shows for itself.
            Err(error) => return Err(find(lab, browser, place, batch, error).await),
        };
        let wrong: Vec<_> = (batch.iter().zip(&played.faults))
            .filter_map(|(order, fault)| fault.as_ref().map(|fault| format!("    {order}\n        {fault}")))
            .collect();
        ensure!(wrong.is_empty(), "Of {} orders these went wrong:\n{}", batch.len(), wrong.join("\n"));
        slowest = played.millis.iter().copied().fold(slowest, f64::max);
        for end in played.ends {
            *ends.entry(end).or_default() += 1;
        }
        count += batch.len();
        last = browser.run(place, "onclose.held_values", json!(null), LIMIT).await?;
        warm.get_or_insert_with(|| last.clone());
    }
    ensure!(warm.as_ref() == Some(&last), "What Rust holds of JavaScript's grew from {warm:?} to {last}.");
    // A connection of which the peer learned late, too.
    none_open(lab, browser, "teardown-").await?;
    let ends: Vec<_> = ends.iter().map(|(end, count)| format!("{count} {end}")).collect();
    Ok(format!("{count} orders: {}; the slowest took {slowest} ms; {last} values held", ends.join(", ")))
}

async fn begin(browser: &Browser, place: Place) -> Result<()> {
    let _: Value = browser.run(place, "raw.leaveTraces", json!(null), LIMIT).await?;
    Ok(())
}

async fn play_some(lab: &Lab<'_>, browser: &Browser, place: Place, orders: &[Order]) -> Result<Played> {
    let args = json!({ "url": lab.peer("").replacen("ws", "http", 1), "orders": orders });
    let played: Played = tokio::select! {
        played = browser.run(place, "onclose.play_orders", args, LIMIT) => played?,
        // After a panic there is nothing to wait for.
        error = something_stray(browser) => return Err(error),
    };
    ensure!(played.faults.len() == orders.len(), "Only {} of {} were played.", played.faults.len(), orders.len());
    browser.nothing_stray().await?;
    Ok(played)
}

/// Waits until there is an error that nobody caught.
async fn something_stray(browser: &Browser) -> anyhow::Error {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Err(error) = browser.nothing_stray().await {
            return error;
        }
    }
}

/// Which of these orders it was, each in a new page.
async fn find(lab: &Lab<'_>, browser: &Browser, place: Place, orders: &[Order], error: anyhow::Error) -> anyhow::Error {
    for order in orders {
        let alone = async {
            browser.goto(lab.page).await?;
            begin(browser, place).await?;
            let played = within(LIMIT, play_some(lab, browser, place, std::slice::from_ref(order))).await?;
            match played.faults.into_iter().flatten().next() {
                Some(fault) => bail!(fault),
                None => Ok(()),
            }
        };
        if let Err(alone) = alone.await {
            return alone.context(format!("This order went wrong: {order}"));
        }
    }
    let orders: Vec<_> = orders.iter().map(Order::to_string).collect();
    error.context(format!("These orders went wrong, and none of them alone:\n    {}", orders.join("\n    ")))
}

/// Plays each of these orders in a worker or iframe of its own, ends that, and asks the peer.
async fn end(lab: &Lab<'_>, browser: &Browser, place: Place, orders: &[Order]) -> Result<String> {
    #[derive(Deserialize)]
    struct Ended {
        id: String,
        stray: Vec<String>,
    }
    let kind = if place == Place::Worker { "worker" } else { "frame" };
    for order in orders {
        let one = async {
            let args = json!({ "kind": kind, "url": lab.peer("").replacen("ws", "http", 1), "order": order });
            let ended: Ended = browser.run(Place::Page, "raw.endContext", args, LIMIT).await?;
            ensure!(ended.stray.is_empty(), "Nobody caught {}", ended.stray.join("; "));
            browser.nothing_stray().await?;
            if order.start == "connecting" && is_unknown(lab, browser, &ended.id).await? {
                return Ok(());
            }
            // Firefox leaves a closing connection to its own deadline, whatever becomes of the context.
            release(lab, browser, &ended.id).await?;
            saw(lab, browser, &ended.id).await.map(drop)
        };
        one.await.with_context(|| format!("This order went wrong: {order}"))?;
    }
    Ok(format!("{} orders", orders.len()))
}
