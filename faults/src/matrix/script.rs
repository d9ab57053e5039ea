//! What is done with one socket: once in plain JavaScript, once over the crate.

use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub(super) struct Script {
    pub(super) url: String,
    pub(super) protocols: Vec<&'static str>,
    pub(super) crowd: Option<Crowd>,
    pub(super) at_once: Vec<Act>,
    pub(super) on_open: Vec<Act>,
    /// With the first message.
    pub(super) on_message: Vec<Act>,
    /// In milliseconds: how long plain JavaScript waits for an end, and how long the crate may take at most.
    pub(super) patience: u32,
    #[serde(flatten)]
    pub(super) limits: Limits,
}

/// The crate's own deadlines, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Limits {
    pub(super) connect_timeout: u32,
    pub(super) close_timeout: u32,
}

/// Sockets that are open before the script is played.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Crowd {
    pub(super) url: String,
    pub(super) count: usize,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "act", rename_all = "lowercase")]
pub(super) enum Act {
    Send { text: &'static str },
    Fill { bytes: usize },
    Close { code: Option<u16>, reason: String },
}

impl Act {
    pub(super) fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close { code: Some(code), reason: reason.into() }
    }
}
