//! The plain WebSocket beside the crate's, and the chart of both.
//!
//! What engines report for each fault is the fault laboratory's subject (`faults/`); here one scenario of each group shows
//! that the page runs it on both sides and displays both results.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use onclose_rig::session::Session;
use serde_json::json;

use crate::Context;
use crate::page::Page;

/// A scenario of each group, and whether the page closes the connection.
const SCENARIOS: [(&str, &str, bool); 7] = [
    ("server-closes", "half-code", false),
    ("lost", "drop-101", false),
    ("never-opens", "hs-accept", false),
    ("tls", "tls-self-signed", false),
    ("frames", "f-good", false),
    ("client-closes", "slow-answer", true),
    // The peer closes after three messages.
    ("client-closes", "finish", false),
];

pub(super) async fn each_group_closes_the_same_on_both_sides(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    let groups = "return [...document.querySelectorAll('legend[data-t^=\"group.\"]')].map(e => e.dataset.t.slice(6))";
    let groups: BTreeSet<String> = serde_json::from_value(page.js(groups, &[]).await?)?;
    let tested = SCENARIOS.iter().map(|(group, ..)| (*group).to_owned()).collect();
    ensure!(groups == tested, "On the page or tested, not both: {:?}", groups.symmetric_difference(&tested));
    for (_, scenario, closes) in SCENARIOS {
        let page = Page::open(session, context).await?;
        same(&page, scenario, closes).await.with_context(|| format!("With {scenario}"))?;
        page.has_no_fault().await?;
    }
    Ok(())
}

async fn same(page: &Page<'_>, scenario: &str, closes: bool) -> Result<()> {
    page.connect(scenario).await?;
    if closes {
        page.until_state("open").await?;
        page.until("return !!document.querySelector('#raw-events [data-kind=open]')").await?;
        page.press("close").await?;
    }
    page.until_closed().await?;
    page.until("return document.getElementById('raw').dataset.code !== ''").await?;
    let (code, clean) = (page.text("code").await?, page.data("clean", "value").await?);
    let plain = (page.data("raw", "code").await?, page.data("raw", "clean").await?);
    ensure!((&code, &clean) == (&plain.0, &plain.1), "Through the crate {code}, {clean}; plain {plain:?}.");
    let said = page.text("browser").await?;
    ensure!(said.contains(&code), "The browser's event is shown as {said:?}, without {code}.");
    if scenario == "finish" {
        let messages = page.kinds().await?.iter().filter(|kind| *kind == "message").count();
        ensure!(messages == 3, "There were {messages} messages before the close.");
    }
    Ok(())
}

/// The lists have the times; the chart must have them in the same proportion.
pub(super) async fn the_chart_is_to_scale(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.connect("slow-answer").await?;
    page.until_state("open").await?;
    page.press("close").await?;
    page.until_closed().await?;
    page.until("return document.getElementById('raw').dataset.state === 'closed'").await?;
    for (lane, list, last) in [(0, "events", "closed"), (1, "raw-events", "close-event")] {
        let script = "const [lane, list, last] = arguments;
            const track = document.querySelectorAll('#chart .lane')[lane].querySelector('.track');
            const left = (e) => e.getBoundingClientRect().left - track.getBoundingClientRect().left;
            const segments = [...track.querySelectorAll('.segment')];
            const closing = segments.at(-1).getBoundingClientRect();
            const ms = (kind) => Number(document.querySelector(`#${list} [data-kind=${kind}]`).dataset.ms);
            return { states: segments.map(e => e.dataset.state),
                     marks: [...track.querySelectorAll('.mark')].map(e => e.dataset.mark),
                     drawn: left(segments.at(-1)) / (left(segments.at(-1)) + closing.width),
                     listed: ms('our-close') / ms(last) }";
        let found = page.js(script, &[json!(lane), json!(list), json!(last)]).await?;
        ensure!(found["states"] == json!(["connecting", "open", "closing"]), "Lane {lane}: {found}");
        ensure!(found["marks"] == json!(["ours", "close"]), "Lane {lane}: {found}");
        let (drawn, listed) = (found["drawn"].as_f64(), found["listed"].as_f64());
        let differ = (drawn.context("There is no chart.")? - listed.context("There is no time.")?).abs();
        ensure!(differ < 0.03, "Lane {lane} is not to scale: {found}");
    }
    page.has_no_fault().await
}
