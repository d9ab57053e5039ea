//! What the state machine asks the browser layer to do.

use super::wait_list::Interest;

/// A set of actions, as bits: most answers of the machine are constants then, which takes fewer bytes than a struct.
///
/// The browser layer carries them out in the order in which [`Core::apply`](super::Core::apply) lists them, which is the
/// order of the constants here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects(u16);

impl Effects {
    pub(crate) const NONE: Self = Self(0);
    /// Stop listening for `message`: nothing reads.
    pub(crate) const DROP_MESSAGE: Self = Self(1);
    /// Remove the listeners for `message` and `open`.
    pub(crate) const DROP_MESSAGE_AND_OPEN: Self = Self(0b0011);
    pub(crate) const DROP_ALL: Self = Self(0b1111);
    pub(crate) const STOP_TIMEOUT: Self = Self(1 << 4);
    /// Start the timeout, or start it anew, for [`Machine::timeout_ms`](super::machine::Machine::timeout_ms).
    pub(crate) const START_TIMEOUT: Self = Self(1 << 5);
    /// Stop polling the send buffer.
    pub(crate) const STOP_POLL: Self = Self(1 << 6);
    /// Call `close` of the raw socket with the machine's frame. It may dispatch events before it returns.
    pub(crate) const CLOSE: Self = Self(1 << 8);
    /// Wake the reader.
    pub(crate) const WAKE_RECV: Self = Self(1 << 9);
    /// Wake tasks that wait for the connection to open.
    pub(crate) const WAKE_OPEN: Self = Self::wake(Interest::OPEN);
    /// Wake all tasks that wait for capacity, or for sent bytes to leave the browser's buffer.
    pub(crate) const WAKE_SEND: Self = Self::wake(Interest::SEND);
    pub(crate) const WAKE_FLUSHED: Self = Self::wake(Interest::FLUSHED);
    /// Wake tasks that wait for the connection to start closing.
    pub(crate) const WAKE_CLOSING: Self = Self::wake(Interest::CLOSING);
    /// Wake tasks that wait for the close.
    pub(crate) const WAKE_CLOSED: Self = Self::wake(Interest::CLOSED);

    /// Wake the task whose turn it is to send. There is capacity.
    pub(crate) const WAKE_NEXT_SENDER: Self = Self(1 << 15);

    const fn wake(interest: Interest) -> Self {
        Self((interest.bits() as u16) << 10)
    }

    /// Returns which waiters to wake.
    pub(crate) const fn wakes(self) -> Interest {
        Interest::from_bits((self.0 >> 10) as u8 & 0b1_1111)
    }

    /// Returns the union of both sets.
    pub(crate) const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    pub(crate) const fn and_if(self, condition: bool, more: Self) -> Self {
        if condition { self.and(more) } else { self }
    }

    pub(crate) const fn without(self, less: Self) -> Self {
        Self(self.0 & !less.0)
    }

    /// Returns `true` if any of these actions is in the set.
    pub(crate) const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Returns which of the listeners for `open`, `error` and `close` to remove: a bit for each, in this order.
    pub(crate) const fn dropped_listeners(self) -> u8 {
        (self.0 & Self::DROP_ALL.0) as u8 >> 1
    }
}
