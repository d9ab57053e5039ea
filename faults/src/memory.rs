//! What the wasm module holds: memory, allocations, and JavaScript values.

use onclose_counting::{Counting, live, peak, reset_peak};

use crate::lab::page::{held_values, wasm_bytes};
use crate::load::{Held, Risen};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

impl Held {
    pub(crate) fn now() -> Self {
        Self { wasm: wasm_bytes(), live: live() as f64, values: f64::from(held_values()) }
    }
}

/// Measures how far memory rises. One at a time: the peak is the module's.
#[derive(Debug)]
pub(crate) struct Rise {
    wasm: f64,
    live: usize,
}

impl Rise {
    pub(crate) fn begin() -> Self {
        reset_peak();
        Self { wasm: wasm_bytes(), live: live() }
    }

    pub(crate) fn so_far(&self) -> Risen {
        Risen { wasm: wasm_bytes() - self.wasm, live: peak().saturating_sub(self.live) as f64 }
    }
}
