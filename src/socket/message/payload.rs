//! A received message on its way from the browser to Rust.

use super::raw_message::{AnyUint8Array, RawMessage, view};
use super::{Message, text};
use js_sys::{ArrayBuffer, JsString};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Throws unless `buffer` is an `ArrayBuffer` (of any realm, such as an iframe's) that is not detached.
    #[wasm_bindgen(js_namespace = ["ArrayBuffer", "prototype", "slice"], js_name = call, catch)]
    fn slice(buffer: &JsValue, from: u32, to: u32) -> Result<(), JsValue>;

    /// The `data` of a message event, of any type.
    type Data;
    #[wasm_bindgen(method, getter, catch, js_name = byteLength)]
    fn byte_length(this: &Data) -> Result<Option<f64>, JsValue>;
}

/// A queued message.
///
/// It is queued as a JavaScript value and converted when taken: a backlog then stays in a heap that shrinks again, unlike
/// wasm memory, and nothing is converted after the reader was dropped.
#[derive(Debug)]
pub(crate) enum Payload {
    Js(JsValue),
    /// Converted early because its bytes had to be counted; the receive limit bounds the memory.
    Text(String),
}

impl Payload {
    /// Returns a message and its size in bytes.
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

    /// Converts to a message; `None` if it is neither text nor an `ArrayBuffer` (a `Blob`, for example).
    pub(crate) fn into_message(self) -> Option<Message> {
        let data = match self {
            Self::Text(text) => return Some(Message::Text(text)),
            Self::Js(data) => data,
        };
        if let Some(text) = text::read(&data) {
            return Some(Message::Text(text));
        }
        let bytes = is_buffer(&data).then(|| AnyUint8Array::new(&data).ok())??;
        Some(Message::Binary(bytes.copied()))
    }

    /// Converts to a message that stays in JavaScript; `None` as in `into_message`.
    pub(crate) fn into_raw_message(self) -> Option<RawMessage> {
        let data = match self {
            Self::Text(text) => return Some(RawMessage::Text(text.into())),
            Self::Js(data) => data,
        };
        match data.dyn_into::<JsString>() {
            Ok(text) => Some(RawMessage::Text(text)),
            Err(data) => readable_buffer(&data).cloned().map(RawMessage::Binary),
        }
    }
}

fn readable_buffer(data: &JsValue) -> Option<&ArrayBuffer> {
    (is_buffer(data) && view(data).is_some()).then(|| data.unchecked_ref())
}

/// Checks the class first, which is fast. A socket created in another realm delivers buffers of that realm's class.
fn is_buffer(data: &JsValue) -> bool {
    data.is_instance_of::<ArrayBuffer>() || slice(data, 0, 0).is_ok()
}

fn byte_length(data: &JsValue) -> Option<usize> {
    data.unchecked_ref::<Data>().byte_length().ok()?.map(|bytes| bytes as usize)
}
