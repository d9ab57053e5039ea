//! What the machine has the browser layer do.

use super::waiters::{ENDS, FLUSHED, OPENS, ROOM};

/// A set of things to do, in this order. A number, so that most of the machine's answers are constants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects(u16);

impl Effects {
    pub(crate) const NONE: Self = Self(0);
    /// The `message` listener goes: nobody reads.
    pub(crate) const DROP_MESSAGE: Self = Self(1);
    /// All listeners but the one for `close` go.
    pub(crate) const KEEP_CLOSE: Self = Self(0b0111);
    pub(crate) const DROP_ALL: Self = Self(0b1111);
    pub(crate) const STOP_DEADLINE: Self = Self(1 << 4);
    /// The deadline runs (again) for `close_timeout`.
    pub(crate) const START_DEADLINE: Self = Self(1 << 5);
    pub(crate) const STOP_GRACE: Self = Self(1 << 6);
    pub(crate) const START_GRACE: Self = Self(1 << 7);
    /// Call the raw socket's `close`, with the machine's frame; it may fire events before it returns.
    pub(crate) const CLOSE: Self = Self(1 << 8);
    /// Wake the reader.
    pub(crate) const WAKE_RECV: Self = Self(1 << 9);
    /// Wake those who wait for the connection to open.
    pub(crate) const WAKE_OPEN: Self = Self::waking(OPENS);
    /// Wake those who wait for room, or for what they sent to be handed on.
    pub(crate) const WAKE_SEND: Self = Self::waking(ROOM | FLUSHED);
    /// Wake those who wait for the end.
    pub(crate) const WAKE_CLOSED: Self = Self::waking(ENDS);

    const fn waking(kinds: u8) -> Self {
        Self((kinds as u16) << 10)
    }

    /// Which waiters to wake.
    pub(crate) const fn wakes(self) -> u8 {
        (self.0 >> 10) as u8
    }

    /// These and those.
    pub(crate) const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    pub(crate) const fn and_if(self, holds: bool, more: Self) -> Self {
        if holds { self.and(more) } else { self }
    }

    /// Whether any of these is to be done.
    pub(crate) const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// The listeners to remove, a bit each, in the order `message`, `open`, `error`, `close`.
    pub(crate) const fn dropped(self) -> u8 {
        (self.0 & Self::DROP_ALL.0) as u8
    }
}
