//! What was received: the number of messages and bytes, and a hash of contents and order.

use std::cell::{Cell, RefCell};

use crate::Data;

thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(0) };
    static BYTES: Cell<f64> = const { Cell::new(0.0) };
    static HASH: Cell<u32> = const { Cell::new(0) };
    static STOPPED: RefCell<Option<String>> = const { RefCell::new(None) };
}

pub(crate) fn reset() {
    COUNT.set(0);
    BYTES.set(0.0);
    HASH.set(0);
}

/// Counts a message. Its first four bytes and its last one are hashed as in `page/tools.js`, which knows what they must be.
pub fn add(data: Data<'_>) {
    let bytes = data.bytes();
    let first = bytes.first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
    let last = bytes.last().map_or(0, |last| u32::from(*last));
    COUNT.set(COUNT.get() + 1);
    BYTES.set(BYTES.get() + bytes.len() as f64);
    // One after the other: together they would cancel each other out where the last byte equals one of the first.
    HASH.set([first, last].iter().fold(HASH.get(), |hash, part| (hash ^ part).wrapping_mul(0x0100_0193)));
}

pub(crate) fn count() -> u32 {
    COUNT.get()
}

pub(crate) fn bytes() -> f64 {
    BYTES.get()
}

pub(crate) fn hash() -> u32 {
    HASH.get()
}

/// Records why no more messages arrive.
pub fn stop(why: String) {
    STOPPED.set(Some(why));
}

pub(crate) fn stopped() -> Option<String> {
    STOPPED.take()
}
