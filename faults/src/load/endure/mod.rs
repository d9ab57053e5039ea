//! Slow peers and slow readers.

#[cfg(not(target_family = "wasm"))]
pub(super) mod driver;
#[cfg(target_family = "wasm")]
mod page;
