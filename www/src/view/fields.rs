//! A code and a reason: what the peer is to close with, and what we close with.

use super::dom::by_id;
use crate::choices::PeerFrame;
use onclose::{CloseCode, CloseFrame, CloseFrameError};
use wasm_bindgen::JsValue;
use web_sys::{Document, Element, HtmlInputElement};

/// Two inputs, the reason's count of bytes, and a line that says what is wrong or what the code means.
struct Fields {
    code: HtmlInputElement,
    reason: HtmlInputElement,
    count: Element,
    note: Element,
}

/// Which field is wrong, and why.
#[derive(Debug)]
pub(crate) struct Mistake {
    field: Field,
    sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Code,
    Reason,
}

impl Mistake {
    fn code(sentence: impl Into<String>) -> Self {
        Self { field: Field::Code, sentence: sentence.into() }
    }

    fn reason(sentence: impl Into<String>) -> Self {
        Self { field: Field::Reason, sentence: sentence.into() }
    }
}

impl Fields {
    fn new(document: &Document, prefix: &str) -> Result<Self, JsValue> {
        Ok(Self {
            code: by_id(document, &format!("{prefix}-code"))?,
            reason: by_id(document, &format!("{prefix}-reason"))?,
            count: by_id(document, &format!("{prefix}-count"))?,
            note: by_id(document, &format!("{prefix}-note"))?,
        })
    }

    /// Shows the count, and the note or the mistake.
    fn show(&self, result: Result<String, &Mistake>) {
        let bytes = self.reason.value().len();
        let most = CloseFrame::MAX_REASON_BYTES;
        self.count.set_text_content(Some(&format!("{bytes} of {most} bytes")));
        let wrong = result.as_ref().err().map(|mistake| mistake.field);
        for (input, field) in [(&self.code, Field::Code), (&self.reason, Field::Reason)] {
            let _ = input.set_attribute("aria-invalid", if wrong == Some(field) { "true" } else { "false" });
        }
        self.note.set_class_name(if wrong.is_some() { "note mistake" } else { "note" });
        self.note.set_text_content(Some(match &result {
            Ok(meaning) => meaning,
            Err(mistake) => &mistake.sentence,
        }));
    }

    /// Takes the user to what is wrong.
    fn point_at(&self, mistake: &Mistake) {
        let input = if mistake.field == Field::Code { &self.code } else { &self.reason };
        let _ = input.focus();
    }
}

fn too_long(bytes: usize) -> Mistake {
    Mistake::reason(format!(
        "The reason has {bytes} bytes; a Close frame has room for {}.",
        CloseFrame::MAX_REASON_BYTES
    ))
}

/// What we close with: only what a browser lets a script send.
pub(crate) struct CloseFields(Fields);

impl CloseFields {
    pub(crate) fn new(document: &Document) -> Result<Self, JsValue> {
        Fields::new(document, "close").map(Self)
    }

    fn read(&self) -> Result<CloseFrame, Mistake> {
        let (code, reason) = (self.0.code.value(), self.0.reason.value());
        if code.trim().is_empty() {
            return match reason.is_empty() {
                true => Ok(CloseFrame::EMPTY),
                false => Err(Mistake::code("A reason needs a code.")),
            };
        }
        // A number, or a name such as “Normal Closure”.
        let code: CloseCode = code.trim().parse().map_err(|_| Mistake::code("A code is a number up to 65535."))?;
        CloseFrame::new(code.as_u16(), reason).map_err(|error| match error {
            CloseFrameError::ReasonTooLong { bytes } => too_long(bytes),
            _ => Mistake::code(format!("A script may send 1000 and 3000 to 4999, not {code}.")),
        })
    }

    /// While typing: what is wrong, or what it will mean.
    pub(crate) fn refresh(&self) {
        match self.read() {
            Ok(frame) => self.0.show(Ok(match frame.code() {
                Some(code) => format!("{code}. {}", code.description()),
                None => "No code: the peer will see 1005.".to_owned(),
            })),
            Err(mistake) => self.0.show(Err(&mistake)),
        }
    }

    /// The frame; if there is none, the field at fault gets the focus.
    pub(crate) fn frame(&self) -> Option<CloseFrame> {
        self.refresh();
        self.read().map_err(|mistake| self.0.point_at(&mistake)).ok()
    }
}

/// What the peer is to close with: any code.
pub(crate) struct PeerFields(Fields);

impl PeerFields {
    pub(crate) fn new(document: &Document) -> Result<Self, JsValue> {
        Fields::new(document, "peer").map(Self)
    }

    fn read(&self) -> Result<PeerFrame, Mistake> {
        let code = self.0.code.value().trim().parse().map_err(|_| Mistake::code("A code is a number up to 65535."))?;
        let reason = self.0.reason.value();
        match reason.len() {
            bytes if bytes > CloseFrame::MAX_REASON_BYTES => Err(too_long(bytes)),
            _ => Ok(PeerFrame { code, reason }),
        }
    }

    pub(crate) fn refresh(&self) {
        match self.read() {
            Ok(frame) => {
                let code = CloseCode::new(frame.code);
                self.0.show(Ok(match code.is_on_wire() {
                    true => format!("{code}. {}", code.description()),
                    false => format!("{code} must not be sent. See what your browser makes of it."),
                }));
            }
            Err(mistake) => self.0.show(Err(&mistake)),
        }
    }

    /// The frame; if there is none, the field at fault gets the focus.
    pub(crate) fn frame(&self) -> Option<PeerFrame> {
        self.refresh();
        self.read().map_err(|mistake| self.0.point_at(&mistake)).ok()
    }
}
