//! The fields for the Close frames of both sides, and for the client's timeouts.

use super::dom::by_id;
use crate::codes;
use crate::input::{self, InputError, ServerFrame};
use crate::page::i18n::{self, Value};
use onclose::{CloseCode, CloseFrame};
use web_sys::{Document, Element, HtmlInputElement};

const MAX_TIMEOUT_S: u32 = 300;

/// The fields of a Close frame: code, reason, the reason's length in bytes, and a note with an error or the meaning.
struct FrameFields {
    code: HtmlInputElement,
    reason: HtmlInputElement,
    count: Element,
    note: Element,
}

impl FrameFields {
    fn new(document: &Document, prefix: &str) -> Self {
        Self {
            code: by_id(document, &format!("{prefix}-code")),
            reason: by_id(document, &format!("{prefix}-reason")),
            count: by_id(document, &format!("{prefix}-count")),
            note: by_id(document, &format!("{prefix}-note")),
        }
    }

    fn show_count(&self) {
        let (bytes, max) = (self.reason.value().len().to_string(), CloseFrame::MAX_REASON_BYTES.to_string());
        i18n::set_text(&self.count, "bytes", &[("bytes", Value::Text(&bytes)), ("max", Value::Text(&max))]);
    }

    fn show_error(&self, error: Option<&InputError>) {
        let in_reason = error.map(InputError::is_in_reason);
        set_invalid(&self.code, in_reason == Some(false));
        set_invalid(&self.reason, in_reason == Some(true));
        self.note.set_class_name(if error.is_some() { "note invalid" } else { "note" });
        let max = CloseFrame::MAX_REASON_BYTES.to_string();
        match error {
            None => {}
            Some(InputError::InvalidCode) => i18n::set_text(&self.note, "invalid.code", &[]),
            Some(InputError::ReasonWithoutCode) => i18n::set_text(&self.note, "invalid.no_code", &[]),
            Some(InputError::CodeNotSendable(code)) => {
                i18n::set_text(&self.note, "invalid.not_sendable", &[("code", Value::Text(&code.to_string()))]);
            }
            Some(InputError::ReasonTooLong { bytes }) => i18n::set_text(
                &self.note,
                "invalid.reason",
                &[("bytes", Value::Text(&bytes.to_string())), ("max", Value::Text(&max))],
            ),
        }
    }

    fn show_meaning(&self, code: CloseCode) {
        let meaning = codes::meaning(code);
        let args = [("code", Value::Text(&code.to_string())), ("means", Value::Key(&meaning))];
        i18n::set_text(&self.note, "note.means", &args);
    }

    fn focus_invalid(&self, error: &InputError) {
        let input = if error.is_in_reason() { &self.reason } else { &self.code };
        let _ = input.focus();
    }
}

fn set_invalid(input: &HtmlInputElement, invalid: bool) {
    let _ = input.set_attribute("aria-invalid", if invalid { "true" } else { "false" });
}

/// The frame that the client closes with, and the client's timeouts.
pub(crate) struct ClientFields {
    frame: FrameFields,
    connect_timeout: HtmlInputElement,
    close_timeout: HtmlInputElement,
}

impl ClientFields {
    pub(crate) fn new(document: &Document) -> Self {
        Self {
            frame: FrameFields::new(document, "close"),
            connect_timeout: by_id(document, "connect-timeout"),
            close_timeout: by_id(document, "close-timeout"),
        }
    }

    fn parse(&self) -> Result<CloseFrame, InputError> {
        input::client_frame(&self.frame.code.value(), &self.frame.reason.value())
    }

    /// Shows what is invalid, or what the code means.
    pub(crate) fn refresh(&self) {
        self.frame.show_count();
        let frame = self.parse();
        self.frame.show_error(frame.as_ref().err());
        let invalid = self.parse_timeouts().iter().any(|(input, seconds)| {
            set_invalid(input, seconds.is_none());
            seconds.is_none()
        });
        match frame {
            Err(_) => {}
            Ok(_) if invalid => {
                self.frame.note.set_class_name("note invalid");
                i18n::set_text(&self.frame.note, "invalid.timeout", &[]);
            }
            Ok(frame) => match frame.code() {
                Some(code) => self.frame.show_meaning(code),
                None => i18n::set_text(&self.frame.note, "note.empty", &[]),
            },
        }
    }

    /// Returns the frame; if it is invalid, focuses the invalid field and returns `None`.
    pub(crate) fn frame(&self) -> Option<CloseFrame> {
        self.refresh();
        self.parse().map_err(|error| self.frame.focus_invalid(&error)).ok()
    }

    fn parse_timeouts(&self) -> [(&HtmlInputElement, Option<u32>); 2] {
        [&self.connect_timeout, &self.close_timeout]
            .map(|input| (input, input::whole_number(&input.value(), MAX_TIMEOUT_S)))
    }

    /// Returns the connect and the close timeout in seconds; if one is invalid, focuses its field and returns `None`.
    pub(crate) fn timeouts(&self) -> Option<(u32, u32)> {
        self.refresh();
        match self.parse_timeouts() {
            [(_, Some(connect)), (_, Some(close))] => Some((connect, close)),
            [(input, None), _] | [_, (input, None)] => {
                let _ = input.focus();
                None
            }
        }
    }

    pub(crate) fn set_timeouts(&self, connect_s: u16, close_s: u16) {
        self.connect_timeout.set_value(&connect_s.to_string());
        self.close_timeout.set_value(&close_s.to_string());
    }
}

/// The frame that the server closes with.
pub(crate) struct ServerFields(FrameFields);

impl ServerFields {
    pub(crate) fn new(document: &Document) -> Self {
        Self(FrameFields::new(document, "peer"))
    }

    fn parse(&self) -> Result<ServerFrame, InputError> {
        input::server_frame(&self.0.code.value(), &self.0.reason.value())
    }

    /// Shows what is invalid, or what the code means.
    pub(crate) fn refresh(&self) {
        self.0.show_count();
        let frame = self.parse();
        self.0.show_error(frame.as_ref().err());
        if let Ok(frame) = frame {
            let code = CloseCode::new(frame.code);
            match code.is_allowed_on_wire() {
                true => self.0.show_meaning(code),
                false => i18n::set_text(&self.0.note, "note.not_allowed", &[("code", Value::Text(&code.to_string()))]),
            }
        }
    }

    /// Returns the frame; if it is invalid, focuses the invalid field and returns `None`.
    pub(crate) fn frame(&self) -> Option<ServerFrame> {
        self.refresh();
        self.parse().map_err(|error| self.0.focus_invalid(&error)).ok()
    }
}
