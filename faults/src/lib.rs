//! The crate under everything that can go wrong, beside plain JavaScript.
//!
//! Each part has two halves: jobs that run in a page or in a worker (compiled for wasm; in plain JavaScript they are in
//! `static/raw/`), and what starts them and judges what they answer.

// wasm-bindgen exports only what is public.
#![cfg_attr(target_family = "wasm", allow(unreachable_pub))]

#[cfg(not(target_family = "wasm"))]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod driver;
#[cfg(target_family = "wasm")]
mod job;
mod lab;
mod lifecycle;
mod load;
mod matrix;
#[cfg(target_family = "wasm")]
mod memory;
#[cfg(not(target_family = "wasm"))]
mod saw;
mod teardown;

#[cfg(not(target_family = "wasm"))]
pub use driver::{Faults, Part};
