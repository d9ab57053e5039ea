//! The pure types, and synthetic events on real sockets: needs an engine and no peer.
#![cfg(target_family = "wasm")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../types/main.rs"]
mod types;

mod adopting;
mod closed;
mod connecting;
mod dispatched;
mod event;
mod hosts;
mod meddling;
mod messages;
mod on_close;
mod on_message;
mod raw;
mod rules;
mod traces;
