//! Jobs for memory and load.

mod cycles;
mod endure;
mod flood;
mod overflow;
mod sockets;

use onclose::{CloseInfo, Message, WebSocket};

/// A socket, or a sentence.
async fn connect(url: &str) -> Result<WebSocket, String> {
    WebSocket::connect(url).await.map_err(|error| format!("It did not open: {error}"))
}

/// The next message, which has to be a text.
async fn text(socket: &mut WebSocket) -> Result<String, String> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => Ok(text),
        other => Err(format!("Instead of a text there came {other:?}.")),
    }
}

/// An error unless it ended cleanly with this code.
fn clean(closed: &CloseInfo, code: u16) -> Result<(), String> {
    match closed.was_clean() && closed.code() == code {
        true => Ok(()),
        false => Err(format!("It ended with {closed:?}.")),
    }
}
