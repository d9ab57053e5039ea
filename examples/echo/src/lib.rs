//! Connects, sends what is typed, shows what comes back, and how the connection closed.

use js_sys::Function;
use onclose::{CloseFrame, WebSocket, WebSocketSender};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use wasm_bindgen_futures::spawn_local;

/// A connection for the page's JavaScript. Freeing it does not close the connection, because a task owns the receiver: call
/// `close`.
#[wasm_bindgen]
pub struct Connection(WebSocketSender);

/// Connects; calls `on_message` with each text and, once it has closed, `on_close` with how the connection closed.
#[wasm_bindgen]
pub async fn connect(url: String, on_message: Function, on_close: Function) -> Result<Connection, JsError> {
    let (sender, mut receiver) = WebSocket::connect(&url).await?.split();
    spawn_local(async move {
        // An error means that the connection was lost; `closed` has the details.
        while let Some(Ok(message)) = receiver.recv().await {
            let _ = on_message.call1(&JsValue::NULL, &message.to_string().into());
        }
        let _ = on_close.call1(&JsValue::NULL, &receiver.closed().await.to_string().into());
    });
    Ok(Connection(sender))
}

#[wasm_bindgen]
impl Connection {
    /// Sends a text; throws if the connection is closed, or if too much is waiting to be sent.
    pub fn send(&self, text: &str) -> Result<(), JsError> {
        Ok(self.0.try_send_str(text)?)
    }

    /// Starts closing; the result is passed to `on_close`.
    pub fn close(&self) {
        drop(self.0.close(CloseFrame::from_static(4000, "the user left")));
    }
}
