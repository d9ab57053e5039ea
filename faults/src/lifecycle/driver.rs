//! What the peer sees of a page, iframe or worker that ends, and what a restored page reports; each compared with plain
//! JavaScript.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::engine::Engine;
use onclose_rig::results::{Suite, within};
use serde::Serialize;

use super::{End, HeldEnd, Hold, State};
use crate::browser::{Browser, Scope, Side};
use crate::driver::{Lab, begun, ended, is_open_after, release};
use crate::job::{Job, job};
use crate::matrix::log::Cause;

const LIMIT: Duration = Duration::from_secs(60);
/// A timeout that is longer than anything here takes.
const NEVER_MS: u64 = 600_000;
/// A timeout that passes while a page is in the cache.
const SOON_MS: u64 = 300;
/// How long a restored page may take to report the close.
const RESTORED: Duration = Duration::from_secs(10);
/// A connection that is open this long after its page was left has been kept with the page.
const KEPT: Duration = Duration::from_secs(2);

/// What ends, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    FrameRemoved,
    FrameNavigated,
    PageLeft,
    PageReloaded,
    WorkerTerminated,
    WorkerClosed,
}

/// The socket before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Connecting,
    Open,
    /// Open, and closed with a code in `pagehide`.
    Farewell,
    /// The peer does not answer the Close.
    Closing,
}

impl Ending {
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

impl Before {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Connecting, "with_a_connecting_socket"),
        (Self::Open, "with_an_open_socket"),
        (Self::Farewell, "with_a_socket_that_pagehide_closes"),
        (Self::Closing, "with_a_closing_socket"),
    ];

    fn hold(self, lab: &Lab<'_>, id: &str, timeout_ms: u64) -> Hold {
        let (state, more) = match self {
            Self::Connecting => (State::Connecting, "&accept_delay=3000"),
            Self::Open | Self::Farewell => (State::Open, ""),
            Self::Closing => (State::Closing, "&quiet"),
        };
        let url = lab.peer.url(&format!("/obey?id={id}{more}"));
        Hold { url, state, farewell: self == Self::Farewell, timeout_ms }
    }
}

/// The jobs that end something, in plain JavaScript only.
#[derive(Debug, Serialize)]
struct KeepUncaught;
job!(KeepUncaught, "keepUncaught" -> ());
#[derive(Debug, Serialize)]
struct UncaughtBefore;
job!(UncaughtBefore, "uncaughtBefore" -> Option<String>);
#[derive(Debug, Serialize)]
struct WasRestored;
job!(WasRestored, "wasRestored" -> bool);
#[derive(Debug, Serialize)]
struct InFrame {
    job: String,
    args: Hold,
}
job!(InFrame, "inFrame" -> ());
#[derive(Debug, Serialize)]
struct RemoveFrame;
job!(RemoveFrame, "removeFrame" -> ());
#[derive(Debug, Serialize)]
struct NavigateFrame;
job!(NavigateFrame, "navigateFrame" -> ());
#[derive(Debug, Serialize)]
struct CloseSelf;
job!(CloseSelf, "closeSelf" -> ());

/// The code of the Close frame that the peer received, if there was one.
type Seen = Option<u16>;

fn endings() -> impl Iterator<Item = (Ending, Before, String)> {
    Ending::ALL.into_iter().flat_map(|(ending, what)| {
        let exists = move |before| !(ending.is_worker() && before == Before::Farewell);
        Before::ALL.into_iter().filter(move |(before, _)| exists(*before)).map(move |(before, with)| {
            (ending, before, format!("when_{what}_{with}_the_peer_sees_the_same_as_of_plain_javascript"))
        })
    })
}

fn restorings() -> impl Iterator<Item = (Before, u64, String)> {
    Before::ALL.into_iter().flat_map(|(before, with)| {
        let timeouts = [(NEVER_MS, ""), (SOON_MS, "_and_a_timeout_that_passes_meanwhile")];
        let makes_sense = move |timeout| match before {
            Before::Connecting => true,
            Before::Open | Before::Farewell => timeout == NEVER_MS,
            // Without a timeout of its own the crate waits as long as the engine, up to a minute.
            Before::Closing => timeout == SOON_MS,
        };
        timeouts
            .into_iter()
            .filter(move |(timeout, _)| makes_sense(*timeout))
            .map(move |(timeout, late)| (before, timeout, format!("a_restored_page_{with}{late}_reports_the_close")))
    })
}

pub(crate) fn tests() -> Vec<String> {
    endings().map(|(.., name)| name).chain(restorings().map(|(.., name)| name)).collect()
}

pub(crate) async fn run(lab: &Lab<'_>, suite: &mut Suite<'_>) {
    let mut browser = None;
    for (ending, before, name) in endings() {
        let is_sampled = matches!(before, Before::Open | Before::Farewell);
        if (lab.whole || lab.filter.is_some() || is_sampled) && lab.wants(&name) {
            suite.test(&name, within(LIMIT, compare_endings(lab, &mut browser, ending, before)).await);
        }
    }
    for (before, timeout, name) in restorings() {
        if lab.wants(&name) {
            suite.test(&name, within(LIMIT, compare_restored(lab, &mut browser, before, timeout)).await);
        }
    }
    if let Some(browser) = browser {
        browser.close().await;
    }
}

/// Opens the laboratory anew.
async fn fresh<'a>(lab: &Lab<'_>, browser: &'a mut Option<Browser>, query: &str) -> Result<&'a Browser> {
    let browser = match browser {
        Some(browser) => browser,
        none => none.insert(lab.browser().await?),
    };
    browser.goto(&format!("{}?{query}", lab.page)).await?;
    browser.run(Scope::Page, Side::Plain, &KeepUncaught, LIMIT).await?;
    Ok(browser)
}

fn new_id() -> String {
    format!("{:016x}", fastrand::u64(..))
}

async fn compare_endings(
    lab: &Lab<'_>,
    browser: &mut Option<Browser>,
    ending: Ending,
    before: Before,
) -> Result<String> {
    let mut seen = Vec::new();
    for side in Side::ALL {
        let browser = fresh(lab, browser, "ending").await?;
        let one = end(lab, browser, ending, before, side).await;
        seen.push(one.with_context(|| format!("with {}", side.job::<Hold>()))?);
        nothing_uncaught(browser).await?;
    }
    ensure!(seen[0] == seen[1], "The peer saw {:?} of plain JavaScript, and {:?} of the crate.", seen[0], seen[1]);
    Ok(match seen[0] {
        Some(code) => format!("the peer sees {code}"),
        None => "the peer sees no Close".to_owned(),
    })
}

async fn end(lab: &Lab<'_>, browser: &Browser, ending: Ending, before: Before, side: Side) -> Result<Seen> {
    let (id, records) = (new_id(), &lab.peer.records);
    let hold = before.hold(lab, &id, NEVER_MS);
    match ending {
        Ending::FrameRemoved | Ending::FrameNavigated => {
            let in_frame = InFrame { job: side.job::<Hold>(), args: hold };
            browser.run(Scope::Page, Side::Plain, &in_frame, LIMIT).await?;
            begun(records, &id).await?;
            match ending {
                Ending::FrameRemoved => plain(browser, Scope::Page, &RemoveFrame).await?,
                _ => plain(browser, Scope::Page, &NavigateFrame).await?,
            }
        }
        Ending::PageLeft => {
            browser.run(Scope::Page, side, &hold, LIMIT).await?;
            begun(records, &id).await?;
            browser.goto(&format!("{}?left", lab.page)).await?;
            // Chromium keeps the page with its connection, and closes that when the page is restored.
            if is_open_after(records, &id, KEPT).await {
                browser.session().client().back().await?;
                browser.ready().await?;
                browser.session().client().refresh().await?;
                browser.ready().await?;
            }
        }
        Ending::PageReloaded => {
            browser.run(Scope::Page, side, &hold, LIMIT).await?;
            begun(records, &id).await?;
            browser.session().client().refresh().await?;
            browser.ready().await?;
        }
        Ending::WorkerTerminated | Ending::WorkerClosed => {
            browser.run(Scope::Worker, side, &hold, LIMIT).await?;
            begun(records, &id).await?;
            match ending {
                Ending::WorkerClosed => plain(browser, Scope::Worker, &CloseSelf).await?,
                _ => browser.terminate_worker().await?,
            }
        }
    }
    if before == Before::Closing {
        // Firefox waits for its own close timeout, whatever happens to the page.
        release(records, &id).await?;
    }
    Ok(ended(records, &id).await?.close_code())
}

async fn plain<J: Job<Answer = ()>>(browser: &Browser, scope: Scope, job: &J) -> Result<()> {
    browser.run(scope, Side::Plain, job, LIMIT).await
}

/// Fails if there was an uncaught error in this page, in its worker, or in the pages before it.
async fn nothing_uncaught(browser: &Browser) -> Result<()> {
    if let Some(uncaught) = browser.run(Scope::Page, Side::Plain, &UncaughtBefore, LIMIT).await? {
        bail!("Uncaught: {uncaught}");
    }
    browser.nothing_uncaught().await
}

async fn compare_restored(
    lab: &Lab<'_>,
    browser: &mut Option<Browser>,
    before: Before,
    timeout_ms: u64,
) -> Result<String> {
    let mut pages = Vec::new();
    for side in Side::ALL {
        let browser = fresh(lab, browser, "restored").await?;
        let page = restore(lab, browser, before, timeout_ms, side).await;
        pages.push(page.with_context(|| format!("with {}", side.job::<Hold>()))?);
        nothing_uncaught(browser).await?;
    }
    let [plain, ours] = &pages[..] else { bail!("There are not two pages.") };
    let (plain, ours) = match (plain, ours) {
        // Chromium keeps pages with sockets: there this must not pass without a test.
        (Page::Loaded, Page::Loaded) if lab.engine != Engine::Chromium => {
            return Ok("this engine does not keep such a page".to_owned());
        }
        (_, Page::Restored(Some(ours))) => (plain, ours),
        _ => bail!("Plain JavaScript reports {plain:?}, and the crate {ours:?}."),
    };
    ensure!(ours.pending == Some(0), "Some tasks are still pending: {ours:?}");
    let cause = ours.cause.context("The crate reports no cause.")?;
    let same = matches!(plain, Page::Restored(Some(plain)) if (plain.code, plain.clean) == (ours.code, ours.clean));
    // The crate closes where the plain socket still waits: at its timeout, or (WebKit) after `error` without `close`.
    let sooner = timeout_ms == SOON_MS && matches!(cause, Cause::Timeout | Cause::Local) && ours.code == 1006;
    ensure!(same || sooner, "{plain:?} is not {ours:?}.");
    Ok(format!("{cause:?}, {}", ours.code))
}

/// The page after navigating back.
#[derive(Debug)]
enum Page {
    /// It was not kept, and was loaded anew.
    Loaded,
    /// It was kept; how its socket closed, if it has.
    Restored(Option<End>),
}

async fn restore(lab: &Lab<'_>, browser: &Browser, before: Before, timeout_ms: u64, side: Side) -> Result<Page> {
    let id = new_id();
    browser.run(Scope::Page, side, &before.hold(lab, &id, timeout_ms), LIMIT).await?;
    browser.goto(&format!("{}?left", lab.page)).await?;
    if timeout_ms == SOON_MS {
        // The timeout has to pass in a frozen page, which reports nothing.
        tokio::time::sleep(Duration::from_millis(2 * SOON_MS)).await;
    }
    browser.session().client().back().await?;
    browser.ready().await?;
    if !browser.run(Scope::Page, Side::Plain, &WasRestored, LIMIT).await? {
        return Ok(Page::Loaded);
    }
    // With a peer that does not answer, a plain socket waits for the engine's own timeout of up to a minute.
    let patience = if (before, side) == (Before::Closing, Side::Plain) { KEPT } else { RESTORED };
    let begun = Instant::now();
    loop {
        let end = browser.run(Scope::Page, side, &HeldEnd, LIMIT).await?;
        let complete = |end: &End| end.pending.unwrap_or_default() == 0;
        if end.as_ref().is_some_and(complete) || begun.elapsed() > patience {
            return Ok(Page::Restored(end));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
