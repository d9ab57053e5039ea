//! The browser's send buffer: how full it is, and when it is polled.

use super::waiters::Interest;
use ::core::cell::Cell;
use web_sys::WebSocket;

/// Browsers fire no event when the buffer shrinks, so `bufferedAmount` is polled by a timer: only while a task waits, and
/// less often the longer nothing leaves.
pub(crate) struct SendBuffer {
    /// In bytes.
    high_water_mark: u32,
    /// All bytes that were ever sent.
    sent: Cell<u64>,
    /// At least what is buffered: the last `bufferedAmount` that was read while open, plus what was sent since. Saves
    /// reading `bufferedAmount` at each send.
    buffered_upper_bound: Cell<u32>,
    /// The smallest number of bytes that must have left before a task that waits for a flush can continue.
    flush_target: Cell<u64>,
    poll_interval_ms: Cell<u32>,
}

const MIN_POLL_MS: u32 = 1;
const MAX_POLL_MS: u32 = 64;

impl SendBuffer {
    /// Creates the account of a socket whose buffer holds this many bytes already.
    pub(crate) fn new(high_water_mark: u32, buffered: u32) -> Self {
        Self {
            high_water_mark,
            sent: Cell::new(buffered.into()),
            buffered_upper_bound: Cell::new(buffered),
            flush_target: Cell::new(u64::MAX),
            poll_interval_ms: Cell::new(MIN_POLL_MS),
        }
    }

    /// Returns `true` if another message may be sent on an open socket.
    pub(crate) fn has_capacity(&self, raw: &WebSocket) -> bool {
        self.buffered_upper_bound.get() < self.high_water_mark || self.buffered(raw) < self.high_water_mark
    }

    /// Returns how much is buffered; once the socket is not open any more, how much may have been buffered last.
    ///
    /// `bufferedAmount` is unreliable from then on: Firefox resets it to zero at `close()` with the bytes still unsent.
    pub(crate) fn buffered(&self, raw: &WebSocket) -> u32 {
        if raw.ready_state() == WebSocket::OPEN {
            self.buffered_upper_bound.set(raw.buffered_amount());
        }
        self.buffered_upper_bound.get()
    }

    /// Reads `bufferedAmount` if bytes were left at the last time.
    pub(crate) fn refresh(&self, raw: &WebSocket) {
        if self.buffered_upper_bound.get() > 0 {
            self.buffered(raw);
        }
    }

    pub(crate) fn record_sent(&self, bytes: usize) {
        self.sent.set(self.sent.get().saturating_add(bytes as u64));
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.buffered_upper_bound.set(self.buffered_upper_bound.get().saturating_add(bytes));
    }

    /// Returns how many bytes were ever sent: the target of a flush that begins now.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// Returns `true` if the first `target` bytes have left the buffer.
    pub(crate) fn has_flushed(&self, target: u64, raw: &WebSocket) -> bool {
        self.sent.get().saturating_sub(self.buffered(raw).into()) >= target
    }

    /// Has [`poll`](Self::poll) wake the tasks that wait for a flush once `target` bytes have left.
    pub(crate) fn add_flush_target(&self, target: u64) {
        self.flush_target.set(self.flush_target.get().min(target));
    }

    /// Forgets the flush target, because all tasks that wait for a flush are woken and add theirs again.
    pub(crate) fn clear_flush_target(&self) {
        self.flush_target.set(u64::MAX);
    }

    pub(crate) fn poll_interval_ms(&self) -> u32 {
        self.poll_interval_ms.get()
    }

    /// Nothing waits, so the next task that does gets its first poll soon.
    pub(crate) fn reset_poll_interval(&self) {
        self.poll_interval_ms.set(MIN_POLL_MS);
    }

    /// Reads `bufferedAmount`, adapts the interval, and returns which tasks can continue.
    pub(crate) fn poll(&self, raw: &WebSocket) -> Interest {
        let before = self.buffered_upper_bound.get();
        let now = self.buffered(raw);
        let interval = if now < before { self.poll_interval_ms.get() / 2 } else { self.poll_interval_ms.get() * 2 };
        self.poll_interval_ms.set(interval.clamp(MIN_POLL_MS, MAX_POLL_MS));
        // Capacity on a socket that is closing is never used again: its waiters are woken to return an error.
        let is_writable = now < self.high_water_mark || raw.ready_state() != WebSocket::OPEN;
        let has_flushed = self.has_flushed(self.flush_target.get(), raw);
        if has_flushed {
            self.clear_flush_target();
        }
        let writable = if is_writable { Interest::WRITABLE } else { Interest::NONE };
        if has_flushed { writable.and(Interest::FLUSHED) } else { writable }
    }
}
