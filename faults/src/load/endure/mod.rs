//! Slow peers and slow readers.

use serde::{Deserialize, Serialize};

use super::Risen;
use crate::job::job;

#[cfg(not(target_family = "wasm"))]
pub(super) mod driver;
#[cfg(target_family = "wasm")]
mod page;

/// Sends to a peer that reads late, sampling the buffer; keeps the socket open.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct WriteToSlow {
    pub(super) url: String,
    pub(super) count: u32,
    pub(super) size: usize,
    pub(super) send_high_water_mark: usize,
}
job!(WriteToSlow, "write_to_slow" -> Written);

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Written {
    /// Samples of the buffer at even intervals.
    pub(super) samples: u32,
    /// Samples in which the buffer was filled to the mark.
    pub(super) full: u32,
    /// The largest `bufferedAmount`.
    pub(super) buffered: u64,
    /// The longest time that a `send` waited, and when it resumed, counted from before the connection was requested.
    pub(super) waited_ms: f64,
    pub(super) resumed_ms: f64,
    pub(super) millis: f64,
    pub(super) risen: Risen,
}

/// Closes the socket that was kept open.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct CloseKept;
job!(CloseKept, "close_kept" -> ());

/// Receives numbered messages until the peer closes, with a pause after each.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Read {
    pub(super) url: String,
    pub(super) count: u32,
    pub(super) size: usize,
    pub(super) pause_ms: u32,
}
job!(Read, "read" -> WasRead);

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct WasRead {
    pub(super) millis: f64,
    pub(super) risen: Risen,
}
