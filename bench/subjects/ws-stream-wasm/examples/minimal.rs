//! The minimal app, which is weighed: connects, receives a text, sends it back, and passes the close to JavaScript.

#![allow(unreachable_pub, missing_docs)]

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use futures_util::{SinkExt, StreamExt};
use pharos::{Filter, Observable};
use ws_stream_wasm::{WsEvent, WsMessage, WsMeta};

#[wasm_bindgen]
extern "C" {
    fn show(code: u16, reason: &str, clean: bool);
}

#[wasm_bindgen]
pub fn start(url: String) {
    spawn_local(async move {
        let Ok((mut meta, mut stream)) = WsMeta::connect(&url, None).await else { return };
        let Ok(mut events) = meta.observe(Filter::Pointer(WsEvent::is_closed).into()).await else { return };
        if let Some(WsMessage::Text(text)) = stream.next().await {
            let _ = stream.send(WsMessage::Text(text)).await;
        }
        if let Some(WsEvent::Closed(event)) = events.next().await {
            show(event.code, &event.reason, event.was_clean);
        }
    });
}
