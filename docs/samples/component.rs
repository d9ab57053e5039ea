use onclose::{CloseFrame, CloseOnDrop, OpenError, ReadyState, StateListener, WebSocket, WebSocketSender};
use wasm_bindgen_futures::spawn_local;

const LEFT: CloseFrame = CloseFrame::from_static(4000, "left the page");

/// What the component keeps, and drops when it is removed.
struct Connection {
    // Dropped before the guard, whose close would set the state of a component that is removed.
    _listener: StateListener,
    // Closes the connection, or aborts the attempt to connect.
    _guard: CloseOnDrop,
    sender: WebSocketSender,
}

/// Starts to connect when the component is mounted. The two closures set signals.
fn mount(
    url: &str,
    mut show_state: impl FnMut(ReadyState) + 'static,
    show_line: impl Fn(String) + 'static,
) -> Result<Connection, OpenError> {
    let mut socket = WebSocket::builder(url).open()?; // an invalid URL
    show_state(ReadyState::Connecting); // the listener reports changes only
    let connection = Connection {
        _listener: socket.on_state_change(show_state),
        _guard: socket.close_on_drop(LEFT),
        sender: socket.sender(),
    };
    spawn_local(async move {
        // Messages wait until it is open. An error is not shown, because the close has the details.
        while let Some(Ok(message)) = socket.recv().await {
            show_line(message.to_string());
        }
        // After any close, and after an attempt that failed.
        show_line(socket.closed().await.to_string());
    });
    Ok(connection)
}

/// Sends in an event handler, which cannot wait: a full buffer and a connection that is not open are errors.
fn click(connection: &Connection, text: &str) -> String {
    match connection.sender.try_send_str(text) {
        Ok(()) => format!("sent: {text}"),
        Err(error) => error.to_string(),
    }
}
