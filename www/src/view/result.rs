//! How it ended, every field of `Closed` in words.

use super::dom::{by_id, set_data};
use crate::words;
use onclose::{CloseFrame, Closed, OpenError};
use wasm_bindgen::JsValue;
use web_sys::{Document, Element};

pub(crate) struct ResultPanel {
    panel: Element,
    code: Element,
    name: Element,
    meaning: Element,
    range: Element,
    reason: Element,
    clean: Element,
    cause: Element,
    why: Element,
    was_open: Element,
    requested: Element,
    browser: Element,
}

impl ResultPanel {
    pub(crate) fn new(document: &Document) -> Result<Self, JsValue> {
        let of = |id| by_id(document, id);
        let panel = Self {
            panel: of("result")?,
            code: of("code")?,
            name: of("name")?,
            meaning: of("meaning")?,
            range: of("range")?,
            reason: of("reason")?,
            clean: of("clean")?,
            cause: of("cause")?,
            why: of("why")?,
            was_open: of("was-open")?,
            requested: of("requested")?,
            browser: of("browser")?,
        };
        panel.clear();
        Ok(panel)
    }

    pub(crate) fn clear(&self) {
        set_data(&self.panel, "state", "empty");
        self.code.set_text_content(Some("–"));
        self.name.set_text_content(Some("Nothing has ended yet"));
        self.meaning.set_text_content(Some("Choose an end and press Connect."));
    }

    /// Nothing is known until it ends.
    pub(crate) fn wait(&self, is_yours: bool) {
        set_data(&self.panel, "state", "waiting");
        self.code.set_text_content(Some("…"));
        self.name.set_text_content(Some("Not ended yet"));
        self.meaning.set_text_content(Some(match is_yours {
            true => "It is yours to end: press Close or Drop.",
            false => "Wait for the peer, or end it first: press Close or Drop.",
        }));
    }

    /// The browser made no socket, so there is nothing that could have ended.
    pub(crate) fn refused(&self, error: &OpenError) {
        set_data(&self.panel, "state", "refused");
        self.code.set_text_content(Some("–"));
        self.name.set_text_content(Some(error.name()));
        self.meaning.set_text_content(Some(error.message()));
    }

    pub(crate) fn show(&self, closed: &Closed) {
        let code = closed.code();
        self.code.set_text_content(Some(&code.as_u16().to_string()));
        self.name.set_text_content(Some(words::code_name(code)));
        self.meaning.set_text_content(Some(code.description()));
        self.range.set_text_content(Some(&words::range(code)));

        set_data(&self.reason, "reason", closed.reason());
        self.reason.set_text_content(Some(&match closed.reason() {
            "" => "None given.".to_owned(),
            reason => format!("“{reason}”"),
        }));
        set_data(&self.clean, "value", &closed.was_clean().to_string());
        self.clean.set_text_content(Some(words::clean_sentence(closed.was_clean())));
        set_data(&self.cause, "value", words::cause_key(closed.cause()));
        self.cause.set_text_content(Some(closed.cause().as_str()));
        self.why.set_text_content(Some(words::cause_sentence(closed.cause())));
        set_data(&self.was_open, "value", &closed.was_open().to_string());
        self.was_open.set_text_content(Some(words::was_open_sentence(closed.was_open())));
        self.show_requested(closed.requested());

        set_data(&self.panel, "state", "closed");
        set_data(&self.panel, "clean", &closed.was_clean().to_string());
    }

    fn show_requested(&self, frame: Option<&CloseFrame>) {
        let code = frame.map(|frame| frame.code().map_or("none".to_owned(), |code| code.as_u16().to_string()));
        set_data(&self.requested, "code", code.as_deref().unwrap_or(""));
        self.requested.set_text_content(Some(&match frame {
            Some(frame) => format!("Yes: {}.", words::frame(frame)),
            None => "No, this end did not ask.".to_owned(),
        }));
    }

    /// What the browser itself said so far; it may go on after the crate has stopped waiting.
    pub(crate) fn show_browser(&self, events: &[String]) {
        self.browser.set_text_content(Some(&match events {
            [] => "Nothing: no error and no close event.".to_owned(),
            events => events.join(", then "),
        }));
    }
}
