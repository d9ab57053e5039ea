//! Tearing down in every order.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(not(target_family = "wasm"))]
mod orders;
#[cfg(target_family = "wasm")]
mod page;
