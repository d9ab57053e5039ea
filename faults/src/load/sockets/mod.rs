//! As many sockets at the same time as a browser allows, and one more.

use serde::{Deserialize, Serialize};

use crate::job::job;
use crate::matrix::log::Cause;

#[cfg(not(target_family = "wasm"))]
pub(super) mod driver;
#[cfg(target_family = "wasm")]
mod page;

/// Opens all sockets, uses each, tries one more, closes some, opens another one, and closes all.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Sockets {
    pub(super) urls: Vec<String>,
    /// As many as the browser allows.
    pub(super) count: u32,
    /// How many are closed before another one is opened.
    pub(super) closes: usize,
}
job!(Sockets, "sockets" -> Rejected);

/// The error of the one too many.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Rejected {
    pub(super) text: String,
    /// Of the error's close info, if it has one.
    pub(super) code: Option<u16>,
    pub(super) cause: Option<Cause>,
}
