//! Jobs that say something of the laboratory itself.

use onclose::{CloseFrame, Message, WebSocket};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use crate::job;

#[derive(Deserialize)]
struct Hello {
    url: String,
    text: String,
}

#[derive(Serialize)]
struct Heard {
    text: String,
    code: u16,
    clean: bool,
}

/// Has a text echoed, and closes.
#[wasm_bindgen]
pub async fn hello(args: String) -> Result<String, JsError> {
    job::run(&args, async |Hello { url, text }: Hello| -> Result<Heard, String> {
        let mut socket = WebSocket::connect(&url).await.map_err(|error| error.to_string())?;
        socket.send(text).await.map_err(|error| error.to_string())?;
        let Some(Ok(Message::Text(text))) = socket.recv().await else {
            return Err("There was no echo.".to_owned());
        };
        let closed = socket.close(CloseFrame::NORMAL).await;
        Ok(Heard { text, code: closed.code().as_u16(), clean: closed.was_clean() })
    })
    .await
}

/// How many bytes of memory the module holds.
#[wasm_bindgen]
pub fn wasm_bytes() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    f64::from(buffer.byte_length())
}

/// How many values of JavaScript's Rust holds.
#[wasm_bindgen]
pub fn held_values() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}
