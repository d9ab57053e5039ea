//! The result: every property of `CloseInfo`, and the events of the browser on both sockets.

use super::dom::{by_id, set_data};
use crate::codes;
use crate::page::i18n::{self, Value};
use crate::page::labels;
use onclose::{CloseEvent, CloseFrame, CloseInfo, OpenError};
use web_sys::{Document, Element, HtmlElement};

/// The events that the browser has fired on one socket so far.
#[derive(Debug, Default)]
pub(crate) struct BrowserEvents {
    pub(crate) error: bool,
    pub(crate) close: Option<CloseEvent>,
    /// Whether one of them was fired after a timeout had elapsed and the crate had stopped waiting.
    pub(crate) after_timeout: bool,
}

impl BrowserEvents {
    fn show(&self, element: &Element) {
        let event = self.close.as_ref().map(labels::event);
        match (&event, self.error) {
            (None, false) => i18n::set_text(element, "r.events.none", &[]),
            (None, true) => i18n::set_text(element, "r.events.error", &[]),
            (Some(event), false) => i18n::set_text(element, "r.events.close", &[("event", Value::Text(event))]),
            (Some(event), true) => i18n::set_text(element, "r.events.both", &[("event", Value::Text(event))]),
        }
    }
}

pub(crate) struct ResultPanel {
    panel: Element,
    code: Element,
    name: Element,
    meaning: Element,
    range: Element,
    reason: Element,
    clean: Element,
    cause: Element,
    cause_name: Element,
    why: Element,
    was_open: Element,
    timed_out: Element,
    requested: Element,
    browser: Element,
    after_timeout: HtmlElement,
    raw: Element,
}

impl ResultPanel {
    pub(crate) fn new(document: &Document) -> Self {
        let element = |id| by_id(document, id);
        let panel = Self {
            panel: element("result"),
            code: element("code"),
            name: element("name"),
            meaning: element("meaning"),
            range: element("range"),
            reason: element("reason"),
            clean: element("clean"),
            cause: element("cause"),
            cause_name: element("cause-name"),
            why: element("why"),
            was_open: element("was-open"),
            timed_out: element("timed-out"),
            requested: element("requested"),
            browser: element("browser"),
            after_timeout: by_id(document, "after-timeout"),
            raw: element("raw"),
        };
        panel.clear();
        panel
    }

    pub(crate) fn clear(&self) {
        set_data(&self.panel, "state", "empty");
        self.code.set_text_content(Some("–"));
        i18n::set_text(&self.name, "result.empty", &[]);
        i18n::set_text(&self.meaning, "result.empty.about", &[]);
    }

    /// Shows that the connection has not closed yet, and which side has to close it.
    pub(crate) fn show_waiting(&self, user_closes: bool) {
        set_data(&self.panel, "state", "waiting");
        self.code.set_text_content(Some("…"));
        i18n::set_text(&self.name, "result.waiting", &[]);
        i18n::set_text(&self.meaning, if user_closes { "result.user_closes" } else { "result.server_closes" }, &[]);
    }

    /// Shows that the browser's constructor threw: there is no socket, so there is no `CloseInfo`.
    pub(crate) fn show_open_error(&self, error: &OpenError) {
        set_data(&self.panel, "state", "threw");
        self.code.set_text_content(Some("–"));
        i18n::set_untranslated(&self.name, error.name());
        i18n::set_untranslated(&self.meaning, error.message());
    }

    pub(crate) fn show(&self, info: &CloseInfo) {
        let code = info.code();
        self.code.set_text_content(Some(&code.as_u16().to_string()));
        match code.name() {
            Some(name) => i18n::set_untranslated(&self.name, name),
            None => i18n::set_text(&self.name, labels::unnamed(code), &[]),
        }
        i18n::set_text(&self.meaning, &codes::meaning(code), &[]);
        i18n::set_text(&self.range, &labels::range(code), &[]);

        set_data(&self.reason, "reason", info.reason());
        match info.reason() {
            "" => i18n::set_text(&self.reason, "r.reason.none", &[]),
            reason => i18n::set_untranslated(&self.reason, &format!("“{reason}”")),
        }
        let cause = info.cause().as_str();
        set_data(&self.cause, "value", cause);
        i18n::set_text(&self.cause, &format!("cause.{cause}"), &[]);
        i18n::set_untranslated(&self.cause_name, labels::cause_in_rust(info.cause()));
        i18n::set_text(&self.why, &format!("why.{cause}"), &[]);
        show_flag(&self.clean, info.was_clean(), ["r.clean.yes", "r.clean.no"]);
        show_flag(&self.was_open, info.was_open(), ["r.open.yes", "r.open.no"]);
        show_flag(&self.timed_out, info.timed_out(), ["r.timed_out.yes", "r.timed_out.no"]);
        self.show_requested(info.requested());

        set_data(&self.panel, "state", "closed");
        set_data(&self.panel, "clean", &info.was_clean().to_string());
    }

    fn show_requested(&self, frame: Option<&CloseFrame>) {
        let code = frame.map(|frame| frame.code().map_or("none".to_owned(), |code| code.as_u16().to_string()));
        set_data(&self.requested, "code", code.as_deref().unwrap_or(""));
        match (frame, frame.and_then(labels::frame)) {
            (None, _) => i18n::set_text(&self.requested, "r.requested.no", &[]),
            (Some(_), None) => i18n::set_text(&self.requested, "d.no_code", &[]),
            (Some(_), Some(text)) => i18n::set_untranslated(&self.requested, &text),
        }
    }

    /// Shows the browser's events so far. More can follow after the crate has stopped waiting.
    pub(crate) fn show_browser(&self, events: &BrowserEvents) {
        self.after_timeout.set_hidden(!events.after_timeout);
        events.show(&self.browser);
    }

    /// Shows the state of the plain `WebSocket`, or the events with which it closed.
    pub(crate) fn show_raw(&self, state: &str, events: &BrowserEvents) {
        let close = events.close.as_ref();
        set_data(&self.raw, "state", state);
        set_data(&self.raw, "code", &close.map_or(String::new(), |event| event.code().as_u16().to_string()));
        set_data(&self.raw, "clean", &close.map_or(String::new(), |event| event.was_clean().to_string()));
        if close.is_some() || events.error {
            events.show(&self.raw);
        } else {
            i18n::set_text(&self.raw, "r.raw.live", &[("state", Value::Key(&format!("state.{state}")))]);
        }
    }
}

fn show_flag(element: &Element, flag: bool, [yes, no]: [&str; 2]) {
    set_data(element, "value", &flag.to_string());
    i18n::set_text(element, if flag { yes } else { no }, &[]);
}
