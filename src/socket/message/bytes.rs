//! Conversions from and into the types of the crate `bytes`.

use super::Message;
use ::bytes::{Bytes, BytesMut};

/// Converts into a binary message: without a copy if nothing else refers to the bytes, else by a copy.
///
/// To send shared bytes without that copy, wait for [`ready`](crate::WebSocketSender::ready), then call
/// [`try_send_bytes`](crate::WebSocketSender::try_send_bytes).
impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes.into())
    }
}

/// Converts into a binary message: without a copy if nothing else refers to the bytes, else by a copy.
impl From<BytesMut> for Message {
    fn from(bytes: BytesMut) -> Self {
        Self::Binary(bytes.into())
    }
}

/// Converts without a copy; of a text, its UTF-8. Use [`Message::is_text`] where the kind matters.
impl From<Message> for Bytes {
    fn from(message: Message) -> Self {
        message.into_bytes().into()
    }
}

/// Converts without a copy; of a text, its UTF-8.
impl From<Message> for BytesMut {
    fn from(message: Message) -> Self {
        Bytes::from(message).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a vector with spare capacity, and where its content is.
    fn spacious() -> (Vec<u8>, *const u8) {
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(b"content");
        let at = bytes.as_ptr();
        (bytes, at)
    }

    #[test]
    fn bytes_that_nothing_else_refers_to_are_not_copied() {
        for (bytes, at) in [spacious(), (b"exact".to_vec(), std::ptr::null())] {
            let at = if at.is_null() { bytes.as_ptr() } else { at };
            let content = bytes.clone();
            let message = Message::from(Bytes::from(bytes));
            assert_eq!((message.as_bytes().as_ptr(), &message), (at, &Message::Binary(content.clone())));

            let bytes = Bytes::from(message);
            assert_eq!(bytes.as_ptr(), at, "into Bytes");
            let bytes = BytesMut::from(Message::from(bytes));
            assert_eq!((bytes.as_ptr(), &bytes[..]), (at, &content[..]), "into BytesMut");
            assert_eq!(Message::from(bytes).as_bytes().as_ptr(), at, "from BytesMut");
        }
    }

    #[test]
    fn shared_bytes_are_copied_and_stay_as_they_are() {
        let bytes = Bytes::from(spacious().0);
        let part = bytes.slice(3..);
        assert_eq!(Message::from(part), b"tent");
        assert_eq!(Message::from(Bytes::from_static(b"static")), b"static");
        assert_eq!(bytes, "content");

        let mut all = BytesMut::from(&b"onetwo"[..]);
        let first = all.split_to(3);
        assert_eq!((Message::from(first), Message::from(all)), (Message::from(b"one"), Message::from(b"two")));
    }

    #[test]
    fn text_becomes_its_utf8_without_a_copy() {
        let text = String::from("h\u{e9}llo");
        let at = text.as_ptr();
        let bytes = Bytes::from(Message::from(text));
        assert_eq!((bytes.as_ptr(), &bytes[..]), (at, "h\u{e9}llo".as_bytes()));
        assert!(BytesMut::from(Message::from("")).is_empty());
    }
}
