//! The `data` of a received message, and its conversion to Rust.
//!
//! Messages are queued as JavaScript values and converted when they are taken: a backlog then stays in a heap that shrinks
//! again, unlike wasm memory, and nothing is converted after the reader was dropped.

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

/// Returns the size of a message for a receive limit: bytes of binary, UTF-16 code units of text. It converts nothing, so
/// that a message beyond the limit never takes wasm memory, which would not shrink again.
pub(crate) fn size(data: &JsValue) -> usize {
    match data.dyn_ref::<JsString>() {
        Some(text) => text.length() as usize,
        None => byte_length(data).unwrap_or(0),
    }
}

/// Converts to a message; `None` if the data is neither text nor an `ArrayBuffer` (a `Blob`, for example).
pub(crate) fn to_message(data: &JsValue) -> Option<Message> {
    if let Some(text) = text::read(data) {
        return Some(Message::Text(text));
    }
    let bytes = is_buffer(data).then(|| AnyUint8Array::new(data).ok())??;
    Some(Message::Binary(bytes.copied()))
}

/// Converts to a message that stays in JavaScript; `None` as in `to_message`.
pub(crate) fn into_raw_message(data: JsValue) -> Option<RawMessage> {
    match data.dyn_into::<JsString>() {
        Ok(text) => Some(RawMessage::Text(text)),
        Err(data) => readable_buffer(&data).cloned().map(RawMessage::Binary),
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
