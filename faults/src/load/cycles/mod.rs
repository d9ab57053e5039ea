//! Connections opened and closed, or opened and dropped, thousands of times.

use serde::{Deserialize, Serialize};

use super::Held;
use crate::job::job;

#[cfg(not(target_family = "wasm"))]
pub(super) mod driver;
#[cfg(target_family = "wasm")]
mod page;

/// Runs cycles, each of which must close cleanly.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Cycles {
    /// One lane for each: browsers open one connection to a host at a time.
    pub(super) urls: Vec<String>,
    pub(super) how: How,
    pub(super) count: u32,
}
// Plain JavaScript has no module, and answers `null`.
job!(Cycles, "cycles" -> Option<Flat>);

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum How {
    /// Has a message echoed, closes, and awaits the close by two futures.
    Close,
    /// Opens and drops.
    Drop,
}

/// What the module held before and after the cycles.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Flat {
    pub(super) before: Held,
    pub(super) after: Held,
}
