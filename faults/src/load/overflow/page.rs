//! The overflow over the crate.

use onclose::{CloseFrame, WebSocket};
use wasm_bindgen::prelude::*;

use super::{Overflow, Overflown};
use crate::job;
use crate::memory::Rise;

#[wasm_bindgen]
pub async fn overflow(args: String) -> Result<String, JsError> {
    job::run(&args, async |Overflow { url, limit, code }| {
        let frame = CloseFrame::new(code, "cannot keep up").map_err(|error| error.to_string())?;
        let rise = Rise::begin();
        let builder = WebSocket::builder(&url).recv_limit(limit, frame);
        let mut socket = builder.connect().await.map_err(|error| error.to_string())?;
        let closed = socket.closed().await;
        let (mut messages, mut bytes) = (0, 0);
        let error = loop {
            match socket.recv().await {
                Some(Ok(message)) => {
                    messages += 1;
                    bytes += message.len();
                }
                Some(Err(error)) => break error,
                None => return Err(format!("There was no error after {messages} messages.")),
            }
        };
        let risen = rise.so_far();
        if let Some(more) = socket.recv().await {
            return Err(format!("Received {more:?} after the error."));
        }
        Ok(Overflown {
            messages,
            bytes: bytes as f64,
            error: error.to_string(),
            is_overflow: error.is_overflow(),
            requested: closed.requested().and_then(CloseFrame::code).map(|code| code.as_u16()),
            risen,
        })
    })
    .await
}
