//! A received message on its way from the browser to Rust.

use super::{Message, RawMessage, text};
use crate::thrown::property;
use js_sys::{Array, ArrayBuffer, Function, JsString, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A message that waits.
///
/// It waits as JavaScript's own value and is converted when taken: a backlog then stays in a heap that shrinks again,
/// which wasm memory never does, and nothing is converted for a reader that has gone.
#[derive(Debug)]
pub(crate) enum Payload {
    Js(JsValue),
    /// Converted early because its bytes had to be counted; the limit that asked for it bounds the memory.
    Text(String),
}

impl Payload {
    /// A message, and how many bytes it has.
    pub(crate) fn measured(data: JsValue) -> (Self, usize) {
        match text::read(&data) {
            Some(text) => {
                let bytes = text.len();
                (Self::Text(text), bytes)
            }
            None => {
                let bytes = byte_length(&data).unwrap_or(0);
                (Self::Js(data), bytes)
            }
        }
    }

    /// The message; `None` if it is neither text nor an `ArrayBuffer` (a `Blob`, above all).
    pub(crate) fn read(self) -> Option<Message> {
        let data = match self {
            Self::Text(text) => return Some(Message::Text(text)),
            Self::Js(data) => data,
        };
        if let Some(text) = text::read(&data) {
            return Some(Message::Text(text));
        }
        let buffer = buffer(&data)?;
        Some(Message::Binary(match buffer.byte_length() {
            0 => Vec::new(),
            _ => Uint8Array::new(&data).to_vec(),
        }))
    }

    /// The message, still JavaScript's; `None` as in `read`.
    pub(crate) fn raw(self) -> Option<RawMessage> {
        let data = match self {
            Self::Text(text) => return Some(RawMessage::Text(text.into())),
            Self::Js(data) => data,
        };
        match data.dyn_into::<JsString>() {
            Ok(text) => Some(RawMessage::Text(text)),
            Err(data) => buffer(&data).cloned().map(RawMessage::Binary),
        }
    }
}

/// The value as a buffer that can be read.
fn buffer(data: &JsValue) -> Option<&ArrayBuffer> {
    let buffer = is_buffer(data).then(|| data.unchecked_ref::<ArrayBuffer>())?;
    // Whoever listens beside us can have transferred the buffer away; then it is empty, and reading it throws.
    (buffer.byte_length() > 0 || is_readable(data)).then_some(buffer)
}

/// By class first, which is quick; a socket of another frame makes buffers of that frame's class.
fn is_buffer(data: &JsValue) -> bool {
    data.is_instance_of::<ArrayBuffer>()
        || (byte_length(data).is_some() && property(data, "buffer").is_some_and(|buffer| buffer.is_undefined()))
}

/// Whether a buffer without bytes never had any: one whose bytes were transferred away has no views.
fn is_readable(buffer: &JsValue) -> bool {
    property(&js_sys::global(), "Uint8Array")
        .is_some_and(|class| Reflect::construct(class.unchecked_ref::<Function>(), &Array::of1(buffer)).is_ok())
}

fn byte_length(data: &JsValue) -> Option<usize> {
    property(data, "byteLength")?.as_f64().map(|bytes| bytes as usize)
}
