use onclose::CloseListener;

/// Hands the browser's event on, as a library does whose users know web-sys.
fn forward(socket: &web_sys::WebSocket, mut on_close: impl FnMut(web_sys::CloseEvent) + 'static) -> CloseListener {
    onclose::on_close_event(socket, move |event| on_close(event.clone()))
}
