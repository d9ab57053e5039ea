//! The laboratory itself.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(target_family = "wasm")]
pub(crate) mod page;
