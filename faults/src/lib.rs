//! Fault injection: runs the crate under everything that can go wrong, beside plain JavaScript, and compares the two.
//!
//! Each part (`lab`, `matrix`, `teardown`, `lifecycle`, `load`) has three kinds of files side by side: the types that both
//! halves exchange as JSON, the page half (`page`, compiled for wasm: jobs that use the crate in a page or worker), and the
//! driver half (`driver`, compiled for the host: starts jobs by WebDriver and judges their answers). The same jobs in plain
//! JavaScript are in `static/raw/`. See the README for how to run one test and how to add one.

// wasm-bindgen exports only what is public.
#![cfg_attr(target_family = "wasm", allow(unreachable_pub))]

mod job;
mod lab;
mod lifecycle;
mod load;
mod matrix;
mod teardown;

#[cfg(not(target_family = "wasm"))]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod by_hand;
#[cfg(not(target_family = "wasm"))]
mod driver;
#[cfg(target_family = "wasm")]
mod memory;

#[cfg(not(target_family = "wasm"))]
pub use by_hand::open;
#[cfg(not(target_family = "wasm"))]
pub use driver::{Faults, Laboratory, PAGE, Part, has_test};
