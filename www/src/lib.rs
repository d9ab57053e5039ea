//! The demo page of `onclose`: it runs each scenario through the crate and on a plain `WebSocket`, and shows both.
//!
//! The public modules are pure and tested on the host. `page` is the rest: `page::connection` uses the crate, and `view`
//! shows what it reports. See `www/README.md`.

#![forbid(unsafe_code)]

pub mod codes;
pub mod input;
pub mod lane;
pub mod lang;
pub mod scenarios;

#[cfg(target_family = "wasm")]
mod page;

#[cfg(test)]
mod lang_tests;
