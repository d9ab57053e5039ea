//! The scripts of the matrix over the crate: what its user is told, in order.

use super::page_log::Entry;
use crate::job;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

#[derive(Deserialize)]
pub(super) struct Scripts {
    scripts: Vec<Script>,
    together: usize,
}

/// What is done with one socket.
#[derive(Deserialize)]
pub(super) struct Script {
    pub(super) url: String,
    pub(super) protocols: Vec<String>,
    pub(super) crowd: Option<Crowd>,
    pub(super) at_once: Vec<Act>,
    pub(super) on_open: Vec<Act>,
    /// With the first message.
    pub(super) on_message: Vec<Act>,
    /// In milliseconds, as the other two: how long it may take altogether.
    pub(super) patience: u32,
    pub(super) connect_timeout: u32,
    pub(super) close_timeout: u32,
}

/// Sockets that are open before the script is played.
#[derive(Deserialize)]
pub(super) struct Crowd {
    pub(super) url: String,
    pub(super) count: usize,
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
pub(super) enum Act {
    Send { text: String },
    Fill { bytes: usize },
    Close { code: Option<u16>, reason: String },
}

/// Plays the scripts, so many at once, and answers a log for each.
#[wasm_bindgen]
pub async fn matrix(args: String) -> Result<String, JsError> {
    job::run(&args, async |Scripts { scripts, together }: Scripts| -> Result<Vec<Vec<Entry>>, String> {
        Ok(stream::iter(scripts.iter().map(super::play::play)).buffered(together).collect().await)
    })
    .await
}
