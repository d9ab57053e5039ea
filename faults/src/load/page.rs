//! What the load jobs share.

use onclose::{CloseInfo, Message, WebSocket};

pub(super) async fn connect(url: &str) -> Result<WebSocket, String> {
    WebSocket::connect(url).await.map_err(|error| format!("It did not open: {error}"))
}

/// Returns the next message, which must be a text.
pub(super) async fn text(socket: &mut WebSocket) -> Result<String, String> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => Ok(text),
        other => Err(format!("Received {other:?} instead of a text.")),
    }
}

/// Fails unless the connection closed cleanly with this code.
pub(super) fn clean(closed: &CloseInfo, code: u16) -> Result<(), String> {
    match closed.was_clean() && closed.code() == code {
        true => Ok(()),
        false => Err(format!("It closed with {closed:?}.")),
    }
}
