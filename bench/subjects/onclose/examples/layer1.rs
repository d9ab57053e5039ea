//! The minimal observer, which is weighed: awaits the close of a socket that JavaScript owns, and passes it to JavaScript.

#![allow(unreachable_pub, missing_docs)]

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen]
extern "C" {
    fn show(code: u16, reason: &str, clean: bool);
}

#[wasm_bindgen]
pub fn start(socket: web_sys::WebSocket) {
    spawn_local(async move {
        if let Ok(event) = onclose::closed(&socket).await {
            show(event.code().as_u16(), event.reason(), event.was_clean());
        }
    });
}
