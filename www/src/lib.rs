//! The page of `onclose`: choose how a connection ends, and see what the browser says and what the crate makes of it.
//!
//! `connection` is the part to read: everything that uses the crate. The public modules are pure, and tested on the
//! host; the rest is the page around them.

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
