//! Runs of many connections or messages: one at a time, so that neither disturbs the other's figures.

use super::App;
use crate::page::i18n::Value;
use crate::page::load::{self, Outcome, Watch};
use crate::page::peer::Peer;
use crate::page::view::LoadPanel;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

const CYCLES: usize = 0;
const ECHO: usize = 1;

impl App {
    pub(super) fn run_cycles(self: &Rc<Self>) {
        let Some((url, count, watch)) = self.begin(CYCLES) else { return };
        let me = Rc::clone(self);
        spawn_local(async move {
            let (begun, before) = (me.clock(), load::memory() / 1024);
            let outcome = load::cycles(&url, count, &watch).await;
            let (after, ms) = (load::memory() / 1024, me.clock().saturating_sub(begun));
            let grown = after.saturating_sub(before);
            me.loads[CYCLES].note("grown", grown);
            let figures = [count, ms, before, after, grown].map(|figure| figure.to_string());
            let [n, ms, before, after, grown] = &figures;
            me.end(CYCLES, count, &outcome, |panel| {
                let args = [("n", n), ("ms", ms), ("before", before), ("after", after), ("grown", grown)];
                panel.tell("done", "load.memory", &args.map(|(name, figure)| (name, Value::Text(figure))));
            });
        });
    }

    pub(super) fn run_echo(self: &Rc<Self>) {
        let Some((url, count, watch)) = self.begin(ECHO) else { return };
        let me = Rc::clone(self);
        spawn_local(async move {
            let begun = me.clock();
            let outcome = load::echo(&url, count, &watch).await;
            let ms = me.clock().saturating_sub(begun);
            let figures = [count.to_string(), ms.to_string(), rate(count, ms).to_string()];
            let [n, ms, rate] = &figures;
            me.end(ECHO, count, &outcome, |panel| {
                let args = [("n", n), ("ms", ms), ("rate", rate)];
                panel.tell("done", "load.speed", &args.map(|(name, figure)| (name, Value::Text(figure))));
            });
        });
    }

    pub(super) fn cancel(&self) {
        if let Some(cancelled) = &*self.cancel.borrow() {
            cancelled.set(true);
        }
    }

    fn begin(self: &Rc<Self>, which: usize) -> Option<(String, u32, Watch)> {
        let Peer::Found(address) = &*self.peer.borrow() else { return None };
        if self.cancel.borrow().is_some() {
            return None;
        }
        let url = format!("{address}/echo");
        let count = self.loads[which].count()?;
        let cancelled = Rc::new(Cell::new(false));
        *self.cancel.borrow_mut() = Some(Rc::clone(&cancelled));
        self.loads[which].begin(count);
        self.loads[which].set_running(true, true);
        self.loads[1 - which].set_running(false, false);
        let (me, begun) = (Rc::clone(self), self.clock());
        let done = Rc::new(move |n: u32| {
            let figure = match which {
                CYCLES => format!("{} KiB", load::memory() / 1024),
                _ => format!("{} / s", rate(n, me.clock().saturating_sub(begun))),
            };
            me.loads[which].done(n, &figure);
        });
        Some((url, count, Watch { cancelled, done }))
    }

    fn end(&self, which: usize, of: u32, outcome: &Outcome, tell: impl FnOnce(&LoadPanel)) {
        let panel = &self.loads[which];
        let of = of.to_string();
        match outcome {
            Outcome::Done => tell(panel),
            Outcome::Cancelled(n) => {
                let n = n.to_string();
                panel.tell("cancelled", "load.cancelled", &[("n", Value::Text(&n)), ("of", Value::Text(&of))]);
            }
            Outcome::Failed(n, why) => {
                let n = n.to_string();
                panel.tell("failed", "load.failed", &[("n", Value::Text(&n)), ("why", Value::Text(why))]);
            }
        }
        self.cancel.take();
        self.refresh_loads();
    }

    pub(super) fn refresh_loads(&self) {
        if self.cancel.borrow().is_none() {
            let found = matches!(&*self.peer.borrow(), Peer::Found(_));
            for panel in &self.loads {
                panel.set_running(found, false);
            }
        }
    }

    fn clock(&self) -> u32 {
        self.window.performance().map_or(0, |clock| clock.now() as u32)
    }
}

/// A second.
fn rate(count: u32, ms: u32) -> u64 {
    u64::from(count) * 1000 / u64::from(ms.max(1))
}
