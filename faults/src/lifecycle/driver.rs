//! Pages, frames and workers that go with a socket, and pages that come back; each beside plain JavaScript.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::driver::{Browser, Lab, Place, Tally, within};
use crate::saw::{begun, is_open_after, release, saw};
use onclose_rig::driver::Engine;

const LIMIT: Duration = Duration::from_secs(60);
/// Longer than anything here takes.
const NEVER: u64 = 600_000;
/// A deadline that passes while a page is away.
const SOON: u64 = 300;
/// Until the page that came back has been told.
const TOLD: Duration = Duration::from_secs(10);
/// After that, a connection whose page was left is taken for kept.
const KEPT: Duration = Duration::from_secs(2);

/// What goes, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    FrameRemoved,
    FrameNavigated,
    PageLeft,
    PageReloaded,
    WorkerTerminated,
    WorkerClosed,
}

/// The state of the socket before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Connecting,
    Open,
    /// Open, and closed with a code in `pagehide`.
    Farewell,
    /// The peer does not answer.
    Closing,
}

impl Going {
    const ALL: [(Self, &'static str); 6] = [
        (Self::FrameRemoved, "an_iframe_is_removed"),
        (Self::FrameNavigated, "an_iframe_is_navigated"),
        (Self::PageLeft, "a_page_is_left"),
        (Self::PageReloaded, "a_page_is_reloaded"),
        (Self::WorkerTerminated, "a_worker_is_terminated"),
        (Self::WorkerClosed, "a_worker_closes_itself"),
    ];

    fn is_worker(self) -> bool {
        matches!(self, Self::WorkerTerminated | Self::WorkerClosed)
    }
}

impl State {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Connecting, "with_a_connecting_socket"),
        (Self::Open, "with_an_open_socket"),
        (Self::Farewell, "with_a_socket_that_pagehide_closes"),
        (Self::Closing, "with_a_closing_socket"),
    ];

    fn args(self, lab: &Lab<'_>, id: &str, deadline: u64) -> Value {
        let (state, more) = match self {
            Self::Connecting => ("connecting", "&accept_delay=3000"),
            Self::Open | Self::Farewell => ("open", ""),
            Self::Closing => ("closing", "&quiet"),
        };
        let url = lab.peer(&format!("/obey?id={id}{more}"));
        json!({ "url": url, "state": state, "farewell": self == Self::Farewell, "deadline": deadline })
    }
}

/// Who holds the socket.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Plain,
    Crate,
}

impl Holder {
    fn job(self, name: &str) -> String {
        match (self, name) {
            (Self::Plain, "held_end") => "raw.heldEnd".to_owned(),
            (Self::Plain, name) => format!("raw.{name}"),
            (Self::Crate, name) => format!("onclose.{name}"),
        }
    }
}

/// The code of the Close that the peer saw, if it saw one.
type Seen = Option<u64>;

pub(crate) async fn run(lab: &Lab<'_>, tally: &mut Tally) {
    let mut browser = None;
    for (going, what) in Going::ALL {
        for (state, with) in State::ALL {
            let name = format!("when_{what}_{with}_the_peer_sees_what_plain_javascript_shows");
            let is_sampled = matches!(state, State::Open | State::Farewell);
            let exists = !(going.is_worker() && state == State::Farewell);
            if !exists || !(lab.whole || is_sampled) || !lab.wants(&name) {
                continue;
            }
            tally.test(&name, within(LIMIT, goes(lab, &mut browser, going, state)).await);
        }
    }
    for (state, with) in State::ALL {
        for (deadline, late) in [(NEVER, ""), (SOON, "_and_a_deadline_that_passes_meanwhile")] {
            let name = format!("a_page_that_comes_back_{with}{late}_is_told_of_the_end");
            let makes_sense = match state {
                State::Connecting => true,
                State::Open | State::Farewell => deadline == NEVER,
                // Without a deadline it is as long as the engine's own, up to a minute.
                State::Closing => deadline == SOON,
            };
            if !makes_sense || !lab.wants(&name) {
                continue;
            }
            tally.test(&name, within(LIMIT, comes_back(lab, &mut browser, state, deadline)).await);
        }
    }
    if let Some(browser) = browser {
        browser.close().await;
    }
}

/// The page of the laboratory, as new.
async fn fresh<'a>(lab: &Lab<'_>, browser: &'a mut Option<Browser>, query: &str) -> Result<&'a Browser> {
    let browser = match browser {
        Some(browser) => browser,
        none => none.insert(lab.browser().await?),
    };
    browser.goto(&format!("{}?{query}", lab.page)).await?;
    let _: Value = browser.run(Place::Page, "raw.keepStrayOf", json!(null), LIMIT).await?;
    Ok(browser)
}

fn new_id() -> String {
    format!("{:016x}", fastrand::u64(..))
}

async fn goes(lab: &Lab<'_>, browser: &mut Option<Browser>, going: Going, state: State) -> Result<String> {
    let mut seen = Vec::new();
    for holder in [Holder::Plain, Holder::Crate] {
        let browser = fresh(lab, browser, "goes").await?;
        let went = go(lab, browser, going, state, holder).await;
        seen.push(went.with_context(|| format!("with {}", holder.job("hold")))?);
        silence(browser).await?;
    }
    ensure!(seen[0] == seen[1], "The peer saw {:?} of plain JavaScript, and {:?} of the crate.", seen[0], seen[1]);
    Ok(match seen[0] {
        Some(code) => format!("the peer sees {code}"),
        None => "the peer sees no Close".to_owned(),
    })
}

async fn go(lab: &Lab<'_>, browser: &Browser, going: Going, state: State, holder: Holder) -> Result<Seen> {
    let id = new_id();
    let (job, args) = (holder.job("hold"), state.args(lab, &id, NEVER));
    let page = async |job: &str, args: Value| browser.run::<Value>(Place::Page, job, args, LIMIT).await;
    match going {
        Going::FrameRemoved | Going::FrameNavigated => {
            page("raw.inFrame", json!({ "job": job, "args": args })).await?;
            begun(lab, browser, &id).await?;
            page(if going == Going::FrameRemoved { "raw.removeFrame" } else { "raw.navigateFrame" }, json!(null))
                .await?;
        }
        Going::PageLeft => {
            page(&job, args).await?;
            begun(lab, browser, &id).await?;
            browser.goto(&format!("{}?left", lab.page)).await?;
            // Chromium keeps the page with its connection, and ends that when the page comes back.
            if is_open_after(lab, browser, &id, KEPT).await? {
                browser.client().back().await?;
                browser.ready().await?;
                browser.client().refresh().await?;
                browser.ready().await?;
            }
        }
        Going::PageReloaded => {
            page(&job, args).await?;
            begun(lab, browser, &id).await?;
            browser.client().refresh().await?;
            browser.ready().await?;
        }
        Going::WorkerTerminated | Going::WorkerClosed => {
            let _: Value = browser.run(Place::Worker, &job, args, LIMIT).await?;
            begun(lab, browser, &id).await?;
            if going == Going::WorkerClosed {
                let _: Value = browser.run(Place::Worker, "raw.closeSelf", json!(null), LIMIT).await?;
            } else {
                browser.script("lab.terminate()", vec![]).await?;
            }
        }
    }
    if state == State::Closing {
        // Firefox leaves a closing connection to its own deadline, whatever becomes of the page.
        release(lab, browser, &id).await?;
    }
    Ok(saw(lab, browser, &id).await?["close"]["code"].as_u64())
}

/// Nobody missed an error, in this page, its worker, or those before it.
async fn silence(browser: &Browser) -> Result<()> {
    let stray: Option<String> = browser.run(Place::Page, "raw.strayBefore", json!(null), LIMIT).await?;
    if let Some(stray) = stray {
        bail!("Nobody caught {stray}");
    }
    browser.nothing_stray().await
}

#[derive(Debug, Deserialize)]
struct End {
    code: u16,
    clean: bool,
    cause: Option<String>,
    waiting: Option<u32>,
}

async fn comes_back(lab: &Lab<'_>, browser: &mut Option<Browser>, state: State, deadline: u64) -> Result<String> {
    let mut ends = Vec::new();
    for holder in [Holder::Plain, Holder::Crate] {
        let browser = fresh(lab, browser, "comes-back").await?;
        let end = come_back(lab, browser, state, deadline, holder).await;
        ends.push(end.with_context(|| format!("with {}", holder.job("hold")))?);
        silence(browser).await?;
    }
    let [plain, ours] = &ends[..] else { bail!("There are not two.") };
    let (plain, ours) = match (plain, ours) {
        // Chromium keeps pages with sockets; that it does is what makes this a test.
        (Back::New, Back::New) if lab.engine != Engine::Chromium => {
            return Ok("this engine does not keep such a page".to_owned());
        }
        (_, Back::Kept(Some(ours))) => (plain, ours),
        _ => bail!("Plain JavaScript was told {plain:?}, and the crate {ours:?}."),
    };
    ensure!(ours.waiting == Some(0), "Some were told nothing: {ours:?}");
    let cause = ours.cause.as_deref().unwrap_or_default();
    let same = matches!(plain, Back::Kept(Some(plain)) if (plain.code, plain.clean) == (ours.code, ours.clean));
    // Ours ends where the raw one is left waiting: at its deadline, or (WebKit) after an `error` without a `close`.
    let sooner = deadline == SOON && matches!(cause, "Timeout" | "Local") && ours.code == 1006;
    ensure!(same || sooner, "{plain:?} is not {ours:?}.");
    Ok(format!("{cause}, {}", ours.code))
}

/// The page one comes back to.
#[derive(Debug)]
enum Back {
    /// It was not kept.
    New,
    /// How its socket ended, if it has.
    Kept(Option<End>),
}

async fn come_back(lab: &Lab<'_>, browser: &Browser, state: State, deadline: u64, holder: Holder) -> Result<Back> {
    let id = new_id();
    let _: Value = browser.run(Place::Page, &holder.job("hold"), state.args(lab, &id, deadline), LIMIT).await?;
    browser.goto(&format!("{}?left", lab.page)).await?;
    if deadline == SOON {
        // The time has to pass, and nothing tells that it has.
        tokio::time::sleep(Duration::from_millis(2 * SOON)).await;
    }
    browser.client().back().await?;
    browser.ready().await?;
    let cached: bool = browser.run(Place::Page, "raw.cached", json!(null), LIMIT).await?;
    if !cached {
        return Ok(Back::New);
    }
    // A peer that does not answer leaves it to the engine, which waits for a minute.
    let told_within = if matches!((state, holder), (State::Closing, Holder::Plain)) { KEPT } else { TOLD };
    let begun = Instant::now();
    loop {
        let end: Option<End> = browser.run(Place::Page, &holder.job("held_end"), json!(null), LIMIT).await?;
        let told = |end: &End| end.waiting.unwrap_or_default() == 0;
        if end.as_ref().is_some_and(told) || begun.elapsed() > told_within {
            return Ok(Back::Kept(end));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
