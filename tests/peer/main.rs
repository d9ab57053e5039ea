//! The client against the test server, which ends connections in every way a peer can.
//!
//! `cargo xtask test` starts the server; without it (`ONCLOSE_PEER` is not set) these tests are ignored, with the reason.
#![cfg(target_family = "wasm")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod backpressure;
mod blocked_thread;
#[cfg(all(feature = "futures-io", feature = "tokio"))]
mod byte_stream;
#[cfg(all(feature = "futures-io", feature = "remote", feature = "tokio"))]
mod byte_stream_remote;
mod close_info;
mod closing;
mod connecting;
mod leaks;
mod observing;
mod receiving;
#[cfg(feature = "remote")]
mod remote;
#[cfg(all(feature = "remote", target_feature = "atomics"))]
mod remote_threads;
mod samples;
mod sending;
mod server;
#[cfg(target_feature = "atomics")]
mod shared_memory;
mod teardown;
#[cfg(panic = "unwind")]
mod unwinding;
