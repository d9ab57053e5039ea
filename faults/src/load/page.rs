//! Jobs for memory and load.

use onclose::{CloseInfo, Message, WebSocket};

/// A socket, or a sentence.
pub(super) async fn connect(url: &str) -> Result<WebSocket, String> {
    WebSocket::connect(url).await.map_err(|error| format!("It did not open: {error}"))
}

/// The next message, which has to be a text.
pub(super) async fn text(socket: &mut WebSocket) -> Result<String, String> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => Ok(text),
        other => Err(format!("Instead of a text there came {other:?}.")),
    }
}

/// An error unless it ended cleanly with this code.
pub(super) fn clean(closed: &CloseInfo, code: u16) -> Result<(), String> {
    match closed.was_clean() && closed.code() == code {
        true => Ok(()),
        false => Err(format!("It ended with {closed:?}.")),
    }
}
