use onclose::{CloseFrame, CloseOnDrop, WebSocket};

const LEFT: CloseFrame = CloseFrame::from_static(4000, "left the page");

/// Connects when a component is mounted. Dropping the guard closes the connection, or gives up connecting.
fn mounted(url: &str, show: impl Fn(&str) + 'static) -> CloseOnDrop {
    let mut connecting = WebSocket::connect(url);
    let guard = connecting.close_on_drop(LEFT);
    wasm_bindgen_futures::spawn_local(async move {
        let mut socket = match connecting.await {
            Ok(socket) => socket,
            Err(error) => return show(&error.to_string()),
        };
        while let Some(Ok(message)) = socket.recv().await {
            show(&message.to_string());
        }
        show(&socket.closed().await.to_string());
    });
    guard
}
