use crate::WsErr;
use js_sys::{ArrayBuffer, JsString};
use onclose::{Message, RawMessage};
use wasm_bindgen::JsCast;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WsMessage {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl From<Message> for WsMessage {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text),
            Message::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl From<WsMessage> for Message {
    fn from(message: WsMessage) -> Self {
        match message {
            WsMessage::Text(text) => Self::Text(text),
            WsMessage::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl TryFrom<web_sys::MessageEvent> for WsMessage {
    type Error = WsErr;

    fn try_from(event: web_sys::MessageEvent) -> Result<Self, WsErr> {
        let data = event.data();
        let data = match data.dyn_into::<JsString>() {
            Ok(text) => return Ok(Message::from(RawMessage::from(text)).into()),
            Err(data) => data,
        };
        match data.dyn_into::<ArrayBuffer>() {
            Ok(buffer) => Ok(Message::from(RawMessage::from(buffer)).into()),
            Err(data) if data.is_instance_of::<web_sys::Blob>() => Err(WsErr::CantDecodeBlob),
            Err(_) => Err(WsErr::UnknownDataType),
        }
    }
}

impl From<WsMessage> for Vec<u8> {
    fn from(message: WsMessage) -> Self {
        match message {
            WsMessage::Text(text) => text.into_bytes(),
            WsMessage::Binary(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for WsMessage {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl From<String> for WsMessage {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl AsRef<[u8]> for WsMessage {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}
