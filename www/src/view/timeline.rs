//! What happened, and when.

use super::dom::{append, by_id, set_data};
use std::cell::Cell;
use wasm_bindgen::JsValue;
use web_sys::{Document, Element, Performance};

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
    fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Onclose => "onclose",
            Self::You => "you",
        }
    }
}

pub(crate) struct Timeline {
    section: Element,
    list: Element,
    clock: Option<Performance>,
    begun: Cell<f64>,
}

impl Timeline {
    pub(crate) fn new(document: &Document, clock: Option<Performance>) -> Result<Self, JsValue> {
        let (section, list) = (by_id(document, "timeline")?, by_id(document, "events")?);
        let timeline = Self { section, list, clock, begun: Cell::new(0.0) };
        timeline.clear();
        Ok(timeline)
    }

    fn now(&self) -> f64 {
        self.clock.as_ref().map_or_else(js_sys::Date::now, Performance::now)
    }

    /// Counts from now on.
    pub(crate) fn begin(&self) {
        self.begun.set(self.now());
    }

    pub(crate) fn clear(&self) {
        self.list.set_text_content(None);
        self.count();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.child_element_count() == 0
    }

    /// `kind` is the entry's name for stylesheets and tests.
    pub(crate) fn add(&self, source: Source, kind: &str, what: &str, detail: &str) -> Result<(), JsValue> {
        // As a whole number: the code that writes out floats is not small.
        let ms = (self.now() - self.begun.get()).round() as u32;
        let entry = append(&self.list, "li", "", "")?;
        set_data(&entry, "kind", kind);
        set_data(&entry, "source", source.name());
        set_data(&entry, "ms", &ms.to_string());
        append(&entry, "span", "ms", &format!("{ms} ms"))?;
        append(&entry, "span", "source", source.name())?;
        let text = append(&entry, "span", "what", "")?;
        append(&text, "b", "", what)?;
        if !detail.is_empty() {
            append(&text, "span", "detail", &format!(" {detail}"))?;
        }
        self.count();
        Ok(())
    }

    fn count(&self) {
        set_data(&self.section, "entries", &self.list.child_element_count().to_string());
    }
}
