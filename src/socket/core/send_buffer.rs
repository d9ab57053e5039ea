//! The browser's send buffer: how full it is, and who waits for it to shrink.

use super::waiters::{FLUSHED, Key, ROOM, Waiters};
use ::core::cell::Cell;
use ::core::task::Waker;
use web_sys::WebSocket;

/// Browsers tell when the buffer grows (a send) but not when it shrinks, so it is looked at by a timer: only while
/// somebody waits, and less often the longer nothing moves.
pub(crate) struct Outbox {
    /// High-water mark, in bytes.
    mark: u32,
    /// All bytes that were ever sent.
    sent: Cell<u64>,
    /// No less than what is buffered: seen last while open, plus sent since. Saves asking the browser at each send.
    at_most: Cell<u32>,
    /// The least that has to be handed on before one of those who wait for a flush can go on.
    next_flush: Cell<u64>,
    /// Until the next look, in milliseconds.
    pause: Cell<u32>,
}

const FIRST_LOOK: u32 = 1;
const SLOWEST_LOOK: u32 = 64;

impl Outbox {
    /// `buffered`: what whoever had the socket before has left.
    pub(crate) fn new(mark: u32, buffered: u32) -> Self {
        Self {
            mark,
            sent: Cell::new(buffered.into()),
            at_most: Cell::new(buffered),
            next_flush: Cell::new(u64::MAX),
            pause: Cell::new(FIRST_LOOK),
        }
    }

    /// Whether another message may be sent, on a socket that is open.
    pub(crate) fn has_room(&self, raw: &WebSocket) -> bool {
        self.at_most.get() < self.mark || self.buffered(raw) < self.mark
    }

    /// How much is buffered; once the socket is not open any more, how much may have been buffered last.
    ///
    /// The browser's own number cannot be relied on from then on: Firefox drops it to zero at `close()`, with the bytes
    /// still there.
    pub(crate) fn buffered(&self, raw: &WebSocket) -> u32 {
        if raw.ready_state() == WebSocket::OPEN {
            self.at_most.set(raw.buffered_amount());
        }
        self.at_most.get()
    }

    /// A good moment to ask again, if there was something left.
    pub(crate) fn refresh(&self, raw: &WebSocket) {
        if self.at_most.get() > 0 {
            self.buffered(raw);
        }
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.sent.set(self.sent.get().saturating_add(bytes as u64));
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.at_most.set(self.at_most.get().saturating_add(bytes));
    }

    /// All that was ever sent: what a flush that begins now waits for.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// Whether the first so many bytes were handed to the network.
    pub(crate) fn has_flushed(&self, target: u64, raw: &WebSocket) -> bool {
        self.sent.get().saturating_sub(self.buffered(raw).into()) >= target
    }

    pub(crate) fn wait_for_flush(&self, target: u64, waiters: &Waiters, key: &Key, waker: &Waker) {
        waiters.wait(key, FLUSHED, waker);
        // After that, as a waker is the caller's code, and may have everybody woken.
        self.next_flush.set(self.next_flush.get().min(target));
    }

    /// Everybody who waits for a flush is woken, and says again what for.
    pub(crate) fn forget_flushes(&self) {
        self.next_flush.set(u64::MAX);
    }

    /// How long to wait before the next look.
    pub(crate) fn pause(&self) -> u32 {
        self.pause.get()
    }

    /// Nobody waits: whoever does next is looked after at once.
    pub(crate) fn rest(&self) {
        self.pause.set(FIRST_LOOK);
    }

    /// Time for a look: adapts the pause and tells who can go on.
    pub(crate) fn look(&self, raw: &WebSocket) -> u8 {
        let before = self.at_most.get();
        let now = self.buffered(raw);
        let pause = if now < before { self.pause.get() / 2 } else { self.pause.get() * 2 };
        self.pause.set(pause.clamp(FIRST_LOOK, SLOWEST_LOOK));
        // Who waits for room on a socket that is closing waits in vain, and is told.
        let room = now < self.mark || raw.ready_state() != WebSocket::OPEN;
        let flushed = self.has_flushed(self.next_flush.get(), raw);
        if flushed {
            self.forget_flushes();
        }
        (if room { ROOM } else { 0 }) | (if flushed { FLUSHED } else { 0 })
    }
}
