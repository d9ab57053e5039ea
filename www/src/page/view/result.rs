//! How it ended, every field of `CloseInfo` in words, and what the plain WebSocket beside was told.

use super::dom::{by_id, set_data};
use crate::codes;
use crate::page::i18n::{self, Value};
use crate::page::labels;
use onclose::{CloseEvent, CloseFrame, CloseInfo, OpenError};
use web_sys::{Document, Element, HtmlElement};

/// What a browser said of one connection so far.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) error: bool,
    pub(crate) close: Option<CloseEvent>,
    /// Some of it came when we had stopped waiting.
    pub(crate) late: bool,
}

impl Said {
    fn put(&self, place: &Element) {
        let event = self.close.as_ref().map(labels::event);
        match (&event, self.error) {
            (None, false) => i18n::put(place, "r.said.nothing", &[]),
            (None, true) => i18n::put(place, "r.said.error", &[]),
            (Some(event), false) => i18n::put(place, "r.said.close", &[("event", Value::Text(event))]),
            (Some(event), true) => i18n::put(place, "r.said.both", &[("event", Value::Text(event))]),
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
    requested: Element,
    browser: Element,
    late: HtmlElement,
    raw: Element,
}

impl ResultPanel {
    pub(crate) fn new(document: &Document) -> Self {
        let of = |id| by_id(document, id);
        let panel = Self {
            panel: of("result"),
            code: of("code"),
            name: of("name"),
            meaning: of("meaning"),
            range: of("range"),
            reason: of("reason"),
            clean: of("clean"),
            cause: of("cause"),
            cause_name: of("cause-name"),
            why: of("why"),
            was_open: of("was-open"),
            requested: of("requested"),
            browser: of("browser"),
            late: by_id(document, "late"),
            raw: of("raw"),
        };
        panel.clear();
        panel
    }

    pub(crate) fn clear(&self) {
        set_data(&self.panel, "state", "empty");
        self.code.set_text_content(Some("–"));
        i18n::put(&self.name, "result.empty", &[]);
        i18n::put(&self.meaning, "result.empty.about", &[]);
    }

    /// Nothing is known until it ends.
    pub(crate) fn wait(&self, is_yours: bool) {
        set_data(&self.panel, "state", "waiting");
        self.code.set_text_content(Some("…"));
        i18n::put(&self.name, "result.wait", &[]);
        i18n::put(&self.meaning, if is_yours { "result.yours" } else { "result.theirs" }, &[]);
    }

    /// The browser made no socket, so there is nothing that could have ended.
    pub(crate) fn refused(&self, error: &OpenError) {
        set_data(&self.panel, "state", "refused");
        self.code.set_text_content(Some("–"));
        i18n::put_plain(&self.name, error.name());
        i18n::put_plain(&self.meaning, error.message());
    }

    pub(crate) fn show(&self, closed: &CloseInfo) {
        let code = closed.code();
        self.code.set_text_content(Some(&code.as_u16().to_string()));
        match code.name() {
            Some(name) => i18n::put_plain(&self.name, name),
            None => i18n::put(&self.name, labels::unnamed(code), &[]),
        }
        i18n::put(&self.meaning, &codes::meaning(code), &[]);
        i18n::put(&self.range, &labels::range(code), &[]);

        set_data(&self.reason, "reason", closed.reason());
        match closed.reason() {
            "" => i18n::put(&self.reason, "r.none", &[]),
            reason => i18n::put_plain(&self.reason, &format!("“{reason}”")),
        }
        let cause = labels::cause(closed.cause());
        set_data(&self.cause, "value", cause);
        i18n::put(&self.cause, &format!("cause.{cause}"), &[]);
        i18n::put_plain(&self.cause_name, labels::cause_in_rust(closed.cause()));
        i18n::put(&self.why, &format!("why.{cause}"), &[]);
        set_data(&self.clean, "value", &closed.was_clean().to_string());
        i18n::put(&self.clean, if closed.was_clean() { "r.clean.yes" } else { "r.clean.no" }, &[]);
        set_data(&self.was_open, "value", &closed.was_open().to_string());
        i18n::put(&self.was_open, if closed.was_open() { "r.open.yes" } else { "r.open.no" }, &[]);
        self.show_requested(closed.requested());

        set_data(&self.panel, "state", "closed");
        set_data(&self.panel, "clean", &closed.was_clean().to_string());
    }

    fn show_requested(&self, frame: Option<&CloseFrame>) {
        let code = frame.map(|frame| frame.code().map_or("none".to_owned(), |code| code.as_u16().to_string()));
        set_data(&self.requested, "code", code.as_deref().unwrap_or(""));
        let text = frame.and_then(labels::frame);
        match (frame, &text) {
            (None, _) => i18n::put(&self.requested, "r.requested.no", &[]),
            (Some(_), None) => i18n::put(&self.requested, "r.requested.yes", &[("frame", Value::Word("d.no_code"))]),
            (Some(_), Some(text)) => i18n::put(&self.requested, "r.requested.yes", &[("frame", Value::Text(text))]),
        }
    }

    /// What the browser itself said so far; it may go on after the crate has stopped waiting.
    pub(crate) fn show_browser(&self, said: &Said) {
        self.late.set_hidden(!said.late);
        said.put(&self.browser);
    }

    /// The plain WebSocket: the state it is in, or what it was told at its end.
    pub(crate) fn show_raw(&self, state: &str, said: &Said) {
        set_data(&self.raw, "state", state);
        set_data(
            &self.raw,
            "code",
            &said.close.as_ref().map_or(String::new(), |event| event.code().as_u16().to_string()),
        );
        set_data(&self.raw, "clean", &said.close.as_ref().map_or(String::new(), |event| event.was_clean().to_string()));
        if said.close.is_some() || said.error {
            said.put(&self.raw);
        } else {
            i18n::put(&self.raw, "r.raw.live", &[("state", Value::Word(&format!("state.{state}")))]);
        }
    }
}
