use onclose::{AlreadyClosed, CloseCode};

/// Waits for the close of a socket that other code owns, and returns whether the server restarts.
async fn restarts(socket: &web_sys::WebSocket, log: impl Fn(&str) + 'static) -> Result<bool, AlreadyClosed> {
    // A callback, until the listener is dropped:
    let listener = onclose::on_close(socket, move |event| log(&event.to_string()));
    // Or a future, before, during or after the close:
    let event = onclose::closed(socket).await?;
    drop(listener);
    Ok(event.code() == CloseCode::SERVICE_RESTART)
}
