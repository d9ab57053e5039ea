//! The page of `onclose`: choose how a connection ends, and see what the browser says and what the crate makes of it.
//!
//! `connection` is the part to read: everything that uses the crate. The public modules are pure, and tested on the
//! host; the rest is the page around them.

#![forbid(unsafe_code)]

pub mod choices;
pub mod entered;
pub mod explorer;
pub mod lang;
pub mod scale;

#[cfg(target_family = "wasm")]
mod page;

#[cfg(test)]
mod words_tests;
