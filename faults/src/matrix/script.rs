//! What is done with one socket.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Script {
    pub(super) url: String,
    pub(super) protocols: Vec<String>,
    pub(super) crowd: Option<Crowd>,
    pub(super) at_once: Vec<Act>,
    pub(super) on_open: Vec<Act>,
    /// With the first message.
    pub(super) on_message: Vec<Act>,
    /// How long a plain WebSocket is observed, and how long the crate may take, in milliseconds.
    pub(super) patience: u32,
    #[serde(flatten)]
    pub(super) limits: Limits,
}

/// The crate's timeouts, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Limits {
    pub(super) connect_timeout: u32,
    pub(super) close_timeout: u32,
}

/// Sockets that are open before the script is played.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Crowd {
    pub(super) url: String,
    pub(super) count: usize,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "act", rename_all = "lowercase")]
pub(super) enum Act {
    Send { text: String },
    Fill { bytes: usize },
    Close { code: Option<u16>, reason: String },
}

#[cfg(not(target_family = "wasm"))]
impl Act {
    pub(super) fn send(text: &str) -> Self {
        Self::Send { text: text.to_owned() }
    }

    pub(super) fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close { code: Some(code), reason: reason.into() }
    }
}
