//! Sends and receives values of one type as binary messages, encoded by postcard: one value is one message.
//!
//! A server in Rust would have the type from a crate that both depend on. Here the server echoes it.

use js_sys::Function;
use onclose::{CloseFrame, Message, WebSocket, WebSocketSender};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use wasm_bindgen_futures::spawn_local;

/// What either endpoint sends.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Packet {
    Move { x: i32, y: i32 },
    Say(String),
}

const NOT_A_PACKET: CloseFrame = CloseFrame::from_static(4002, "not a packet");

impl Packet {
    fn from_message(message: &Message) -> Option<Self> {
        let Message::Binary(bytes) = message else { return None };
        // A longer message than its value is of another version, or of something else.
        let (packet, rest) = postcard::take_from_bytes(bytes).ok()?;
        rest.is_empty().then_some(packet)
    }
}

/// A connection for the page's JavaScript. Freeing it does not close the connection, because a task owns the receiver: call
/// `close`.
#[wasm_bindgen]
pub struct Connection(WebSocketSender);

/// Connects; calls `on_packet` with each value and, once it has closed, `on_close` with how the connection closed.
#[wasm_bindgen]
pub async fn connect(url: String, on_packet: Function, on_close: Function) -> Result<Connection, JsError> {
    let (sender, mut receiver) = WebSocket::connect(&url).await?.split();
    spawn_local(async move {
        while let Some(Ok(message)) = receiver.recv().await {
            let Some(packet) = Packet::from_message(&message) else {
                // The server violates the protocol: the Close frame says why the connection is closed.
                receiver.close(NOT_A_PACKET).await;
                break;
            };
            let line = format!("{packet:?}, {message}");
            let _ = on_packet.call1(&JsValue::NULL, &line.into());
        }
        let _ = on_close.call1(&JsValue::NULL, &receiver.closed().await.to_string().into());
    });
    Ok(Connection(sender))
}

#[wasm_bindgen]
impl Connection {
    pub fn send_move(&self, x: i32, y: i32) -> Result<(), JsError> {
        self.send(&Packet::Move { x, y })
    }

    pub fn say(&self, text: String) -> Result<(), JsError> {
        self.send(&Packet::Say(text))
    }

    /// Starts closing; the result is passed to `on_close`.
    pub fn close(&self) {
        drop(self.0.close(CloseFrame::from_static(4000, "the user left")));
    }

    fn send(&self, packet: &Packet) -> Result<(), JsError> {
        Ok(self.0.try_send_bytes(&postcard::to_stdvec(packet)?)?)
    }
}
