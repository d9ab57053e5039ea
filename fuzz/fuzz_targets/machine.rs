//! Arbitrary orders of events on a connection, checked against the guarantees.
//!
//! The checks are those of the model in the crate's own tests (`src/socket/model`).
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| onclose::fuzz_machine(bytes));
