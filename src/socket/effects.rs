//! What the machine has the browser layer do.

use crate::CloseFrame;
use ::core::time::Duration;

/// What is to be done, in the order of the fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub(crate) detach: Listening,
    pub(crate) deadline: Change,
    pub(crate) grace: Change,
    /// Call the raw socket's `close`; it may fire events before it returns.
    pub(crate) close: Option<CloseFrame>,
    pub(crate) wake: Wake,
}

/// Which listeners to remove, the fewest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Listening {
    #[default]
    KeepAll,
    /// `message` goes: nobody reads.
    DropMessage,
    /// All but `close` go.
    KeepClose,
    DropAll,
}

/// What to do with a timer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Change {
    #[default]
    Keep,
    Stop,
    Start(Duration),
}

/// Whom to wake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wake {
    /// Those who wait for the connection to open.
    pub(crate) open: bool,
    /// The reader.
    pub(crate) recv: bool,
    /// Those who wait for room, or for what they sent to be handed on.
    pub(crate) send: bool,
    /// Those who wait for the end.
    pub(crate) closed: bool,
}
