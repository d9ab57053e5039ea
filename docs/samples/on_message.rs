use onclose::{MessageListener, WebSocket, WebSocketSender};

/// Echoes every message, without a task.
fn echo(socket: WebSocket, log: impl Fn(&str) + 'static) -> (WebSocketSender, MessageListener) {
    let (sender, receiver) = socket.split();
    let replies = sender.clone();
    let listener = receiver.on_message(move |message| match message {
        Ok(message) => {
            if let Err(error) = replies.try_send(message) {
                log(&error.to_string());
            }
        }
        Err(error) => log(&error.to_string()),
    });
    (sender, listener) // the callback runs until the listener is dropped
}
