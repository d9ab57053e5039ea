//! Pages, iframes and workers that end while they hold a socket, and pages that are restored.

use serde::{Deserialize, Serialize};

use crate::job::job;
use crate::matrix::log::Cause;

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(target_family = "wasm")]
mod page;

/// Opens a socket, brings it into a state, and holds it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Hold {
    pub(crate) url: String,
    pub(crate) state: State,
    /// Closes in `pagehide`.
    pub(crate) farewell: bool,
    /// The timeout for connecting and for closing.
    pub(crate) timeout_ms: u64,
}
job!(Hold, "hold" -> ());

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Connecting,
    Open,
    Closing,
}

/// Returns how the held socket closed, if it has.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct HeldEnd;
job!(HeldEnd, "held_end" -> Option<End>);

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct End {
    pub(crate) code: u16,
    pub(crate) clean: bool,
    /// Of the crate's socket only.
    pub(crate) cause: Option<Cause>,
    /// Of the crate's socket only: the tasks that are still pending.
    pub(crate) pending: Option<u32>,
}
