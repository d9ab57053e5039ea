//! Runs the load tests; each reports its figures, which are also written to `target/faults/load.json`.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use onclose_peer::{All, Saw};
use onclose_rig::peers::LocalPeer;
use onclose_rig::results::{Suite, within};

use super::figures::Figures;
use super::{Risen, cycles, endure, flood, sockets};
use crate::browser::Browser;
use crate::driver::{Lab, ended};

/// A test that takes seconds hangs after this time.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

pub(super) const MIB: f64 = 1_048_576.0;
/// The most that the send buffer holds beside one message, with a mark that is not higher: the mark is raised up to this
/// while the network is faster than the polls.
pub(super) const RAISED_MARK: f64 = 16.0 * MIB;

/// As many connections can be opened at the same time.
const HOSTS: u8 = 8;

const FIGURES: &str = "the_figures_are_written";

/// The sizes of the tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Cycles before the measurement.
    pub(super) warm_up: u32,
    pub(super) cycles: u32,
    /// Messages.
    pub(super) small: u32,
    pub(super) large: u32,
    /// Of a slow peer, and of a slow reader.
    pub(super) seconds: u32,
}

impl Size {
    fn of(lab: &Lab<'_>) -> Self {
        match lab.whole {
            true => Self { warm_up: 1_000, cycles: 10_000, small: 1_000_000, large: 2_000, seconds: 60 },
            false => Self { warm_up: 200, cycles: 800, small: 20_000, large: 40, seconds: 4 },
        }
    }
}

pub(crate) fn tests() -> Vec<String> {
    let mut tests = cycles::driver::tests();
    tests.extend(flood::driver::tests());
    tests.push(sockets::driver::NAME.to_owned());
    tests.extend(endure::driver::NAMES.map(str::to_owned));
    tests.push(FIGURES.to_owned());
    tests
}

pub(crate) async fn run(lab: &Lab<'_>, suite: &mut Suite<'_>) {
    let mut figures = Figures::begin(lab);
    let peer = match LocalPeer::start_at_hosts(HOSTS).await {
        Ok(peer) => peer,
        Err(error) => return suite.fail("no peer", &error),
    };
    let run = Run { lab, peer, browser: Cell::default(), size: Size::of(lab) };
    cycles::driver::run(&run, suite, &mut figures).await;
    flood::driver::run(&run, suite, &mut figures).await;
    sockets::driver::run(&run, suite, &mut figures).await;
    endure::driver::run(&run, suite, &mut figures).await;
    run.end_browser().await;
    if lab.wants(FIGURES) {
        suite.test(FIGURES, figures.write());
    }
}

/// What the load tests share.
pub(super) struct Run<'a> {
    pub(super) lab: &'a Lab<'a>,
    pub(super) peer: LocalPeer,
    browser: Cell<Option<Browser>>,
    pub(super) size: Size,
}

impl Run<'_> {
    /// Runs a test in a new page, so that its memory is measured from the beginning.
    pub(super) async fn alone<T>(
        &self,
        figures: &mut Figures,
        test: impl AsyncFnOnce(&Browser) -> Result<T>,
    ) -> Result<T> {
        let browser = match self.browser.take() {
            Some(browser) => {
                browser.goto(self.lab.page).await?;
                browser
            }
            None => self.lab.browser().await?,
        };
        figures.version(&browser);
        let result = within(LIMIT, async {
            let answer = test(&browser).await?;
            browser.nothing_uncaught().await?;
            Ok(answer)
        })
        .await;
        self.browser.set(Some(browser));
        if result.is_err() {
            self.end_browser().await;
        }
        result
    }

    /// Ends the browser, so that the next test starts a new one.
    pub(super) async fn end_browser(&self) {
        if let Some(browser) = self.browser.take() {
            browser.close().await;
        }
    }

    /// Returns the peer's record of the connection with this id, which must have ended.
    pub(super) async fn saw(&self, id: &str) -> Result<Saw> {
        ended(&self.peer.records, id).await
    }

    /// Waits until the peer has seen the end of this many connections with this id.
    pub(super) async fn all_ended(&self, id: &str, count: u64) -> Result<All> {
        let begun = Instant::now();
        loop {
            let saw = self.peer.records.saw(id, Duration::ZERO).await;
            let all = saw.with_context(|| format!("The peer has no record of {id}."))?.all;
            ensure!(all.upgraded == count, "The peer saw {} connections, not {count}.", all.upgraded);
            if all.ended == count {
                return Ok(all);
            }
            // Longer than the peer waits for a missing FIN.
            if begun.elapsed() > Duration::from_secs(10) {
                bail!("Of {count} connections the peer saw {} end.", all.ended);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Risen {
    /// Fails if memory rose by more than this.
    pub(super) fn check(self, most: f64) -> Result<()> {
        let Self { wasm, live } = self;
        ensure!(wasm <= most, "wasm memory rose by {}, at most {} are allowed.", bytes(wasm), bytes(most));
        ensure!(live <= most, "{} more were allocated, at most {} are allowed.", bytes(live), bytes(most));
        Ok(())
    }
}

/// Formats a number of bytes for people.
pub(super) fn bytes(bytes: f64) -> String {
    match bytes.abs() {
        0.0..1024.0 => format!("{bytes:.0} B"),
        1024.0..1_048_576.0 => format!("{:.1} KiB", bytes / 1024.0),
        _ => format!("{:.2} MiB", bytes / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_formatted_for_people() {
        let formatted = [0.0, 1023.0, 65536.0, -1536.0, 1_048_576.0].map(bytes);
        assert_eq!(formatted, ["0 B", "1023 B", "64.0 KiB", "-1.5 KiB", "1.00 MiB"]);
    }
}
