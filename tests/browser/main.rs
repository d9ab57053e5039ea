//! The pure types, and synthetic events on real sockets: needs a browser, and no test server.
#![cfg(target_family = "wasm")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../types/main.rs"]
mod types;

mod close_event;
mod close_on_drop;
mod closed;
mod connecting;
mod events;
mod from_raw;
mod futures;
mod handles;
mod leaks;
mod messages;
mod monkey_patching;
mod non_browser_hosts;
mod on_close;
mod on_close_event;
mod on_message;
mod raw_message;
mod send_buffer;
mod send_order;
mod synthetic;
mod validation;
