//! The minimal observer, written by hand: awaits the close of a socket that JavaScript owns, and passes it to JavaScript.

#![allow(unreachable_pub, missing_docs)]

use futures_channel::oneshot;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CloseEvent, WebSocket};

#[wasm_bindgen]
extern "C" {
    fn show(code: u16, reason: &str, clean: bool);
}

#[wasm_bindgen]
pub fn start(socket: WebSocket) {
    spawn_local(async move {
        let (sender, receiver) = oneshot::channel();
        let closure = Closure::once(move |event: CloseEvent| {
            let _ = sender.send(event);
        });
        let listener = closure.as_ref().unchecked_ref();
        let _ = socket.add_event_listener_with_callback("close", listener);
        if let Ok(event) = receiver.await {
            show(event.code(), &event.reason(), event.was_clean());
        }
        let _ = socket.remove_event_listener_with_callback("close", closure.as_ref().unchecked_ref());
    });
}
