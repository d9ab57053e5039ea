//! Many messages, sent to an echo and received again.

use serde::{Deserialize, Serialize};

use super::Risen;
use crate::job::job;

#[cfg(not(target_family = "wasm"))]
pub(super) mod driver;
#[cfg(target_family = "wasm")]
mod page;

/// Sends numbered messages to an echo and receives them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Flood {
    pub(super) url: String,
    pub(super) count: u32,
    /// The size of binary messages; without it the messages are short texts.
    pub(super) size: Option<usize>,
    pub(super) send_high_water_mark: usize,
    pub(super) recv_limit: usize,
}
job!(Flood, "flood" -> Flooded);

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Flooded {
    /// Hashes of everything that was sent, and received.
    pub(super) sent: String,
    pub(super) received: String,
    pub(super) bytes: f64,
    pub(super) millis: f64,
    /// The largest `bufferedAmount`.
    pub(super) buffered: u64,
    pub(super) risen: Risen,
}
