//! The timeline: a chart and a list of the events of both connections.

use super::chart;
use super::dom::{append, by_id, set_data};
use crate::lane::{self, Mark, State};
use crate::page::i18n::{self, Args};
use gloo_timers::callback::Interval;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{Document, Element, Performance, Window};

/// What an entry of the list originates from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An event that the browser fired.
    Browser,
    /// A result of the crate.
    Onclose,
    /// An action of the page's user.
    You,
}

impl Source {
    /// Returns the name for stylesheets and tests, and the key of the text.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Browser => ("browser", "source.browser"),
            Self::Onclose => ("onclose", "source.onclose"),
            Self::You => ("you", "source.you"),
        }
    }
}

/// One of the two connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Onclose,
    Raw,
}

/// The details of an entry, after its text.
#[derive(Debug)]
pub(crate) enum Detail<'a> {
    None,
    /// A text that is the same in every language.
    Untranslated(String),
    Translated(&'a str, Args<'a>),
}

/// How often the chart is drawn while a connection is live; less often if the user prefers reduced motion.
const REDRAW_MS: u32 = 200;
const REDRAW_REDUCED_MS: u32 = 2000;

pub(crate) struct Timeline {
    section: Element,
    chart: Element,
    lists: [Element; 2],
    lanes: RefCell<[lane::Lane; 2]>,
    clock: Option<Performance>,
    started: Cell<f64>,
    /// When the running timeout elapses.
    timeout: Cell<Option<u32>>,
    redraw_ms: u32,
    redraw: RefCell<Option<Interval>>,
}

impl Timeline {
    pub(crate) fn new(document: &Document, window: &Window) -> Rc<Self> {
        let query = window.match_media("(prefers-reduced-motion: reduce)");
        let is_reduced = query.ok().flatten().is_some_and(|query| query.matches());
        let timeline = Self {
            section: by_id(document, "timeline"),
            chart: by_id(document, "chart"),
            lists: [by_id(document, "events"), by_id(document, "raw-events")],
            lanes: RefCell::default(),
            clock: window.performance(),
            started: Cell::new(0.0),
            timeout: Cell::new(None),
            redraw_ms: if is_reduced { REDRAW_REDUCED_MS } else { REDRAW_MS },
            redraw: RefCell::new(None),
        };
        timeline.clear();
        Rc::new(timeline)
    }

    /// Returns the milliseconds since the start.
    fn now(&self) -> u32 {
        let now = self.clock.as_ref().map_or_else(js_sys::Date::now, Performance::now);
        // An integer, because the code that formats floats would be a noticeable part of the wasm's size.
        (now - self.started.get()).round() as u32
    }

    /// Sets the time to 0, and redraws the chart while a connection is live.
    pub(crate) fn start(self: &Rc<Self>) {
        self.started.set(self.clock.as_ref().map_or_else(js_sys::Date::now, Performance::now));
        let me = Rc::downgrade(self);
        let redraw = Interval::new(self.redraw_ms, move || {
            if let Some(timeline) = me.upgrade().filter(|timeline| timeline.is_live()) {
                timeline.draw();
            }
        });
        *self.redraw.borrow_mut() = Some(redraw);
    }

    pub(crate) fn clear(&self) {
        *self.redraw.borrow_mut() = None;
        self.lanes.take();
        self.timeout.set(None);
        for list in &self.lists {
            list.set_text_content(None);
        }
        self.chart.set_text_content(None);
        self.update_count();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lists[0].child_element_count() == 0
    }

    /// Shows a timeout that elapses in so many milliseconds.
    pub(crate) fn start_timeout(&self, ms: u32) {
        self.timeout.set(Some(self.now().saturating_add(ms)));
    }

    pub(crate) fn stop_timeout(&self) {
        self.timeout.set(None);
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

    /// Adds an entry to a list. `kind` is its name for stylesheets and tests, `text` the key and arguments of its text.
    pub(crate) fn add(&self, lane: Lane, source: Source, kind: &str, text: (&str, Args<'_>), detail: &Detail<'_>) {
        let ms = self.now();
        let (name, key) = source.names();
        let entry = append(&self.lists[lane as usize], "li", "", "");
        set_data(&entry, "kind", kind);
        set_data(&entry, "source", name);
        set_data(&entry, "ms", &ms.to_string());
        append(&entry, "span", "ms", &format!("{ms} ms"));
        i18n::set_text(&append(&entry, "span", "source", ""), key, &[]);
        let what = append(&entry, "span", "what", "");
        i18n::set_text(&append(&what, "b", "", ""), text.0, text.1);
        if !matches!(detail, Detail::None) {
            let _ = what.append_with_str_1(" ");
            let element = append(&what, "span", "detail", "");
            match detail {
                Detail::None => {}
                Detail::Untranslated(text) => i18n::set_untranslated(&element, text),
                Detail::Translated(key, args) => i18n::set_text(&element, key, args),
            }
        }
        self.update_count();
        self.draw();
    }

    fn is_live(&self) -> bool {
        self.lanes.borrow().iter().any(lane::Lane::is_live)
    }

    fn draw(&self) {
        let lanes = self.lanes.borrow();
        let [onclose, raw] = &*lanes;
        let is_live = onclose.is_live() || raw.is_live();
        let last = onclose.last_ms().max(raw.last_ms());
        let timeout = self.timeout.get().filter(|_| onclose.is_live());
        let end = if is_live { self.now().max(last) } else { last };
        // A margin, so that the last mark is not cut off at the edge.
        let end = (end + end / 20).max(timeout.unwrap_or(0)).max(100);
        chart::draw(&self.chart, [("lane.onclose", onclose), ("lane.raw", raw)], end, timeout);
    }

    /// Updates the number of entries, by which the stylesheet shows or hides the chart.
    fn update_count(&self) {
        set_data(&self.section, "entries", &self.lists[0].child_element_count().to_string());
    }
}
