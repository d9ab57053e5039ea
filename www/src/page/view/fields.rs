//! What is typed: the frames of both ends, and our deadlines.

use super::dom::by_id;
use crate::codes;
use crate::input::{self, Mistake, PeerFrame};
use crate::page::i18n::{self, Value};
use onclose::{CloseCode, CloseFrame};
use web_sys::{Document, Element, HtmlInputElement};

/// The longest deadline, in seconds.
const LONGEST: u32 = 300;

/// Two inputs, the reason's count of bytes, and a line that says what is wrong or what the code means.
struct Fields {
    code: HtmlInputElement,
    reason: HtmlInputElement,
    count: Element,
    note: Element,
}

impl Fields {
    fn new(document: &Document, prefix: &str) -> Self {
        Self {
            code: by_id(document, &format!("{prefix}-code")),
            reason: by_id(document, &format!("{prefix}-reason")),
            count: by_id(document, &format!("{prefix}-count")),
            note: by_id(document, &format!("{prefix}-note")),
        }
    }

    fn show_count(&self) {
        let (bytes, most) = (self.reason.value().len().to_string(), CloseFrame::MAX_REASON_BYTES.to_string());
        i18n::put(&self.count, "bytes", &[("bytes", Value::Text(&bytes)), ("most", Value::Text(&most))]);
    }

    fn show_mistake(&self, mistake: Option<&Mistake>) {
        let in_reason = mistake.map(Mistake::is_in_reason);
        mark(&self.code, in_reason == Some(false));
        mark(&self.reason, in_reason == Some(true));
        self.note.set_class_name(if mistake.is_some() { "note mistake" } else { "note" });
        let most = CloseFrame::MAX_REASON_BYTES.to_string();
        match mistake {
            None => {}
            Some(Mistake::NoNumber) => i18n::put(&self.note, "wrong.number", &[]),
            Some(Mistake::ReasonWithoutCode) => i18n::put(&self.note, "wrong.bare", &[]),
            Some(Mistake::NotForScripts(code)) => {
                i18n::put(&self.note, "wrong.script", &[("code", Value::Text(&code.to_string()))]);
            }
            Some(Mistake::TooLong { bytes }) => i18n::put(
                &self.note,
                "wrong.long",
                &[("bytes", Value::Text(&bytes.to_string())), ("most", Value::Text(&most))],
            ),
        }
    }

    fn show_meaning(&self, code: CloseCode) {
        let meaning = codes::meaning(code);
        let args = [("code", Value::Text(&code.to_string())), ("means", Value::Word(&meaning))];
        i18n::put(&self.note, "note.means", &args);
    }

    /// Takes the user to what is wrong.
    fn point_at(&self, mistake: &Mistake) {
        let input = if mistake.is_in_reason() { &self.reason } else { &self.code };
        let _ = input.focus();
    }
}

fn mark(input: &HtmlInputElement, wrong: bool) {
    let _ = input.set_attribute("aria-invalid", if wrong { "true" } else { "false" });
}

/// What we close with, and how long we wait.
pub(crate) struct CloseFields {
    frame: Fields,
    connect_deadline: HtmlInputElement,
    close_deadline: HtmlInputElement,
}

impl CloseFields {
    pub(crate) fn new(document: &Document) -> Self {
        Self {
            frame: Fields::new(document, "close"),
            connect_deadline: by_id(document, "connect-deadline"),
            close_deadline: by_id(document, "close-deadline"),
        }
    }

    fn read(&self) -> Result<CloseFrame, Mistake> {
        input::our_frame(&self.frame.code.value(), &self.frame.reason.value())
    }

    /// While typing: what is wrong, or what it will mean.
    pub(crate) fn refresh(&self) {
        self.frame.show_count();
        let frame = self.read();
        self.frame.show_mistake(frame.as_ref().err());
        let wrong = self.deadlines().iter().any(|(input, seconds)| {
            mark(input, seconds.is_none());
            seconds.is_none()
        });
        match frame {
            Err(_) => {}
            Ok(_) if wrong => {
                self.frame.note.set_class_name("note mistake");
                i18n::put(&self.frame.note, "wrong.deadline", &[]);
            }
            Ok(frame) => match frame.code() {
                Some(code) => self.frame.show_meaning(code),
                None => i18n::put(&self.frame.note, "note.empty", &[]),
            },
        }
    }

    /// The frame; if there is none, the field at fault gets the focus.
    pub(crate) fn frame(&self) -> Option<CloseFrame> {
        self.refresh();
        self.read().map_err(|mistake| self.frame.point_at(&mistake)).ok()
    }

    fn deadlines(&self) -> [(&HtmlInputElement, Option<u32>); 2] {
        [&self.connect_deadline, &self.close_deadline].map(|input| (input, input::number(&input.value(), LONGEST)))
    }

    /// For connecting and for closing, in seconds; if one is none, its field gets the focus.
    pub(crate) fn both_deadlines(&self) -> Option<(u32, u32)> {
        self.refresh();
        match self.deadlines() {
            [(_, Some(connect)), (_, Some(close))] => Some((connect, close)),
            [(input, None), _] | [_, (input, None)] => {
                let _ = input.focus();
                None
            }
        }
    }

    pub(crate) fn set_deadlines(&self, connect: u16, close: u16) {
        self.connect_deadline.set_value(&connect.to_string());
        self.close_deadline.set_value(&close.to_string());
    }
}

/// What the peer is to close with: any code.
pub(crate) struct PeerFields(Fields);

impl PeerFields {
    pub(crate) fn new(document: &Document) -> Self {
        Self(Fields::new(document, "peer"))
    }

    fn read(&self) -> Result<PeerFrame, Mistake> {
        input::peer_frame(&self.0.code.value(), &self.0.reason.value())
    }

    pub(crate) fn refresh(&self) {
        self.0.show_count();
        let frame = self.read();
        self.0.show_mistake(frame.as_ref().err());
        if let Ok(frame) = frame {
            let code = CloseCode::new(frame.code);
            match code.is_allowed_on_wire() {
                true => self.0.show_meaning(code),
                false => i18n::put(&self.0.note, "note.no_wire", &[("code", Value::Text(&code.to_string()))]),
            }
        }
    }

    /// The frame; if there is none, the field at fault gets the focus.
    pub(crate) fn frame(&self) -> Option<PeerFrame> {
        self.refresh();
        self.read().map_err(|mistake| self.0.point_at(&mistake)).ok()
    }
}
