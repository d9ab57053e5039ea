//! What happened, in order: as plain JavaScript saw it, and as a user of the crate was told.

use serde::{Deserialize, Serialize};

/// Something that happened so many milliseconds after its socket was made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct At<T> {
    #[serde(flatten)]
    pub(super) what: T,
    pub(super) at: f64,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum Raw {
    /// So many others were open before.
    Crowd {
        open: usize,
    },
    /// The constructor threw.
    Threw {
        name: String,
    },
    Open {
        protocol: String,
        extensions: String,
    },
    Message {
        kind: String,
        content: String,
    },
    Error,
    Close {
        code: u16,
        reason: String,
        clean: bool,
    },
    /// The script acted, in this `readyState`.
    Did {
        act: String,
        state: u8,
        threw: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frame: Option<Frame>,
    },
    /// Nobody waited any longer, in this `readyState`.
    Still {
        state: u8,
    },
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum Ours {
    Crowd { open: usize },
    Threw { name: String },
    Opened { protocol: String, extensions: String },
    NotOpened { timeout: bool, blocked: bool, end: Option<End> },
    Message { kind: String, content: String },
    Did { act: String, refused: bool },
    StreamError { end: Option<End> },
    StreamEnd,
    Closed { end: End },
    Still,
    Broken { why: String },
}

/// Code and reason of a Close that was asked for.
pub(super) type Frame = (Option<u16>, String);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct End {
    pub(super) code: u16,
    pub(super) reason: String,
    pub(super) clean: bool,
    pub(super) cause: CloseCause,
    pub(super) was_open: bool,
    pub(super) timed_out: bool,
    pub(super) requested: Option<Frame>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum CloseCause {
    Local,
    Remote,
    Lost,
    Timeout,
    Blocked,
}
