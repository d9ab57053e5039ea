//! What happened to one socket, in order: the events of a plain WebSocket, and what the crate returned to its user.

use serde::{Deserialize, Serialize};

/// An event, with the milliseconds since its socket was created.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct At<T> {
    #[serde(flatten)]
    pub(super) what: T,
    pub(super) at: f64,
}

/// What a plain WebSocket shows.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum PlainEvent {
    /// The number of other sockets that were open before.
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
    /// The observation ended without a `close`, in this `readyState`.
    Still {
        state: u8,
    },
}

/// What the crate returns to its user.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum CrateEvent {
    Crowd {
        open: usize,
    },
    /// `OpenError`.
    Threw {
        name: String,
    },
    Opened {
        protocol: String,
        extensions: String,
    },
    /// `ConnectError`.
    NotOpened {
        timeout: bool,
        blocked: bool,
        end: Option<End>,
    },
    Message {
        kind: String,
        content: String,
    },
    Did {
        act: String,
        refused: bool,
    },
    StreamError {
        end: Option<End>,
    },
    StreamEnd,
    Closed {
        end: End,
    },
    /// Nothing more happened within the script's patience.
    Still,
    /// A guarantee was violated.
    Broken {
        why: String,
    },
}

/// The code and reason of a Close frame that was requested.
pub(super) type Frame = (Option<u16>, String);

/// The crate's close info.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct End {
    pub(super) code: u16,
    pub(super) reason: String,
    pub(super) clean: bool,
    pub(super) cause: Cause,
    pub(super) was_open: bool,
    pub(super) timed_out: bool,
    pub(super) requested: Option<Frame>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Cause {
    Local,
    Remote,
    Lost,
    Timeout,
    Blocked,
    /// A cause that the crate has and this enum has not, which fails every comparison.
    Unknown,
}

#[cfg(target_family = "wasm")]
impl From<onclose::CloseCause> for Cause {
    fn from(cause: onclose::CloseCause) -> Self {
        match cause {
            onclose::CloseCause::Local => Self::Local,
            onclose::CloseCause::Remote => Self::Remote,
            onclose::CloseCause::Lost => Self::Lost,
            onclose::CloseCause::Timeout => Self::Timeout,
            onclose::CloseCause::Blocked => Self::Blocked,
            _ => Self::Unknown,
        }
    }
}
