//! The cycles over the crate.

use std::cell::Cell;

use futures_util::future::try_join_all;
use onclose::{CloseFrame, CloseInfo};
use wasm_bindgen::prelude::*;

use super::{Cycles, Flat, How};
use crate::job;
use crate::load::Held;
use crate::load::page::{clean, connect, text};

#[wasm_bindgen]
pub async fn cycles(args: String) -> Result<String, JsError> {
    job::run(&args, async |Cycles { urls, how, count }| {
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
        Ok::<_, String>(Some(Flat { before, after: Held::now() }))
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
    // No future of ours awaits the close of a dropped socket; its raw socket shows when the next one may be opened.
    let raw = socket.as_raw().clone();
    drop(socket);
    let event = onclose::closed(&raw).await.map_err(|error| error.to_string())?;
    match event.was_clean() && event.code() == 1000 {
        true => Ok(()),
        false => Err(format!("It closed with {event:?}.")),
    }
}
