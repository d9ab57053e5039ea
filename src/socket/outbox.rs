//! The browser's send buffer: how full it is, and who waits for it to shrink.

use super::waiters::{Key, Waiters};
use crate::timer::Timer;
use ::core::cell::{Cell, RefCell};
use ::core::task::Waker;
use ::core::time::Duration;
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
    pub(crate) room: Waiters,
    flushed: Waiters,
    /// The least that has to be handed on before one of those who wait for a flush can go on.
    next_flush: Cell<u64>,
    timer: RefCell<Option<Timer>>,
    /// In milliseconds.
    pause: Cell<u32>,
}

const FIRST_LOOK: u32 = 1;
const SLOWEST_LOOK: u32 = 64;

impl Outbox {
    /// `buffered`: what whoever had the socket before has left.
    pub(crate) fn new(mark: usize, buffered: u32) -> Self {
        Self {
            // At zero nothing could ever be sent.
            mark: u32::try_from(mark).unwrap_or(u32::MAX).max(1),
            sent: Cell::new(buffered.into()),
            at_most: Cell::new(buffered),
            room: Waiters::default(),
            flushed: Waiters::default(),
            next_flush: Cell::new(u64::MAX),
            timer: RefCell::default(),
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

    pub(crate) fn wait_for_flush(&self, target: u64, key: &Key, waker: &Waker) {
        self.next_flush.set(self.next_flush.get().min(target));
        self.flushed.wait(key, waker);
    }

    pub(crate) fn leave_flush(&self, key: &Key) {
        self.flushed.leave(key);
    }

    pub(crate) fn wake_all(&self) {
        self.room.wake_all();
        self.next_flush.set(u64::MAX);
        self.flushed.wake_all();
    }

    /// Has the timer call `look` after a pause, if anybody waits (or `always`) and it is not running yet.
    pub(crate) fn watch(&self, always: bool, look: impl FnOnce() + 'static) {
        if !always && self.room.is_empty() && self.flushed.is_empty() {
            self.pause.set(FIRST_LOOK);
            return;
        }
        if self.timer.borrow().is_some() {
            return;
        }
        // Not under a borrow: a page can have put anything in the place of `setTimeout`.
        let timer = Timer::new(Duration::from_millis(self.pause.get().into()), look);
        let old = self.timer.replace(Some(timer));
        drop(old);
    }

    /// The timer ran out: adapts the pause and wakes who can go on.
    pub(crate) fn look(&self, raw: &WebSocket) {
        self.stop();
        let before = self.at_most.get();
        let now = self.buffered(raw);
        let pause = if now < before { self.pause.get() / 2 } else { self.pause.get() * 2 };
        self.pause.set(pause.clamp(FIRST_LOOK, SLOWEST_LOOK));
        // Who waits for room on a socket that is closing waits in vain, and is told.
        if now < self.mark || raw.ready_state() != WebSocket::OPEN {
            self.room.wake_all();
        }
        if self.has_flushed(self.next_flush.get(), raw) {
            self.next_flush.set(u64::MAX);
            self.flushed.wake_all();
        }
    }

    pub(crate) fn stop(&self) {
        let timer = self.timer.borrow_mut().take();
        drop(timer);
    }
}
