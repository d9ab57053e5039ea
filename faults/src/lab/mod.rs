//! Tests of the laboratory itself: jobs run, and uncaught errors are reported.

use serde::{Deserialize, Serialize};

use crate::job::job;

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(target_family = "wasm")]
pub(crate) mod page;

/// Has a text echoed, and closes.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Hello {
    pub(crate) url: String,
    pub(crate) text: String,
}
job!(Hello, "hello" -> Echoed);

#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Echoed {
    pub(crate) text: String,
    pub(crate) code: u16,
    pub(crate) clean: bool,
}

/// Leaves an error and a rejection uncaught; in plain JavaScript only.
#[derive(Debug, Serialize)]
pub(crate) struct LeaveUncaught;
job!(LeaveUncaught, "leaveUncaught" -> ());

/// Counts the JavaScript values that the module holds.
#[derive(Debug, Serialize)]
pub(crate) struct HeldValues;
job!(HeldValues, "held_values" -> u32);
