//! x
#![cfg(target_family = "wasm")]
