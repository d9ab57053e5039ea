//! Memory and load.

mod cycles;
mod endure;
mod flood;
#[cfg(target_family = "wasm")]
mod overflow;
mod sockets;

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(not(target_family = "wasm"))]
mod figures;
#[cfg(not(target_family = "wasm"))]
mod heap;
#[cfg(not(target_family = "wasm"))]
mod hosts;
#[cfg(target_family = "wasm")]
mod page;
