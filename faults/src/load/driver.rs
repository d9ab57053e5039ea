//! Memory and load, as figures: each test prints what it measured, and all of it goes into `target/faults/load.json`.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::figures::Figures;
use super::hosts::Hosts;
use super::{cycles, endure, flood, sockets};
use crate::driver::{Browser, Lab, Place, Tally, within};

/// For what takes seconds: a test that takes longer hangs.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

pub(super) const MIB: f64 = 1_048_576.0;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Cycles before anything is measured.
    pub(super) warm_up: u32,
    pub(super) cycles: u32,
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

pub(crate) async fn run(lab: &Lab<'_>, tally: &mut Tally) {
    let mut figures = Figures::begin(lab);
    let peer = match Hosts::start().await {
        Ok(peer) => peer,
        Err(error) => return tally.test("a_peer_listens_at_several_hosts", Err::<&str, _>(error)),
    };
    let run = Run { lab, peer, browser: Cell::default(), size: Size::of(lab) };
    cycles::driver::run(&run, tally, &mut figures).await;
    flood::driver::run(&run, tally, &mut figures).await;
    sockets::driver::run(&run, tally, &mut figures).await;
    endure::driver::run(&run, tally, &mut figures).await;
    run.end_browser().await;
    if lab.wants("the_figures_are_written") {
        tally.test("the_figures_are_written", figures.write());
    }
}

/// What the tests of this part have in common.
pub(super) struct Run<'a> {
    pub(super) lab: &'a Lab<'a>,
    pub(super) peer: Hosts,
    browser: Cell<Option<Browser>>,
    pub(super) size: Size,
}

impl Run<'_> {
    /// Runs a test in a page of its own, so that memory is measured from its beginning.
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
            browser.nothing_stray().await?;
            Ok(answer)
        })
        .await;
        self.browser.set(Some(browser));
        if result.is_err() {
            self.end_browser().await;
        }
        result
    }

    /// The next test gets a browser that none before it has touched.
    pub(super) async fn end_browser(&self) {
        if let Some(browser) = self.browser.take() {
            browser.close().await;
        }
    }

    /// What the peer saw of the connection with this id, once it has ended.
    pub(super) async fn saw(&self, browser: &Browser, id: &str) -> Result<Value> {
        let saw = self.ask(browser, &format!("/saw?id={id}&wait=10000")).await?;
        ensure!(saw["end"] != "open", "The peer has seen no end: {saw}");
        Ok(saw)
    }

    pub(super) async fn ask(&self, browser: &Browser, route: &str) -> Result<Value> {
        let url = self.peer.one(route).replacen("ws:", "http:", 1);
        browser.run(Place::Page, "raw.ask", json!({ "url": url }), LIMIT).await
    }

    /// Waits until the peer has seen so many connections with this id, and the end of each.
    pub(super) async fn all_ended(&self, browser: &Browser, id: &str, count: u64) -> Result<All> {
        let begun = Instant::now();
        loop {
            let saw = self.ask(browser, &format!("/saw?id={id}")).await?;
            let all = All::deserialize(&saw["all"])?;
            ensure!(all.upgraded == count, "The peer saw {} connections, not {count}.", all.upgraded);
            if all.ended == count {
                return Ok(all);
            }
            // Longer than the peer waits for a FIN that does not come.
            if begun.elapsed() > Duration::from_secs(10) {
                bail!("Of {count} connections the peer saw {} end.", all.ended);
            }
        }
    }
}

/// What the peer says of all connections with one id.
#[derive(Debug, Deserialize)]
pub(super) struct All {
    pub(super) upgraded: u64,
    pub(super) closed: u64,
    ended: u64,
}

/// As the jobs tell it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Risen {
    pub(super) wasm: f64,
    pub(super) live: f64,
}

impl Risen {
    pub(super) fn check(self, most: f64) -> Result<()> {
        let Self { wasm, live } = self;
        ensure!(wasm <= most, "wasm memory rose by {}, and at most {} are allowed.", bytes(wasm), bytes(most));
        ensure!(live <= most, "{} more were allocated, and at most {} are allowed.", bytes(live), bytes(most));
        Ok(())
    }
}

/// Bytes, for people.
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
    fn bytes_read_well() {
        let told = [0.0, 1023.0, 65536.0, -1536.0, 1_048_576.0].map(bytes);
        assert_eq!(told, ["0 B", "1023 B", "64.0 KiB", "-1.5 KiB", "1.00 MiB"]);
    }
}
