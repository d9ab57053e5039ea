//! The minimal app, which is weighed: connects, receives a text, sends it back, and passes the close to JavaScript.
//!
//! The library does not report whether the close was clean.

#![allow(unreachable_pub, missing_docs)]

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite_wasm::{Message, connect};

#[wasm_bindgen]
extern "C" {
    fn show(code: u16, reason: &str);
}

#[wasm_bindgen]
pub fn start(url: String) {
    spawn_local(async move {
        let Ok(mut socket) = connect(&url).await else { return };
        if let Some(Ok(Message::Text(text))) = socket.next().await {
            let _ = socket.send(Message::Text(text)).await;
        }
        while let Some(Ok(next)) = socket.next().await {
            if let Message::Close(Some(frame)) = next {
                show(frame.code.into(), &frame.reason);
                break;
            }
        }
    });
}
