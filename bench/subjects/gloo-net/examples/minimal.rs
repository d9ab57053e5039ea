//! The minimal app, which is weighed: connects, receives a text, sends it back, and passes the close to JavaScript.

#![allow(unreachable_pub, missing_docs)]

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};

#[wasm_bindgen]
extern "C" {
    fn show(code: u16, reason: &str, clean: bool);
}

#[wasm_bindgen]
pub fn start(url: String) {
    spawn_local(async move {
        let Ok(mut socket) = WebSocket::open(&url) else { return };
        if let Some(Ok(Message::Text(text))) = socket.next().await {
            let _ = socket.send(Message::Text(text)).await;
        }
        while let Some(next) = socket.next().await {
            if let Err(WebSocketError::ConnectionClose(event)) = next {
                show(event.code, &event.reason, event.was_clean);
                break;
            }
        }
    });
}
