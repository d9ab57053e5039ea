//! Open and close, over and over.

use std::cell::Cell;

use futures_util::future::try_join_all;
use onclose::{CloseFrame, CloseInfo};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::job;
use crate::load::page::{clean, connect, text};
use crate::memory::Held;

#[derive(Deserialize)]
struct Cycles {
    /// Each in a lane of its own: browsers open one connection to a host at a time.
    urls: Vec<String>,
    how: How,
    count: u32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum How {
    /// Has a message echoed, closes, and awaits the end as a clone of the future and of the handle, too.
    Close,
    /// Opens and drops.
    Drop,
}

#[derive(Serialize)]
struct Flat {
    before: Held,
    after: Held,
}

/// Runs the cycles, each of which has to end cleanly; says what is held before and after.
#[wasm_bindgen]
pub async fn cycles(args: String) -> Result<String, JsError> {
    job::run(&args, async |Cycles { urls, how, count }: Cycles| {
        let before = Held::now();
        let left = Cell::new(count);
        let lane = async |url: &String| {
            while let Some(rest) = left.get().checked_sub(1) {
                left.set(rest);
                match how {
                    How::Close => close(url).await?,
                    How::Drop => drop_open(url).await?,
                }
            }
            Ok::<_, String>(())
        };
        try_join_all(urls.iter().map(lane)).await?;
        Ok::<_, String>(Flat { before, after: Held::now() })
    })
    .await
}

async fn close(url: &str) -> Result<(), String> {
    let mut socket = connect(url).await?;
    let sender = socket.sender();
    sender.send("hello").await.map_err(|error| error.to_string())?;
    text(&mut socket).await?;
    let waiting = sender.closed();
    let closed: CloseInfo = socket.close(CloseFrame::NORMAL).await;
    clean(&closed, 1000)?;
    clean(&waiting.await, 1000)
}

async fn drop_open(url: &str) -> Result<(), String> {
    let socket = connect(url).await?;
    // Nobody waits for the end of what is dropped, so the raw socket has to tell when the next one may be opened.
    let raw = socket.as_raw().clone();
    drop(socket);
    let event = onclose::closed(&raw).await.map_err(|error| error.to_string())?;
    match event.was_clean() && event.code() == 1000 {
        true => Ok(()),
        false => Err(format!("It ended with {event:?}.")),
    }
}
