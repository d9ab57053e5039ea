//! Pages, frames and workers that go with a socket, and pages that come back.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(target_family = "wasm")]
mod page;
