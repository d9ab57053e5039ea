//! The scripts of the matrix over the crate: what its user is told, in order.

mod log;
mod play;

use crate::job;
use futures_util::{StreamExt as _, stream};
use log::Entry;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

#[derive(Deserialize)]
struct Scripts {
    scripts: Vec<Script>,
    together: usize,
}

/// What is done with one socket.
#[derive(Deserialize)]
struct Script {
    url: String,
    protocols: Vec<String>,
    crowd: Option<Crowd>,
    at_once: Vec<Act>,
    on_open: Vec<Act>,
    /// With the first message.
    on_message: Vec<Act>,
    /// In milliseconds, as the other two: how long it may take altogether.
    patience: u32,
    connect_timeout: u32,
    close_timeout: u32,
}

/// Sockets that are open before the script is played.
#[derive(Deserialize)]
struct Crowd {
    url: String,
    count: usize,
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
enum Act {
    Send { text: String },
    Fill { bytes: usize },
    Close { code: Option<u16>, reason: String },
}

/// Plays the scripts, so many at once, and answers a log for each.
#[wasm_bindgen]
pub async fn matrix(args: String) -> Result<String, JsError> {
    job::run(&args, async |Scripts { scripts, together }: Scripts| -> Result<Vec<Vec<Entry>>, String> {
        Ok(stream::iter(scripts.iter().map(play::play)).buffered(together).collect().await)
    })
    .await
}
