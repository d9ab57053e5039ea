//! The whole socket against the test peer, which ends connections in every way a peer can.
//!
//! `cargo xtask test` starts the peer; without it (`ONCLOSE_PEER` is not set) these tests are ignored, and say so.
#![cfg(target_family = "wasm")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod closing;
mod ends;
mod leaks;
mod observing;
mod opening;
mod receiving;
mod room;
mod samples;
mod sending;
mod server;
#[cfg(target_feature = "atomics")]
mod shared_memory;
mod teardown;
#[cfg(panic = "unwind")]
mod unwinding;
