//! A received message on its way from the browser to Rust.

use super::raw_message::RawMessage;
use super::{Message, text};
use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// The class, for what may be no buffer.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(buffer: &JsValue) -> Result<Bytes, JsValue>;
    /// The array itself, copied into wasm memory on the way.
    #[wasm_bindgen(method, js_name = valueOf)]
    fn copied(this: &Bytes) -> Vec<u8>;

    /// It throws for what is no buffer, of whichever frame, and for one without memory.
    #[wasm_bindgen(js_namespace = ["ArrayBuffer", "prototype", "slice"], js_name = call, catch)]
    fn slice(buffer: &JsValue, from: u32, to: u32) -> Result<(), JsValue>;

    /// Whatever a message may be.
    type Data;
    #[wasm_bindgen(method, getter, catch, js_name = byteLength)]
    fn byte_length(this: &Data) -> Result<Option<f64>, JsValue>;
}

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
        let bytes = is_buffer(&data).then(|| Bytes::new(&data).ok())??;
        Some(Message::Binary(bytes.copied()))
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
    (is_buffer(data) && view(data).is_some()).then(|| data.unchecked_ref())
}

/// By class first, which is quick; a socket of another frame makes buffers of that frame's class.
fn is_buffer(data: &JsValue) -> bool {
    data.is_instance_of::<ArrayBuffer>() || slice(data, 0, 0).is_ok()
}

/// The bytes of a buffer. `None` if somebody who listens beside us has transferred them away, which throws, as what is no
/// buffer may.
pub(super) fn view(buffer: &JsValue) -> Option<Uint8Array> {
    Bytes::new(buffer).ok().map(JsCast::unchecked_into)
}

fn byte_length(data: &JsValue) -> Option<usize> {
    data.unchecked_ref::<Data>().byte_length().ok()?.map(|bytes| bytes as usize)
}
