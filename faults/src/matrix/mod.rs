//! The matrix: every fault of a peer, once on a plain WebSocket and once through the crate, in the same page.

use serde::{Deserialize, Serialize};

use crate::job::job;
use log::{At, CrateEvent, PlainEvent};
use script::Script;

pub(crate) mod log;
mod script;

#[cfg(not(target_family = "wasm"))]
mod addresses;
#[cfg(not(target_family = "wasm"))]
mod cases;
#[cfg(not(target_family = "wasm"))]
mod docs;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(not(target_family = "wasm"))]
mod judge;
#[cfg(target_family = "wasm")]
mod page;
#[cfg(not(target_family = "wasm"))]
mod record;
#[cfg(not(target_family = "wasm"))]
mod report;
#[cfg(not(target_family = "wasm"))]
mod rules;
#[cfg(all(test, not(target_family = "wasm")))]
mod rules_tests;
#[cfg(not(target_family = "wasm"))]
mod wording;

/// Plays scripts, several at the same time, and returns a log for each.
#[derive(Debug, Deserialize, Serialize)]
struct Scripts {
    scripts: Vec<Script>,
    together: usize,
}

/// The scripts on a plain WebSocket.
#[derive(Debug, Deserialize, Serialize)]
#[serde(transparent)]
struct PlainScripts(Scripts);
job!(PlainScripts, "matrix" -> Vec<Vec<At<PlainEvent>>>);

/// The scripts through the crate.
#[derive(Debug, Deserialize, Serialize)]
#[serde(transparent)]
struct CrateScripts(Scripts);
job!(CrateScripts, "matrix" -> Vec<Vec<At<CrateEvent>>>);
