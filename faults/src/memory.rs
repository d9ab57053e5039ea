//! What the module holds: memory, allocations, and values of JavaScript's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use serde::Serialize;

use crate::lab::page::wasm_bytes;

/// The usual allocator, counted: memory grows by pages of 64 KiB, which hide what is smaller.
struct Counted;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_sub(layout.size(), Relaxed);
        add(size);
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What is held now.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Held {
    /// The memory of the module, which never shrinks.
    wasm: f64,
    /// The bytes that are allocated in it.
    live: usize,
    /// Values of JavaScript's that Rust holds.
    values: u32,
}

impl Held {
    pub(crate) fn now() -> Self {
        Self { wasm: wasm_bytes(), live: LIVE.load(Relaxed), values: wasm_bindgen::externref_heap_live_count() }
    }
}

/// How far memory rises from here.
#[derive(Debug)]
pub(crate) struct Rise {
    wasm: f64,
    live: usize,
}

/// It, so far.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Risen {
    /// The memory of the module.
    wasm: f64,
    /// The most that was allocated at one time.
    live: usize,
}

impl Rise {
    /// One at a time: the highest mark is the module's.
    pub(crate) fn begin() -> Self {
        let live = LIVE.load(Relaxed);
        PEAK.store(live, Relaxed);
        Self { wasm: wasm_bytes(), live }
    }

    pub(crate) fn so_far(&self) -> Risen {
        Risen { wasm: wasm_bytes() - self.wasm, live: PEAK.load(Relaxed).saturating_sub(self.live) }
    }
}
