//! Tests that run in a page: the driver calls each function by its name, with the URL of a server.

mod clients;
mod replacement;

use alloy_transport as _;
use iroh_relay as _;
use std::fmt::{Debug, Display};
use std::panic;
use wasm_bindgen::prelude::*;

type Result<T = (), E = JsError> = std::result::Result<T, E>;

/// Has a panic reported with its message, as an uncaught exception: the promise of the function stays pending.
#[wasm_bindgen(start)]
fn start() {
    panic::set_hook(Box::new(|panic| wasm_bindgen::throw_str(&panic.to_string())));
}

fn error(error: impl Display) -> JsError {
    JsError::new(&error.to_string())
}

/// Fails unless both are equal.
#[track_caller]
fn expect<T: Debug + PartialEq<U>, U: Debug>(found: T, expected: U) -> Result {
    if found == expected {
        return Ok(());
    }
    let line = panic::Location::caller().line();
    Err(error(format!("line {line}: {found:?} is not {expected:?}")))
}
