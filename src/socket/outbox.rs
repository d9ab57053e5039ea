//! The browser's send buffer: how full it is, and who waits for it to shrink.

use super::waiters::Waiters;
use crate::timer::Timer;
use ::core::cell::{Cell, RefCell};
use ::core::time::Duration;

/// Browsers tell when the buffer grows (a send) but not when it shrinks, so it is looked at by a timer: only while
/// somebody waits, and less often the longer nothing moves.
pub(crate) struct Outbox {
    /// High-water mark, in bytes.
    mark: u32,
    /// No less than what is buffered: seen last while open, plus sent since. Saves asking the browser at each send.
    at_most: Cell<u32>,
    pub(crate) room: Waiters,
    pub(crate) flushed: Waiters,
    timer: RefCell<Option<Timer>>,
    /// In milliseconds.
    pause: Cell<u32>,
}

const FIRST_LOOK: u32 = 1;
const SLOWEST_LOOK: u32 = 64;

impl Outbox {
    pub(crate) fn new(mark: usize) -> Self {
        Self {
            // At zero nothing could ever be sent.
            mark: u32::try_from(mark).unwrap_or(u32::MAX).max(1),
            at_most: Cell::new(0),
            room: Waiters::default(),
            flushed: Waiters::default(),
            timer: RefCell::default(),
            pause: Cell::new(FIRST_LOOK),
        }
    }

    /// Whether another message may be sent, on a socket that is open.
    pub(crate) fn has_room(&self, raw: &web_sys::WebSocket) -> bool {
        self.at_most.get() < self.mark || self.buffered(raw) < self.mark
    }

    /// How much is buffered; once the socket is not open any more, how much may have been buffered last.
    ///
    /// The browser's own number cannot be relied on from then on: Firefox drops it to zero at `close()`, with the bytes
    /// still there.
    pub(crate) fn buffered(&self, raw: &web_sys::WebSocket) -> u32 {
        if raw.ready_state() == web_sys::WebSocket::OPEN {
            self.at_most.set(raw.buffered_amount());
        }
        self.at_most.get()
    }

    pub(crate) fn sent(&self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.at_most.set(self.at_most.get().saturating_add(bytes));
    }

    pub(crate) fn wake_all(&self) {
        self.room.wake_all();
        self.flushed.wake_all();
    }

    /// Has the timer call `look` after a pause, if anybody waits (or `always`) and it is not running yet.
    pub(crate) fn watch(&self, always: bool, look: impl FnOnce() + 'static) {
        if !always && self.room.is_empty() && self.flushed.is_empty() {
            self.pause.set(FIRST_LOOK);
            return;
        }
        let mut timer = self.timer.borrow_mut();
        if timer.is_none() {
            *timer = Some(Timer::new(Duration::from_millis(self.pause.get().into()), look));
        }
    }

    /// The timer ran out: adapts the pause and wakes who can go on.
    pub(crate) fn look(&self, raw: &web_sys::WebSocket) {
        let ran_out = self.timer.borrow_mut().take();
        drop(ran_out);
        let before = self.at_most.get();
        let now = self.buffered(raw);
        let pause = if now < before { self.pause.get() / 2 } else { self.pause.get() * 2 };
        self.pause.set(pause.clamp(FIRST_LOOK, SLOWEST_LOOK));
        if now < self.mark {
            self.room.wake_all();
        }
        if now == 0 {
            self.flushed.wake_all();
        }
    }

    pub(crate) fn stop(&self) {
        let timer = self.timer.borrow_mut().take();
        drop(timer);
    }
}
