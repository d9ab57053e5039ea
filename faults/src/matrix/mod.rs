//! The matrix: every fault, once in plain JavaScript and once over the crate, in the same page.

#[cfg(not(target_family = "wasm"))]
mod addresses;
#[cfg(not(target_family = "wasm"))]
mod cases;
#[cfg(not(target_family = "wasm"))]
mod compare;
#[cfg(all(test, not(target_family = "wasm")))]
mod compare_tests;
#[cfg(not(target_family = "wasm"))]
mod docs;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(not(target_family = "wasm"))]
mod judge;
#[cfg(not(target_family = "wasm"))]
mod log;
#[cfg(target_family = "wasm")]
mod page;
#[cfg(target_family = "wasm")]
mod page_log;
#[cfg(target_family = "wasm")]
mod play;
#[cfg(not(target_family = "wasm"))]
mod record;
#[cfg(not(target_family = "wasm"))]
mod report;
#[cfg(not(target_family = "wasm"))]
mod script;
#[cfg(not(target_family = "wasm"))]
mod words;
