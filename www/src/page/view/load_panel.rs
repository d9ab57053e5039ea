//! A run of many: how many, how far, and what came of it.

use super::dom::{by_id, set_data};
use crate::input;
use crate::page::i18n::{self, Args, Value};
use web_sys::{Document, Element, HtmlButtonElement, HtmlInputElement};

pub(crate) struct LoadPanel {
    count: HtmlInputElement,
    start: HtmlButtonElement,
    cancel: HtmlButtonElement,
    progress: Element,
    live: Element,
    status: Element,
    most: u32,
}

impl LoadPanel {
    pub(crate) fn new(document: &Document, prefix: &str, most: u32) -> Self {
        Self {
            count: by_id(document, &format!("{prefix}-count")),
            start: by_id(document, &format!("{prefix}-start")),
            cancel: by_id(document, &format!("{prefix}-cancel")),
            progress: by_id(document, &format!("{prefix}-progress")),
            live: by_id(document, &format!("{prefix}-live")),
            status: by_id(document, &format!("{prefix}-status")),
            most,
        }
    }

    pub(crate) fn cancel_button(&self) -> &HtmlButtonElement {
        &self.cancel
    }

    /// How many; if that is no number, the field gets the focus.
    pub(crate) fn count(&self) -> Option<u32> {
        let count = input::number(&self.count.value(), self.most);
        let _ = self.count.set_attribute("aria-invalid", if count.is_some() { "false" } else { "true" });
        if count.is_none() {
            self.tell("wrong", "load.wrong", &[("most", Value::Text(&self.most.to_string()))]);
            let _ = self.count.focus();
        }
        count
    }

    pub(crate) fn set_running(&self, can_start: bool, running: bool) {
        self.start.set_disabled(running || !can_start);
        self.cancel.set_disabled(!running);
    }

    pub(crate) fn begin(&self, of: u32) {
        let _ = self.progress.set_attribute("max", &of.to_string());
        self.done(0, "");
        self.tell("running", "load.running", &[("n", Value::Text("0")), ("of", Value::Text(&of.to_string()))]);
    }

    /// How far it is, and the figure of this moment; for the eye alone, as a screen reader is not to be told of every step.
    pub(crate) fn done(&self, n: u32, figure: &str) {
        let _ = self.progress.set_attribute("value", &n.to_string());
        self.live.set_text_content(Some(figure));
    }

    pub(crate) fn tell(&self, state: &str, key: &str, args: Args<'_>) {
        set_data(&self.status, "state", state);
        i18n::put(&self.status, key, args);
    }

    /// A figure for tests.
    pub(crate) fn note(&self, name: &str, figure: u32) {
        set_data(&self.status, name, &figure.to_string());
    }
}
