//! The load runs: one at a time, because two at once would distort each other's figures.

use super::App;
use crate::page::i18n::Value;
use crate::page::load::{self, Outcome, Progress};
use crate::page::peer::Peer;
use crate::page::view::LoadPanel;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

const CYCLES: usize = 0;
const ECHO: usize = 1;

impl App {
    pub(super) fn run_cycles(self: &Rc<Self>) {
        let Some((url, count, progress)) = self.begin_run(CYCLES) else { return };
        let me = Rc::clone(self);
        spawn_local(async move {
            let (begun, before) = (me.now_ms(), load::memory() / 1024);
            let outcome = load::cycles(&url, count, &progress).await;
            let (after, ms) = (load::memory() / 1024, me.now_ms().saturating_sub(begun));
            let growth = after.saturating_sub(before);
            me.load_panels[CYCLES].set_figure("grown", growth);
            let figures = [count, ms, before, after, growth].map(|figure| figure.to_string());
            let [n, ms, before, after, grown] = &figures;
            me.end_run(CYCLES, count, &outcome, |panel| {
                let args = [("n", n), ("ms", ms), ("before", before), ("after", after), ("grown", grown)];
                panel.set_status("done", "load.memory", &args.map(|(name, figure)| (name, Value::Text(figure))));
            });
        });
    }

    pub(super) fn run_echo(self: &Rc<Self>) {
        let Some((url, count, progress)) = self.begin_run(ECHO) else { return };
        let me = Rc::clone(self);
        spawn_local(async move {
            let begun = me.now_ms();
            let outcome = load::echo(&url, count, &progress).await;
            let ms = me.now_ms().saturating_sub(begun);
            let figures = [count.to_string(), ms.to_string(), per_second(count, ms).to_string()];
            let [n, ms, rate] = &figures;
            me.end_run(ECHO, count, &outcome, |panel| {
                let args = [("n", n), ("ms", ms), ("rate", rate)];
                panel.set_status("done", "load.speed", &args.map(|(name, figure)| (name, Value::Text(figure))));
            });
        });
    }

    pub(super) fn cancel(&self) {
        if let Some(cancelled) = &*self.cancel.borrow() {
            cancelled.set(true);
        }
    }

    /// Returns the URL, the count and the progress of a run; `None` if another one is in progress or the count is invalid.
    fn begin_run(self: &Rc<Self>, run: usize) -> Option<(String, u32, Progress)> {
        let Peer::Found(address) = &*self.peer.borrow() else { return None };
        if self.cancel.borrow().is_some() {
            return None;
        }
        let url = format!("{address}/echo");
        let count = self.load_panels[run].count()?;
        let cancelled = Rc::new(Cell::new(false));
        *self.cancel.borrow_mut() = Some(Rc::clone(&cancelled));
        self.load_panels[run].begin(count);
        self.load_panels[run].set_running(true, true);
        self.load_panels[1 - run].set_running(false, false);
        let (me, begun) = (Rc::clone(self), self.now_ms());
        let on_progress = Rc::new(move |n: u32| {
            let figure = match run {
                CYCLES => format!("{} KiB", load::memory() / 1024),
                _ => format!("{} / s", per_second(n, me.now_ms().saturating_sub(begun))),
            };
            me.load_panels[run].set_progress(n, &figure);
        });
        Some((url, count, Progress { cancelled, on_progress }))
    }

    fn end_run(&self, run: usize, of: u32, outcome: &Outcome, show_result: impl FnOnce(&LoadPanel)) {
        let panel = &self.load_panels[run];
        let of = of.to_string();
        match outcome {
            Outcome::Done => show_result(panel),
            Outcome::Cancelled(n) => {
                let n = n.to_string();
                panel.set_status("cancelled", "load.cancelled", &[("n", Value::Text(&n)), ("of", Value::Text(&of))]);
            }
            Outcome::Failed(n, error) => {
                let n = n.to_string();
                panel.set_status("failed", "load.failed", &[("n", Value::Text(&n)), ("error", Value::Text(error))]);
            }
        }
        self.cancel.take();
        self.refresh_load_panels();
    }

    pub(super) fn refresh_load_panels(&self) {
        if self.cancel.borrow().is_none() {
            let found = matches!(&*self.peer.borrow(), Peer::Found(_));
            for panel in &self.load_panels {
                panel.set_running(found, false);
            }
        }
    }

    fn now_ms(&self) -> u32 {
        self.window.performance().map_or(0, |clock| clock.now() as u32)
    }
}

fn per_second(count: u32, ms: u32) -> u64 {
    u64::from(count) * 1000 / u64::from(ms.max(1))
}
