//! The jobs over `onclose`: each takes JSON and answers with JSON, or fails with a sentence.
//!
//! What a job is compared with, in plain JavaScript, is in `static/raw/`. Both are started by `cargo xtask test --faults`
//! through `static/lab.js`, in a page or in a worker.

// wasm-bindgen exports only what is public.
#![allow(unreachable_pub)]

#[cfg(target_family = "wasm")]
mod job;
#[cfg(target_family = "wasm")]
mod lab;
#[cfg(target_family = "wasm")]
mod lifecycle;
#[cfg(target_family = "wasm")]
mod load;
#[cfg(target_family = "wasm")]
mod matrix;
#[cfg(target_family = "wasm")]
mod memory;
#[cfg(target_family = "wasm")]
mod teardown;
