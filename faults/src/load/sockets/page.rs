//! As many sockets as a browser allows, and one more.

use futures_util::future::{join_all, try_join_all};
use onclose::{CloseFrame, WebSocket};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::job;
use crate::load::page::{clean, connect, text};

#[derive(Deserialize)]
struct Sockets {
    urls: Vec<String>,
    /// As many as the browser allows.
    count: u32,
    /// How many of them are ended before another is opened.
    ends: usize,
}

/// What became of the one too many.
#[derive(Serialize)]
struct Refused {
    text: String,
    /// Whether the error knows how the connection ended.
    code: Option<u16>,
    cause: Option<String>,
}

/// Opens all of them, talks over each, tries one more, ends some, opens another, and ends all.
#[wasm_bindgen]
pub async fn sockets(args: String) -> Result<String, JsError> {
    job::run(&args, async |Sockets { urls, count, ends }: Sockets| {
        let mut open = try_join_all(urls.iter().cycle().zip(0..count).map(|(url, _)| connect(url))).await?;
        try_join_all(open.iter_mut().enumerate().map(talk)).await?;
        let url = urls.first().ok_or("There is no URL.")?;
        let refused = match WebSocket::connect(url).await {
            Ok(_) => return Err(format!("Socket {} opened, too.", count + 1)),
            Err(error) => Refused {
                text: error.to_string(),
                code: error.close_info().map(|closed| closed.code().as_u16()),
                cause: error.close_info().map(|closed| format!("{:?}", closed.cause())),
            },
        };
        // The refused one has harmed none of the others, and places of those that have ended can be taken.
        try_join_all(open.iter_mut().enumerate().map(talk)).await?;
        for socket in open.drain(open.len().saturating_sub(ends)..) {
            clean(&socket.close(CloseFrame::NORMAL).await, 1000)?;
        }
        open.push(connect(url).await?);
        try_join_all(open.iter_mut().enumerate().map(talk)).await?;
        for closed in join_all(open.iter().map(|socket| socket.close(CloseFrame::NORMAL))).await {
            clean(&closed, 1000)?;
        }
        Ok(refused)
    })
    .await
}

async fn talk((number, socket): (usize, &mut WebSocket)) -> Result<(), String> {
    let said = format!("socket {number}");
    socket.send(said.as_str()).await.map_err(|error| error.to_string())?;
    let heard = text(socket).await?;
    match heard == said {
        true => Ok(()),
        false => Err(format!("Socket {number} heard {heard:?}.")),
    }
}
