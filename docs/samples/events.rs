use futures_util::StreamExt as _;
use onclose::{CloseInfo, Event, WebSocket};

/// Logs what the server sends, until the connection closes, and returns how it closed.
async fn log_until_closed(socket: WebSocket, log: impl Fn(&str)) -> Option<CloseInfo> {
    let sender = socket.sender(); // to send in the meantime
    let mut events = socket.into_events();
    while let Some(event) = events.next().await {
        match event {
            Event::Message(message) => {
                log(&message.to_string());
                if message == "ping" && sender.send("pong").await.is_err() {
                    log("not sent"); // the close is on its way
                }
            }
            Event::Error(error) => log(&error.to_string()),
            Event::Close(info) => return Some(info),
            _ => {}
        }
    }
    None // it was returned before
}
