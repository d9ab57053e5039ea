//! The sockets over the crate.

use futures_util::future::{join_all, try_join_all};
use onclose::{CloseFrame, WebSocket};
use wasm_bindgen::prelude::*;

use super::{Rejected, Sockets};
use crate::job;
use crate::load::page::{clean, connect, text};

#[wasm_bindgen]
pub async fn sockets(args: String) -> Result<String, JsError> {
    job::run(&args, async |Sockets { urls, count, closes }| {
        let mut open = try_join_all(urls.iter().cycle().zip(0..count).map(|(url, _)| connect(url))).await?;
        try_join_all(open.iter_mut().enumerate().map(talk)).await?;
        let url = urls.first().ok_or("There is no URL.")?;
        let rejected = match WebSocket::connect(url).await {
            Ok(_) => return Err(format!("Socket {} opened.", count + 1)),
            Err(error) => Rejected {
                text: error.to_string(),
                code: error.close_info().map(|closed| closed.code().as_u16()),
                cause: error.close_info().map(|closed| closed.cause().into()),
            },
        };
        // The rejected one must not affect the others, and a closed one makes room for another.
        try_join_all(open.iter_mut().enumerate().map(talk)).await?;
        for socket in open.drain(open.len().saturating_sub(closes)..) {
            clean(&socket.close(CloseFrame::NORMAL).await, 1000)?;
        }
        open.push(connect(url).await?);
        try_join_all(open.iter_mut().enumerate().map(talk)).await?;
        for closed in join_all(open.iter().map(|socket| socket.close(CloseFrame::NORMAL))).await {
            clean(&closed, 1000)?;
        }
        Ok(rejected)
    })
    .await
}

async fn talk((number, socket): (usize, &mut WebSocket)) -> Result<(), String> {
    let said = format!("socket {number}");
    socket.send(said.as_str()).await.map_err(|error| error.to_string())?;
    let heard = text(socket).await?;
    match heard == said {
        true => Ok(()),
        false => Err(format!("Socket {number} received {heard:?}.")),
    }
}
