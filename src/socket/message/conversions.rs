//! Conversions of messages, and comparisons with text and bytes.

use super::Message;
use std::borrow::Cow;

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Message {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.to_vec())
    }
}

impl From<&Vec<u8>> for Message {
    fn from(bytes: &Vec<u8>) -> Self {
        Self::Binary(bytes.clone())
    }
}

impl<const N: usize> From<&[u8; N]> for Message {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Binary(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Message {
    fn from(bytes: [u8; N]) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Box<str>> for Message {
    fn from(text: Box<str>) -> Self {
        Self::Text(text.into())
    }
}

impl From<Box<[u8]>> for Message {
    fn from(bytes: Box<[u8]>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Cow<'_, str>> for Message {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }
}

impl From<Cow<'_, [u8]>> for Message {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        Self::Binary(bytes.into_owned())
    }
}

/// Converts a text message without a copy; see [`Message::into_text`].
///
/// # Errors
///
/// Returns the message itself if it is binary.
impl TryFrom<Message> for String {
    type Error = Message;

    fn try_from(message: Message) -> Result<Self, Message> {
        message.into_text()
    }
}

/// Converts a binary message without a copy. [`Message::into_bytes`] converts text as well.
///
/// # Errors
///
/// Returns the message itself if it is text.
impl TryFrom<Message> for Vec<u8> {
    type Error = Message;

    fn try_from(message: Message) -> Result<Self, Message> {
        match message {
            Message::Binary(bytes) => Ok(bytes),
            text => Err(text),
        }
    }
}

/// Returns the bytes; of a text, its UTF-8.
impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Equal if it is a text message with this text.
impl PartialEq<str> for Message {
    fn eq(&self, text: &str) -> bool {
        self.as_text() == Some(text)
    }
}

/// Equal if it is a binary message with these bytes.
impl PartialEq<[u8]> for Message {
    fn eq(&self, bytes: &[u8]) -> bool {
        matches!(self, Self::Binary(own) if own == bytes)
    }
}

/// Comparisons with what dereferences to text or bytes, and all comparisons the other way round.
macro_rules! partial_eq {
    ($($(const $n:ident)? $other:ty as $content:ty),* $(,)?) => {
        $(
            impl$(<const $n: usize>)? PartialEq<$other> for Message {
                fn eq(&self, other: &$other) -> bool {
                    self == AsRef::<$content>::as_ref(other)
                }
            }

            impl$(<const $n: usize>)? PartialEq<Message> for $other {
                fn eq(&self, message: &Message) -> bool {
                    message == self
                }
            }
        )*
    };
}

partial_eq! {
    &str as str,
    String as str,
    &[u8] as [u8],
    Vec<u8> as [u8],
    const N [u8; N] as [u8],
    const N &[u8; N] as [u8],
}

impl PartialEq<Message> for str {
    fn eq(&self, message: &Message) -> bool {
        message == self
    }
}

impl PartialEq<Message> for [u8] {
    fn eq(&self, message: &Message) -> bool {
        message == self
    }
}
