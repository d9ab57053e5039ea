//! What the plain WebSocket beside is told, and how both are drawn. What engines tell is in `docs/engines.md`; here it
//! only must be the same through the crate, unless our deadline comes first.

use anyhow::{Context, Result, ensure};
use fantoccini::Client;
use serde_json::json;

use super::{Ctx, Page};

const CLOSES: [&str; 6] = ["half-code", "bad-reason", "hold", "with-fin", "with-rst", "after"];
const LOST: [&str; 1] = ["drop-101"];
const LACKING: [&str; 3] = ["hs-accept", "hs-upgrade", "hs-connection"];
const ADDED: [&str; 3] = ["redirect", "hs-extension", "hs-protocol"];
const BROKEN_OFF: [&str; 4] = ["hs-drop", "hs-reset", "hs-half", "hs-garbage"];
const TLS: [&str; 7] =
    ["tls-self-signed", "tls-expired", "tls-wrong-name", "tls-alert", "tls-fin", "tls-rst", "tls-hang"];
const FRAMES: [&str; 6] = ["f-good", "f-text", "f-masked", "f-opcode", "f-reserved", "f-continuation"];
const FINISH: &str = "finish";
const OURS: [&str; 7] = ["late", "slow-answer", "answer-fin", "answer-rst", "answer-hold", "no-read", "slow"];

/// The choices that have a case here.
pub(super) fn tested() -> impl Iterator<Item = &'static str> {
    let groups: [&[&str]; 8] = [&CLOSES, &LOST, &LACKING, &ADDED, &BROKEN_OFF, &TLS, &FRAMES, &OURS];
    groups.into_iter().flatten().copied().chain([FINISH])
}

/// Connects with each of these, on a page of its own, and compares the two ends.
async fn same(client: &Client, ctx: &Ctx, choices: &[&str], is_ours: bool) -> Result<()> {
    for choice in choices {
        let page = Page::open(client, ctx).await?;
        one(&page, choice, is_ours).await.with_context(|| format!("With {choice}"))?;
        page.has_no_fault().await?;
    }
    Ok(())
}

async fn one(page: &Page<'_>, choice: &str, is_ours: bool) -> Result<()> {
    page.connect(choice).await?;
    if is_ours {
        page.until("return ['connection', 'raw'].every(id => document.getElementById(id).dataset.state !== 'none')")
            .await?;
        page.until_state("open").await?;
        page.until("return !!document.querySelector('#raw-events [data-kind=open]')").await?;
        page.press("close").await?;
    }
    page.until_ended().await?;
    let timed_out = page.data("timed-out", "value").await?;
    if timed_out == "true" {
        let state = page.data("raw", "state").await?;
        ensure!(["connecting", "closing"].contains(&state.as_str()), "Of the plain one it is told that it is {state}.");
        return Ok(());
    }
    page.until("const raw = document.getElementById('raw').dataset; return raw.code !== '' ").await?;
    let (code, clean) = (page.text("code").await?, page.data("clean", "value").await?);
    let raw = (page.data("raw", "code").await?, page.data("raw", "clean").await?);
    // What a reset overtakes is chance, and may differ from one connection to the next.
    if choice != "with-rst" {
        ensure!((&code, &clean) == (&raw.0, &raw.1), "Through the crate {code}, {clean}; plain {raw:?}.");
    }
    let said = page.text("browser").await?;
    ensure!(said.contains(&format!("code {code},")), "The browser is said to have told {said:?}, not {code}.");
    Ok(())
}

pub(super) async fn however_the_peer_closes_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &CLOSES, false).await?;
    same(client, ctx, &[FINISH], false).await?;
    let page = Page::open(client, ctx).await?;
    one(&page, FINISH, false).await?;
    let messages = page.kinds().await?.iter().filter(|kind| *kind == "message").count();
    ensure!(messages == 3, "There were {messages} messages before the end.");
    Ok(())
}

pub(super) async fn however_it_is_lost_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &LOST, false).await
}

pub(super) async fn whatever_the_handshake_lacks_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &LACKING, false).await
}

pub(super) async fn whatever_the_handshake_adds_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &ADDED, false).await
}

pub(super) async fn however_the_handshake_breaks_off_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &BROKEN_OFF, false).await
}

pub(super) async fn whatever_is_wrong_with_tls_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &TLS, false).await
}

pub(super) async fn whatever_frames_come_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &FRAMES, false).await
}

pub(super) async fn however_we_end_it_both_are_told_the_same(client: &Client, ctx: &Ctx) -> Result<()> {
    same(client, ctx, &OURS, true).await
}

/// The lists have the times; the drawing must have them in the same proportion.
pub(super) async fn the_drawing_is_to_scale(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.connect("slow-answer").await?;
    page.until_state("open").await?;
    page.press("close").await?;
    page.until_ended().await?;
    page.until("return document.getElementById('raw').dataset.state === 'closed'").await?;
    for (lane, list, last) in [(0, "events", "closed"), (1, "raw-events", "close-event")] {
        let script = "const [lane, list, last] = arguments;
            const track = document.querySelectorAll('#chart .lane')[lane].querySelector('.track');
            const left = (e) => e.getBoundingClientRect().left - track.getBoundingClientRect().left;
            const stretches = [...track.querySelectorAll('.segment')];
            const closing = stretches.at(-1).getBoundingClientRect();
            const ms = (kind) => Number(document.querySelector(`#${list} [data-kind=${kind}]`).dataset.ms);
            return { states: stretches.map(e => e.dataset.state),
                     marks: [...track.querySelectorAll('.mark')].map(e => e.dataset.mark),
                     drawn: left(stretches.at(-1)) / (left(stretches.at(-1)) + closing.width),
                     told: ms('our-close') / ms(last) }";
        let found = page.js(script, &[json!(lane), json!(list), json!(last)]).await?;
        ensure!(found["states"] == json!(["connecting", "open", "closing"]), "Lane {lane}: {found}");
        ensure!(found["marks"] == json!(["ours", "close"]), "Lane {lane}: {found}");
        let (drawn, told) = (found["drawn"].as_f64(), found["told"].as_f64());
        let differ = (drawn.context("no drawing")? - told.context("no time")?).abs();
        ensure!(differ < 0.03, "Lane {lane} is not to scale: {found}");
    }
    page.has_no_fault().await
}

pub(super) async fn a_deadline_that_cannot_be_is_refused(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.choose("normal").await?;
    for (field, wrong) in [("connect-timeout", "0"), ("close-timeout", "301"), ("close-timeout", "1.5")] {
        page.choose("echo").await?;
        page.choose("normal").await?;
        page.fill(field, wrong).await?;
        page.press("connect").await?;
        page.is_focused(field).await?;
        ensure!(page.kinds().await?.is_empty(), "It connected with {wrong} in {field}.");
        let said = page.text("close-note").await?;
        ensure!(said.contains("from 1 to 300"), "It says {said:?}.");
    }
    page.choose("no-answer").await?;
    page.fill("close-timeout", "1").await?;
    page.press("connect").await?;
    page.until_state("open").await?;
    page.press("close").await?;
    page.until_ended().await?;
    let took = "const ms = (kind) => Number(document.querySelector(`#events [data-kind=${kind}]`).dataset.ms);
                return ms('timeout') - ms('our-close')";
    let took = page.js(took, &[]).await?.as_f64().context("no times")?;
    ensure!((950.0..2000.0).contains(&took), "A deadline of a second came after {took} ms.");
    page.has_no_fault().await
}
