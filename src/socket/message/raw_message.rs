//! A message that stays in JavaScript.

use super::payload::view;
use super::{Message, text};
use ::core::error::Error;
use ::core::fmt;
use js_sys::{ArrayBuffer, JsString};
use wasm_bindgen::JsValue;

/// A received message as JavaScript's own value: nothing of it has been copied into wasm memory.
///
/// For those who pass it on to JavaScript, look at its length only, or have memory of their own to copy it to; made by
/// [`WebSocketReceiver::recv_raw`](crate::WebSocketReceiver::recv_raw).
#[derive(Clone, Debug)]
pub enum RawMessage {
    /// Text.
    Text(JsString),
    /// Bytes.
    Binary(ArrayBuffer),
}

impl RawMessage {
    /// The length in JavaScript's units: bytes of binary, UTF-16 units of text.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.length() as usize,
            Self::Binary(buffer) => buffer.byte_length() as usize,
        }
    }

    /// Whether it is empty. An empty message is a message like any other, not an end.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes; of a text, its UTF-8, with U+FFFD for lone surrogates. Empty if they have been transferred away since.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text::read(text).unwrap_or_default().into_bytes(),
            Self::Binary(buffer) => view(buffer).map(|view| view.to_vec()).unwrap_or_default(),
        }
    }

    /// Copies the bytes (of a text, its UTF-8) to the start of a buffer, and returns how many there are.
    ///
    /// # Errors
    ///
    /// [`CopyError`] if the buffer is too small; what it then holds is unspecified.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn copy_to(&self, buffer: &mut [u8]) -> Result<usize, CopyError> {
        let (needed, room) = match self {
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
        };
        Err(CopyError { needed, room })
    }

    /// The message in wasm memory, as [`WebSocketReceiver::recv`](crate::WebSocketReceiver::recv) would have returned it.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn to_message(&self) -> Message {
        match self {
            Self::Text(text) => Message::Text(text::read(text).unwrap_or_default()),
            Self::Binary(_) => Message::Binary(self.to_vec()),
        }
    }
}

impl AsRef<JsValue> for RawMessage {
    fn as_ref(&self) -> &JsValue {
        match self {
            Self::Text(text) => text,
            Self::Binary(buffer) => buffer,
        }
    }
}

impl From<RawMessage> for JsValue {
    fn from(message: RawMessage) -> Self {
        match message {
            RawMessage::Text(text) => text.into(),
            RawMessage::Binary(buffer) => buffer.into(),
        }
    }
}

impl From<RawMessage> for Message {
    fn from(message: RawMessage) -> Self {
        message.to_message()
    }
}

/// A [`RawMessage`] had no room in the buffer that it was to be copied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyError {
    needed: usize,
    room: usize,
}

impl CopyError {
    /// How many bytes the buffer must have.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed
    }
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message has {} bytes, and the buffer room for {}", self.needed, self.room)
    }
}

impl Error for CopyError {}
