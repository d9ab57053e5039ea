//! Jobs for the laboratory itself.

use onclose::{CloseFrame, Message, WebSocket};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use super::{Echoed, Hello};
use crate::job;

#[wasm_bindgen]
pub async fn hello(args: String) -> Result<String, JsError> {
    job::run(&args, async |Hello { url, text }| -> Result<Echoed, String> {
        let mut socket = WebSocket::connect(&url).await.map_err(|error| error.to_string())?;
        socket.send(text).await.map_err(|error| error.to_string())?;
        let Some(Ok(Message::Text(text))) = socket.recv().await else {
            return Err("There was no echo.".to_owned());
        };
        let closed = socket.close(CloseFrame::NORMAL).await;
        Ok(Echoed { text, code: closed.code().as_u16(), clean: closed.was_clean() })
    })
    .await
}

/// Returns the size of the module's memory in bytes.
#[wasm_bindgen]
pub fn wasm_bytes() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    f64::from(buffer.byte_length())
}

/// Returns the number of JavaScript values that the module holds.
#[wasm_bindgen]
pub fn held_values() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}
