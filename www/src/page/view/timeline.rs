//! What happened, and when: drawn, and listed.

use super::chart;
use super::dom::{append, by_id, set_data};
use crate::lane::{self, Mark, State};
use crate::page::i18n::{self, Args};
use gloo_timers::callback::Interval;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{Document, Element, Performance, Window};

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An event, as the browser fired it.
    Browser,
    /// The crate.
    Onclose,
    /// The page's user.
    You,
}

impl Source {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Browser => ("browser", "source.browser"),
            Self::Onclose => ("onclose", "source.onclose"),
            Self::You => ("you", "source.you"),
        }
    }
}

/// Which of the two connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Onclose,
    Raw,
}

/// What follows the words of an entry.
#[derive(Debug)]
pub(crate) enum Detail<'a> {
    None,
    /// The same in every language.
    Plain(String),
    Said(&'a str, Args<'a>),
}

/// How often what goes on is drawn again, in milliseconds.
const REDRAW: u32 = 200;
const REDRAW_CALMLY: u32 = 2000;

pub(crate) struct Timeline {
    section: Element,
    chart: Element,
    lists: [Element; 2],
    lanes: RefCell<[lane::Lane; 2]>,
    clock: Option<Performance>,
    begun: Cell<f64>,
    deadline: Cell<Option<u32>>,
    redraw_every: u32,
    redrawing: RefCell<Option<Interval>>,
}

impl Timeline {
    pub(crate) fn new(document: &Document, window: &Window) -> Rc<Self> {
        let calm = window.match_media("(prefers-reduced-motion: reduce)");
        let is_calm = calm.ok().flatten().is_some_and(|query| query.matches());
        let timeline = Self {
            section: by_id(document, "timeline"),
            chart: by_id(document, "chart"),
            lists: [by_id(document, "events"), by_id(document, "raw-events")],
            lanes: RefCell::default(),
            clock: window.performance(),
            begun: Cell::new(0.0),
            deadline: Cell::new(None),
            redraw_every: if is_calm { REDRAW_CALMLY } else { REDRAW },
            redrawing: RefCell::new(None),
        };
        timeline.clear();
        Rc::new(timeline)
    }

    fn now(&self) -> u32 {
        let now = self.clock.as_ref().map_or_else(js_sys::Date::now, Performance::now);
        // As a whole number: the code that writes out floats is not small.
        (now - self.begun.get()).round() as u32
    }

    /// Counts from now on, and draws what goes on.
    pub(crate) fn begin(self: &Rc<Self>) {
        self.begun.set(self.clock.as_ref().map_or_else(js_sys::Date::now, Performance::now));
        let me = Rc::downgrade(self);
        let redrawing = Interval::new(self.redraw_every, move || {
            if let Some(timeline) = me.upgrade().filter(|timeline| timeline.is_live()) {
                timeline.draw();
            }
        });
        *self.redrawing.borrow_mut() = Some(redrawing);
    }

    pub(crate) fn clear(&self) {
        *self.redrawing.borrow_mut() = None;
        self.lanes.take();
        self.deadline.set(None);
        for list in &self.lists {
            list.set_text_content(None);
        }
        self.chart.set_text_content(None);
        self.count();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lists[0].child_element_count() == 0
    }

    /// We stop waiting in so many milliseconds from now on; or there is nothing that we wait for.
    pub(crate) fn set_deadline(&self, wait: Option<u32>) {
        self.deadline.set(wait.map(|wait| self.now().saturating_add(wait)));
    }

    pub(crate) fn enter(&self, lane: Lane, state: State) {
        let now = self.now();
        self.lanes.borrow_mut()[lane as usize].enter(now, state);
        self.draw();
    }

    pub(crate) fn mark(&self, lane: Lane, mark: Mark) {
        let now = self.now();
        self.lanes.borrow_mut()[lane as usize].mark(now, mark);
    }

    pub(crate) fn state(&self, lane: Lane) -> Option<State> {
        self.lanes.borrow()[lane as usize].state()
    }

    /// `kind` is the entry's name for stylesheets and tests.
    pub(crate) fn add(&self, lane: Lane, source: Source, kind: &str, what: (&str, Args<'_>), detail: &Detail<'_>) {
        let ms = self.now();
        let (name, key) = source.names();
        let entry = append(&self.lists[lane as usize], "li", "", "");
        set_data(&entry, "kind", kind);
        set_data(&entry, "source", name);
        set_data(&entry, "ms", &ms.to_string());
        append(&entry, "span", "ms", &format!("{ms} ms"));
        i18n::put(&append(&entry, "span", "source", ""), key, &[]);
        let text = append(&entry, "span", "what", "");
        i18n::put(&append(&text, "b", "", ""), what.0, what.1);
        if !matches!(detail, Detail::None) {
            let _ = text.append_with_str_1(" ");
            let place = append(&text, "span", "detail", "");
            match detail {
                Detail::None => {}
                Detail::Plain(plain) => i18n::put_plain(&place, plain),
                Detail::Said(key, args) => i18n::put(&place, key, args),
            }
        }
        self.count();
        self.draw();
    }

    fn is_live(&self) -> bool {
        self.lanes.borrow().iter().any(lane::Lane::is_live)
    }

    fn draw(&self) {
        let lanes = self.lanes.borrow();
        let [onclose, raw] = &*lanes;
        let is_live = onclose.is_live() || raw.is_live();
        let last = onclose.last().max(raw.last());
        let deadline = self.deadline.get().filter(|_| onclose.is_live());
        // While it goes on, there is room for what comes; after that, the last thing is not cut off at the edge.
        let end = if is_live { self.now().max(last) } else { last };
        let end = (end + end / 20).max(deadline.unwrap_or(0)).max(100);
        chart::draw(&self.chart, [("lane.onclose", onclose), ("lane.raw", raw)], end, deadline);
    }

    fn count(&self) {
        set_data(&self.section, "entries", &self.lists[0].child_element_count().to_string());
    }
}
