//! A reader that takes no message, of a socket with a receive limit.

use serde::{Deserialize, Serialize};

use super::Risen;
use crate::job::job;

#[cfg(not(target_family = "wasm"))]
pub(super) mod driver;
#[cfg(target_family = "wasm")]
mod page;

/// Lets a fast peer send until the connection has closed, then takes the queued messages.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Overflow {
    pub(super) url: String,
    /// The receive limit in bytes, and the code that it closes with.
    pub(super) limit: usize,
    pub(super) code: u16,
}
job!(Overflow, "overflow" -> Overflown);

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Overflown {
    pub(super) messages: u32,
    pub(super) bytes: f64,
    pub(super) error: String,
    pub(super) is_overflow: bool,
    pub(super) requested: Option<u16>,
    pub(super) risen: Risen,
}
