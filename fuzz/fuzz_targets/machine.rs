//! Orders of anything that can happen to a connection, held against what is promised.
//!
//! The promises are checked by the same model that the crate's own tests use (`src/socket/model`).
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| onclose::fuzz_machine(bytes));
