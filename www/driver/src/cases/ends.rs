//! Every choice, from connecting to its end.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use fantoccini::Client;

use super::{Ctx, Page, beside};
use onclose_rig::driver::Engine;

/// The choices that have a case of their own, below.
const OF_THEIR_OWN: [&str; 17] = [
    "normal",
    "chosen",
    "no-code",
    "restart",
    "messages",
    "at-once",
    "fin",
    "reset",
    "unauthorized",
    "hs-hang",
    "refused",
    "blocked",
    "echo",
    "other",
    "no-answer",
    "connecting",
    "drop",
];

/// What the page shows of an end.
#[derive(Debug, PartialEq, Eq)]
struct End {
    code: u16,
    reason: String,
    clean: bool,
    cause: String,
    was_open: bool,
    /// The code that we asked for.
    requested: String,
}

impl End {
    fn new(cause: &str, code: u16, clean: bool) -> Self {
        let (reason, requested) = (String::new(), String::new());
        Self { code, reason, clean, cause: cause.to_owned(), was_open: true, requested }
    }

    fn reason(self, reason: &str) -> Self {
        Self { reason: reason.to_owned(), ..self }
    }

    fn requested(self, code: &str) -> Self {
        Self { requested: code.to_owned(), ..self }
    }

    fn never_open(self) -> Self {
        Self { was_open: false, ..self }
    }
}

/// Waits for the end, which has to be this one, and returns the kinds of what the timeline lists.
async fn ended(page: &Page<'_>, expected: End) -> Result<Vec<String>> {
    page.until_ended().await?;
    let shown = End {
        code: page.text("code").await?.parse()?,
        reason: page.data("reason", "reason").await?,
        clean: page.data("clean", "value").await? == "true",
        cause: page.data("cause", "value").await?,
        was_open: page.data("was-open", "value").await? == "true",
        requested: page.data("requested", "code").await?,
    };
    let kinds = page.kinds().await?;
    ensure!(shown == expected, "It ended with {shown:?}, not with {expected:?}; {kinds:?}.");
    for id in
        ["name", "meaning", "range", "reason", "clean", "cause", "why", "was-open", "timed-out", "requested", "browser"]
    {
        ensure!(!page.text(id).await?.is_empty(), "#{id} says nothing.");
    }
    let open = kinds.iter().position(|kind| kind == "open");
    let close = kinds.iter().position(|kind| kind == "close-event" || kind == "closed");
    ensure!(open.is_some() == shown.was_open && open < close, "The timeline lists {kinds:?}.");
    page.has_no_fault().await?;
    Ok(kinds)
}

/// Connects, and leaves the rest to the peer.
async fn by_itself(client: &Client, ctx: &Ctx, choice: &str, expected: End) -> Result<Vec<String>> {
    let page = Page::open(client, ctx).await?;
    page.connect(choice).await?;
    ended(&page, expected).await
}

/// Connects, and closes in this state.
async fn by_us<'a>(client: &'a Client, ctx: &Ctx, choice: &str, state: &str, frame: (&str, &str)) -> Result<Page<'a>> {
    let page = Page::open(client, ctx).await?;
    page.fill("close-code", frame.0).await?;
    page.fill("close-reason", frame.1).await?;
    page.connect(choice).await?;
    page.until_state(state).await?;
    page.press("close").await?;
    Ok(page)
}

pub(super) async fn every_choice_has_a_case(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    let listed = page.js("return [...document.querySelectorAll('[name=scenario]')].map(e => e.value)", &[]).await?;
    let listed: BTreeSet<String> = serde_json::from_value(listed)?;
    let tested = OF_THEIR_OWN.into_iter().chain(beside::tested()).map(str::to_owned).collect();
    ensure!(listed == tested, "Offered or tested, not both: {:?}", listed.symmetric_difference(&tested));
    Ok(())
}

pub(super) async fn closed_with_1000_it_is_clean_and_the_peers(client: &Client, ctx: &Ctx) -> Result<()> {
    let kinds = by_itself(client, ctx, "normal", End::new("remote", 1000, true)).await?;
    ensure!(kinds == ["connecting", "open", "close-event", "closed"], "The timeline lists {kinds:?}.");
    Ok(())
}

pub(super) async fn closed_with_a_chosen_code_it_has_that_code_and_reason(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.choose("chosen").await?;
    page.fill("peer-code", "3333").await?;
    page.fill("peer-reason", "50% & more € ?").await?;
    page.press("connect").await?;
    ended(&page, End::new("remote", 3333, true).reason("50% & more € ?")).await?;
    Ok(())
}

pub(super) async fn closed_without_a_code_it_is_1005(client: &Client, ctx: &Ctx) -> Result<()> {
    by_itself(client, ctx, "no-code", End::new("remote", 1005, true)).await?;
    Ok(())
}

/// WebKitGTK takes 1012 for a broken protocol.
pub(super) async fn closed_for_a_restart_it_is_1012_where_the_engine_knows_it(
    client: &Client,
    ctx: &Ctx,
) -> Result<()> {
    let expected = match ctx.engine {
        Engine::Webkit => End::new("lost", 1006, false),
        Engine::Chromium | Engine::Firefox => End::new("remote", 1012, true).reason("new version"),
    };
    let kinds = by_itself(client, ctx, "restart", expected).await?;
    let has_error = kinds.iter().any(|kind| kind == "error-event");
    ensure!(has_error == (ctx.engine == Engine::Webkit), "The timeline lists {kinds:?}.");
    Ok(())
}

pub(super) async fn five_messages_come_before_the_end(client: &Client, ctx: &Ctx) -> Result<()> {
    let expected = End::new("remote", 1000, true).reason("that was all");
    let kinds = by_itself(client, ctx, "messages", expected).await?;
    let messages = ["message"; 5];
    let all: Vec<_> = ["connecting", "open"].into_iter().chain(messages).chain(["close-event", "closed"]).collect();
    ensure!(kinds == all, "The timeline lists {kinds:?}.");
    Ok(())
}

pub(super) async fn closed_with_the_handshake_it_has_the_peers_code(client: &Client, ctx: &Ctx) -> Result<()> {
    by_itself(client, ctx, "at-once", End::new("remote", 4000, true).reason("too soon")).await?;
    Ok(())
}

pub(super) async fn ended_by_fin_it_is_lost(client: &Client, ctx: &Ctx) -> Result<()> {
    by_itself(client, ctx, "fin", End::new("lost", 1006, false)).await?;
    Ok(())
}

pub(super) async fn reset_it_is_lost(client: &Client, ctx: &Ctx) -> Result<()> {
    by_itself(client, ctx, "reset", End::new("lost", 1006, false)).await?;
    Ok(())
}

pub(super) async fn refused_with_401_it_never_opened(client: &Client, ctx: &Ctx) -> Result<()> {
    by_itself(client, ctx, "unauthorized", End::new("lost", 1006, false).never_open()).await?;
    Ok(())
}

pub(super) async fn without_an_answer_to_the_handshake_connecting_ends_at_the_deadline(
    client: &Client,
    ctx: &Ctx,
) -> Result<()> {
    let kinds = by_itself(client, ctx, "hs-hang", End::new("timeout", 1006, false).never_open()).await?;
    ensure!(kinds.iter().any(|kind| kind == "timeout"), "The timeline lists {kinds:?}.");
    Ok(())
}

pub(super) async fn where_nobody_listens_it_never_opened(client: &Client, ctx: &Ctx) -> Result<()> {
    by_itself(client, ctx, "refused", End::new("lost", 1006, false).never_open()).await?;
    Ok(())
}

/// WebKit fires an error and no close.
pub(super) async fn a_blocked_port_ends_at_once(client: &Client, ctx: &Ctx) -> Result<()> {
    let cause = if ctx.engine == Engine::Webkit { "blocked" } else { "lost" };
    let kinds = by_itself(client, ctx, "blocked", End::new(cause, 1006, false).never_open()).await?;
    let has_close = kinds.iter().any(|kind| kind == "close-event");
    ensure!(has_close == (ctx.engine != Engine::Webkit), "The timeline lists {kinds:?}.");
    Ok(())
}

pub(super) async fn our_close_comes_back_from_a_peer_that_echoes(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = by_us(client, ctx, "echo", "open", ("4000", "bye")).await?;
    let id = page.id().await?;
    let kinds = ended(&page, End::new("local", 4000, true).reason("bye").requested("4000")).await?;
    let ours = kinds.iter().position(|kind| kind == "our-close");
    let events = kinds.iter().position(|kind| kind == "close-event");
    ensure!(ours.is_some() && ours < events, "The timeline lists {kinds:?}.");
    let saw = page.saw(&id, 10_000).await?;
    ensure!(saw["close"]["code"] == 4000 && saw["close"]["reason"] == "bye", "The peer saw {saw}.");
    Ok(())
}

pub(super) async fn our_close_without_a_code_comes_back_as_1005(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = by_us(client, ctx, "echo", "open", ("", "")).await?;
    ended(&page, End::new("local", 1005, true).requested("none")).await?;
    Ok(())
}

pub(super) async fn our_close_is_kept_beside_another_answer(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = by_us(client, ctx, "other", "open", ("4000", "")).await?;
    ended(&page, End::new("local", 4444, true).reason("as you wish").requested("4000")).await?;
    Ok(())
}

pub(super) async fn our_close_without_an_answer_ends_at_the_deadline(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = by_us(client, ctx, "no-answer", "open", ("1000", "")).await?;
    let kinds = ended(&page, End::new("local", 1006, false).requested("1000")).await?;
    ensure!(kinds == ["connecting", "open", "our-close", "timeout", "closed"], "The timeline lists {kinds:?}.");
    Ok(())
}

pub(super) async fn our_close_while_connecting_is_kept(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = by_us(client, ctx, "connecting", "connecting", ("4000", "never mind")).await?;
    ended(&page, End::new("local", 1006, false).requested("4000").never_open()).await?;
    Ok(())
}

pub(super) async fn a_dropped_socket_closes_and_its_end_is_told(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.connect("drop").await?;
    page.until_state("open").await?;
    page.press("drop").await?;
    let reason = "the page dropped its socket";
    ended(&page, End::new("local", 4001, true).reason(reason).requested("4001")).await?;
    let saw = page.saw(&page.id().await?, 10_000).await?;
    ensure!(saw["close"]["code"] == 4001, "The peer saw {saw}.");
    Ok(())
}
