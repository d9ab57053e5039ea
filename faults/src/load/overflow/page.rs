//! A reader that takes nothing, of a socket with a limit.

use onclose::{CloseFrame, WebSocket};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::job;
use crate::memory::{Rise, Risen};

#[derive(Deserialize)]
struct Overflow {
    url: String,
    limit: usize,
    code: u16,
}

#[derive(Serialize)]
struct Overflown {
    messages: u32,
    bytes: usize,
    error: String,
    overflow: bool,
    requested: Option<u16>,
    risen: Risen,
}

/// Lets a fast peer send until the connection has ended, then takes what is there.
#[wasm_bindgen]
pub async fn overflow(args: String) -> Result<String, JsError> {
    job::run(&args, async |Overflow { url, limit, code }: Overflow| {
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
            return Err(format!("After the error there came {more:?}."));
        }
        Ok(Overflown {
            messages,
            bytes,
            error: error.to_string(),
            overflow: error.is_overflow(),
            requested: closed.requested().and_then(CloseFrame::code).map(|code| code.as_u16()),
            risen,
        })
    })
    .await
}
