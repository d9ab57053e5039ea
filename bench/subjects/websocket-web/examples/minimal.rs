//! The minimal app, which is weighed: connects, receives a text, sends it back, and passes the close to JavaScript.

#![allow(unreachable_pub, missing_docs)]

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use futures_util::{SinkExt, StreamExt};
use websocket_web::{Msg, WebSocket};

#[wasm_bindgen]
extern "C" {
    fn show(code: u16, reason: &str, clean: bool);
}

#[wasm_bindgen]
pub fn start(url: String) {
    spawn_local(async move {
        let Ok(mut socket) = WebSocket::connect(&url).await else { return };
        if let Some(Ok(Msg::Text(text))) = socket.next().await {
            let _ = socket.send(text).await;
        }
        let closed = socket.closed().await;
        show(closed.code.into(), &closed.reason, closed.was_clean);
    });
}
