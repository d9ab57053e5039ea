//! How the page shows each kind of close: a table.

use anyhow::{Result, ensure};
use onclose_rig::engine::Engine;
use onclose_rig::session::Session;

use crate::Context;
use crate::page::Page;

/// What is chosen on the page, what is done there, and what it then shows.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    scenario: &'static str,
    /// Fields that are filled before connecting.
    fields: &'static [(&'static str, &'static str)],
    act: Act,
    close: fn(Engine) -> Close,
    /// All kinds of entries in the timeline, where they are the same in every engine.
    timeline: Option<&'static [&'static str]>,
    /// A kind of entry, and whether the timeline has it.
    entry: Option<(&'static str, In)>,
    /// The code that the peer sees.
    seen: Option<u16>,
}

/// Whether something holds in an engine.
type In = fn(Engine) -> bool;

/// What the test does once it has connected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Nothing,
    /// Closes with the page's fields, in this state.
    CloseWhen(&'static str),
    Drop,
}

/// The result as the page shows it.
#[derive(Debug, PartialEq, Eq)]
struct Close {
    code: u16,
    reason: &'static str,
    clean: bool,
    cause: &'static str,
    was_open: bool,
    timed_out: bool,
    /// The code that the page requested.
    requested: &'static str,
}

const fn close(cause: &'static str, code: u16, reason: &'static str) -> Close {
    Close { code, reason, clean: code != 1006, cause, was_open: true, timed_out: false, requested: "" }
}

const fn timed_out(close: Close) -> Close {
    Close { timed_out: true, ..close }
}

const fn requested(requested: &'static str, close: Close) -> Close {
    Close { requested, ..close }
}

const fn never_open(close: Close) -> Close {
    Close { was_open: false, ..close }
}

/// A row in which the peer acts.
const fn row(name: &'static str, scenario: &'static str, close: fn(Engine) -> Close) -> Row {
    Row { name, scenario, fields: &[], act: Act::Nothing, close, timeline: None, entry: None, seen: None }
}

const FIVE: &[&str] =
    &["connecting", "open", "message", "message", "message", "message", "message", "close-event", "closed"];

pub(crate) const ROWS: &[Row] = &[
    Row {
        timeline: Some(&["connecting", "open", "close-event", "closed"]),
        ..row("a_close_with_1000_is_clean_and_remote", "normal", |_| close("remote", 1000, ""))
    },
    Row {
        fields: &[("peer-code", "3333"), ("peer-reason", "50% & more € ?")],
        ..row("a_close_with_a_chosen_frame_has_its_code_and_reason", "chosen", |_| {
            close("remote", 3333, "50% & more € ?")
        })
    },
    row("a_close_without_a_code_is_1005", "no-code", |_| close("remote", 1005, "")),
    Row {
        // WebKitGTK treats 1012 as a protocol error.
        entry: Some(("error-event", |engine| engine == Engine::Webkit)),
        ..row("a_close_with_1012_is_remote_where_the_engine_knows_it", "restart", |engine| match engine {
            Engine::Webkit => close("lost", 1006, ""),
            Engine::Chromium | Engine::Firefox => close("remote", 1012, "new version"),
        })
    },
    Row {
        timeline: Some(FIVE),
        ..row("five_messages_precede_the_close", "messages", |_| close("remote", 1000, "that was all"))
    },
    row("a_close_with_the_handshake_has_the_peers_code", "at-once", |_| close("remote", 4000, "too soon")),
    row("a_connection_ended_by_fin_is_lost", "fin", |_| close("lost", 1006, "")),
    row("a_connection_that_was_reset_is_lost", "reset", |_| close("lost", 1006, "")),
    row("a_handshake_rejected_with_401_never_opened", "unauthorized", |_| never_open(close("lost", 1006, ""))),
    Row {
        entry: Some(("timeout", |_| true)),
        ..row("a_handshake_without_an_answer_times_out", "hs-hang", |_| {
            timed_out(never_open(close("timeout", 1006, "")))
        })
    },
    row("a_port_without_a_server_never_opened", "refused", |_| never_open(close("lost", 1006, ""))),
    Row {
        // WebKit fires `error` without `close`.
        entry: Some(("close-event", |engine| engine != Engine::Webkit)),
        ..row("a_blocked_port_closes_at_once", "blocked", |engine| {
            never_open(close(if engine == Engine::Webkit { "blocked" } else { "lost" }, 1006, ""))
        })
    },
    Row {
        fields: &[("close-code", "4000"), ("close-reason", "bye")],
        act: Act::CloseWhen("open"),
        entry: Some(("our-close", |_| true)),
        seen: Some(4000),
        ..row("our_close_is_echoed", "echo", |_| requested("4000", close("local", 4000, "bye")))
    },
    Row {
        fields: &[("close-code", ""), ("close-reason", "")],
        act: Act::CloseWhen("open"),
        ..row("our_close_without_a_code_is_echoed_as_1005", "echo", |_| requested("none", close("local", 1005, "")))
    },
    Row {
        fields: &[("close-code", "4000"), ("close-reason", "")],
        act: Act::CloseWhen("open"),
        ..row("our_code_is_shown_beside_another_answer", "other", |_| {
            requested("4000", close("local", 4444, "as you wish"))
        })
    },
    Row {
        fields: &[("close-code", "1000"), ("close-reason", "")],
        act: Act::CloseWhen("open"),
        timeline: Some(&["connecting", "open", "our-close", "timeout", "closed"]),
        ..row("our_close_without_an_answer_times_out", "no-answer", |_| {
            timed_out(requested("1000", close("local", 1006, "")))
        })
    },
    Row {
        fields: &[("close-code", "4000"), ("close-reason", "never mind")],
        act: Act::CloseWhen("connecting"),
        ..row("our_close_while_connecting_aborts", "connecting", |_| {
            never_open(requested("4000", close("local", 1006, "")))
        })
    },
    Row {
        act: Act::Drop,
        seen: Some(4001),
        ..row("a_dropped_socket_closes_and_its_close_is_shown", "drop", |_| {
            requested("4001", close("local", 4001, "the page dropped its socket"))
        })
    },
];

pub(crate) async fn run(row: &Row, session: &Session, context: &Context<'_>) -> Result<()> {
    let (page, engine) = (Page::open(session, context).await?, session.engine());
    page.choose(row.scenario).await?;
    for (field, text) in row.fields {
        page.fill(field, text).await?;
    }
    page.press("connect").await?;
    match row.act {
        Act::Nothing => {}
        Act::CloseWhen(state) => {
            page.until_state(state).await?;
            page.press("close").await?;
        }
        Act::Drop => {
            page.until_state("open").await?;
            page.press("drop").await?;
        }
    }
    page.until_closed().await?;

    let (reason, cause) = (page.data("reason", "reason").await?, page.data("cause", "value").await?);
    let shown_requested = page.data("requested", "code").await?;
    let shown = (
        page.text("code").await?.parse::<u16>()?,
        reason.as_str(),
        page.data("clean", "value").await? == "true",
        cause.as_str(),
        page.data("was-open", "value").await? == "true",
        page.data("timed-out", "value").await? == "true",
        shown_requested.as_str(),
    );
    let Close { code, reason, clean, cause, was_open, timed_out, requested } = (row.close)(engine);
    let kinds = page.kinds().await?;
    let expected = (code, reason, clean, cause, was_open, timed_out, requested);
    ensure!(shown == expected, "The page shows {shown:?} instead of {expected:?}; {kinds:?}.");
    for id in
        ["name", "meaning", "range", "reason", "clean", "cause", "why", "was-open", "timed-out", "requested", "browser"]
    {
        ensure!(!page.text(id).await?.is_empty(), "#{id} is empty.");
    }

    let position = |wanted: &str| kinds.iter().position(|kind| kind == wanted);
    let last = position("close-event").min(position("closed")).or(position("closed"));
    ensure!(position("open").is_some() == was_open && position("open") < last, "The timeline lists {kinds:?}.");
    if row.act != Act::Nothing {
        let (ours, event) = (position("our-close").or(position("dropped")), position("close-event"));
        ensure!(ours.is_some() && (event.is_none() || ours < event), "The timeline lists {kinds:?}.");
    }
    if let Some(all) = row.timeline {
        ensure!(kinds == all, "The timeline lists {kinds:?}.");
    }
    if let Some((kind, has)) = row.entry {
        ensure!(position(kind).is_some() == has(engine), "The timeline lists {kinds:?}.");
    }
    page.has_no_fault().await?;
    if let Some(code) = row.seen {
        let saw = page.saw(&page.id().await?, 10_000).await?;
        ensure!(saw["close"]["code"] == code, "The peer saw {saw}.");
    }
    Ok(())
}
