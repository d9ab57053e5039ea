//! The panel of a load run: count, buttons, progress and result.

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
    max: u32,
}

impl LoadPanel {
    pub(crate) fn new(document: &Document, prefix: &str, max: u32) -> Self {
        Self {
            count: by_id(document, &format!("{prefix}-count")),
            start: by_id(document, &format!("{prefix}-start")),
            cancel: by_id(document, &format!("{prefix}-cancel")),
            progress: by_id(document, &format!("{prefix}-progress")),
            live: by_id(document, &format!("{prefix}-live")),
            status: by_id(document, &format!("{prefix}-status")),
            max,
        }
    }

    pub(crate) fn cancel_button(&self) -> &HtmlButtonElement {
        &self.cancel
    }

    /// Returns the typed count; if it is invalid, focuses its field and returns `None`.
    pub(crate) fn count(&self) -> Option<u32> {
        let count = input::whole_number(&self.count.value(), self.max);
        let _ = self.count.set_attribute("aria-invalid", if count.is_some() { "false" } else { "true" });
        if count.is_none() {
            self.set_status("invalid", "load.invalid", &[("max", Value::Text(&self.max.to_string()))]);
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
        self.set_progress(0, "");
        self.set_status("running", "load.running", &[("n", Value::Text("0")), ("of", Value::Text(&of.to_string()))]);
    }

    /// Updates the progress bar and the current figure. The figure is hidden from screen readers, which would otherwise
    /// announce every step.
    pub(crate) fn set_progress(&self, n: u32, figure: &str) {
        let _ = self.progress.set_attribute("value", &n.to_string());
        self.live.set_text_content(Some(figure));
    }

    pub(crate) fn set_status(&self, state: &str, key: &str, args: Args<'_>) {
        set_data(&self.status, "state", state);
        i18n::set_text(&self.status, key, args);
    }

    /// Sets a figure as a `data-` attribute, for tests.
    pub(crate) fn set_figure(&self, name: &str, figure: u32) {
        set_data(&self.status, name, &figure.to_string());
    }
}
