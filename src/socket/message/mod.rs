//! Messages: in wasm memory, in JavaScript, and on the way between them.

#[cfg(feature = "bytes")]
mod bytes;
mod conversions;
mod encoder;
pub(crate) mod payload;
pub(crate) mod raw_message;
pub(crate) mod text;

use ::core::fmt;

/// A WebSocket message: text or binary.
///
/// ```
/// use onclose::Message;
///
/// let message = Message::from("hello");
/// assert_eq!(message.as_text(), Some("hello"));
/// assert_eq!(Message::from(vec![1, 2, 3]).len(), 3);
/// ```
///
/// It converts from and into what holds text or bytes, and is compared with both. What cannot be converted is returned:
///
/// ```
/// use onclose::Message;
///
/// assert_eq!(Message::from("hello"), "hello");
/// assert_ne!(Message::from("hello"), b"hello"); // text and binary are different messages
/// assert_eq!(String::try_from(Message::from("hello")), Ok("hello".to_owned()));
/// assert_eq!(String::try_from(Message::from([1, 2])), Err(Message::Binary(vec![1, 2])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl Message {
    /// Returns the length in bytes; of a text, in UTF-8.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Returns `true` if it has no bytes. An empty message is a message like any other, not the end of the stream.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `true` if it is a text message.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Returns `true` if it is a binary message.
    #[must_use]
    pub const fn is_binary(&self) -> bool {
        matches!(self, Self::Binary(_))
    }

    /// Returns the bytes; of a text, its UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Returns the text, or `None` if the message is binary.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Converts into the bytes without a copy; of a text, its UTF-8.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Converts into the text without a copy.
    ///
    /// # Errors
    ///
    /// Returns the message itself if it is binary.
    pub fn into_text(self) -> Result<String, Self> {
        match self {
            Self::Text(text) => Ok(text),
            binary => Err(binary),
        }
    }
}

/// Formats text verbatim, binary as "N bytes".
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Binary(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}
