//! Memory and load, as figures.

use serde::{Deserialize, Serialize};

mod cycles;
mod endure;
mod flood;
mod overflow;
mod sockets;

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(not(target_family = "wasm"))]
mod figures;
#[cfg(target_family = "wasm")]
mod page;

/// What the module holds at one time.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Held {
    /// The size of its memory, which never shrinks.
    pub(crate) wasm: f64,
    /// The bytes that are allocated.
    pub(crate) live: f64,
    /// The JavaScript values.
    pub(crate) values: f64,
}

/// How far memory rose during a job.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Risen {
    /// The size of the module's memory.
    pub(crate) wasm: f64,
    /// The most bytes that were allocated at one time.
    pub(crate) live: f64,
}
