//! A received message that stays in JavaScript.

use super::{Message, text};
use ::core::error::Error;
use ::core::fmt;
use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

#[wasm_bindgen]
extern "C" {
    /// The class, with a constructor that is given anything.
    #[wasm_bindgen(js_name = Uint8Array)]
    pub(super) type AnyUint8Array;
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    pub(super) fn new(buffer: &JsValue) -> Result<AnyUint8Array, JsValue>;
    /// Returns the array itself, which wasm-bindgen copies into wasm memory.
    #[wasm_bindgen(method, js_name = valueOf)]
    pub(super) fn copied(this: &AnyUint8Array) -> Vec<u8>;
}

/// Returns a view of a buffer's bytes. `None` if another listener has detached the buffer (the constructor throws), or if
/// the value is not a buffer.
pub(super) fn view(buffer: &JsValue) -> Option<Uint8Array> {
    AnyUint8Array::new(buffer).ok().map(JsCast::unchecked_into)
}

/// A message as a JavaScript value: nothing of it is copied into or out of wasm memory.
///
/// Returned by [`WebSocketReceiver::recv_raw`](crate::WebSocketReceiver::recv_raw), to forward messages to JavaScript, to
/// inspect only the length, or to copy into your own buffer. Taken by
/// [`WebSocketSender::send_raw`](crate::WebSocketSender::send_raw), to send what is in JavaScript already.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RawMessage {
    /// A text message.
    Text(JsString),
    /// A binary message.
    Binary(ArrayBuffer),
    /// A binary message whose content may be on disk. Only sent: received messages are never `Blob`s.
    Blob(Blob),
}

impl RawMessage {
    /// Returns the length in JavaScript's units: bytes of binary, UTF-16 code units of text.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.length() as usize,
            Self::Binary(buffer) => buffer.byte_length() as usize,
            Self::Blob(blob) => blob.size() as usize,
        }
    }

    /// Returns `true` if the message is empty. An empty message is a message like any other, not the end of the stream.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies the bytes; of a text its UTF-8, with U+FFFD for lone surrogates. Empty if the `ArrayBuffer` is detached, and for
    /// a `Blob`, which can only be read asynchronously.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text::read(text).unwrap_or_default().into_bytes(),
            Self::Binary(buffer) => view(buffer).map(|view| view.to_vec()).unwrap_or_default(),
            Self::Blob(_) => Vec::new(),
        }
    }

    /// Copies the bytes (of a text its UTF-8) to the start of a buffer, and returns their number.
    ///
    /// # Errors
    ///
    /// [`CopyError`] if the buffer is too small; its content is unspecified then.
    pub fn copy_to(&self, buffer: &mut [u8]) -> Result<usize, CopyError> {
        let (needed, capacity) = match self {
            Self::Text(text) => match text::copy(text, buffer) {
                Ok(written) => return Ok(written),
                Err(needed) => (needed, buffer.len()),
            },
            Self::Binary(from) => {
                let Some(from) = view(from) else { return Ok(0) };
                let needed = from.length() as usize;
                if let Some(to) = buffer.get_mut(..needed) {
                    from.copy_to(to);
                    return Ok(needed);
                }
                (needed, buffer.len())
            }
            Self::Blob(_) => return Ok(0),
        };
        Err(CopyError { needed, capacity })
    }

    /// Copies the message into wasm memory, as [`WebSocketReceiver::recv`](crate::WebSocketReceiver::recv) does.
    #[must_use]
    pub fn to_message(&self) -> Message {
        match self {
            Self::Text(text) => Message::Text(text::read(text).unwrap_or_default()),
            Self::Binary(_) | Self::Blob(_) => Message::Binary(self.to_vec()),
        }
    }
}

impl AsRef<JsValue> for RawMessage {
    fn as_ref(&self) -> &JsValue {
        match self {
            Self::Text(text) => text,
            Self::Binary(buffer) => buffer,
            Self::Blob(blob) => blob,
        }
    }
}

impl From<JsString> for RawMessage {
    fn from(text: JsString) -> Self {
        Self::Text(text)
    }
}

impl From<ArrayBuffer> for RawMessage {
    fn from(buffer: ArrayBuffer) -> Self {
        Self::Binary(buffer)
    }
}

impl From<Blob> for RawMessage {
    fn from(blob: Blob) -> Self {
        Self::Blob(blob)
    }
}

impl From<RawMessage> for JsValue {
    fn from(message: RawMessage) -> Self {
        match message {
            RawMessage::Text(text) => text.into(),
            RawMessage::Binary(buffer) => buffer.into(),
            RawMessage::Blob(blob) => blob.into(),
        }
    }
}

impl From<RawMessage> for Message {
    fn from(message: RawMessage) -> Self {
        message.to_message()
    }
}

/// Returned by [`RawMessage::copy_to`] when the buffer is too small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyError {
    needed: usize,
    capacity: usize,
}

impl CopyError {
    /// Returns how many bytes the buffer must have.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed
    }
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffer is too small: the message has {} bytes, the buffer {}", self.needed, self.capacity)
    }
}

impl Error for CopyError {}
