//! Weighed: awaits the end of a socket that JavaScript owns, and hands it back.

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
