//! How a connection of ours ended.

use crate::{CloseCode, CloseEvent, CloseFrame};
use ::core::fmt;
use std::sync::Arc;

/// How a connection ended: what the browser reported, and what we know beside it.
///
/// A socket has exactly one. It never changes, and every waiter gets the same, however late it asks.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CloseInfo(Arc<End>);

/// Shared: every waiter and every error has it.
#[derive(PartialEq, Eq, Hash)]
struct End {
    event: CloseEvent,
    cause: CloseCause,
    was_open: bool,
    requested: Option<CloseFrame>,
}

impl CloseInfo {
    pub(crate) fn new(event: CloseEvent, cause: CloseCause, was_open: bool, requested: Option<CloseFrame>) -> Self {
        Self(Arc::new(End { event, cause, was_open, requested }))
    }

    /// The close code: [`event`](Self::event)'s.
    ///
    /// Our own code comes back only if the peer answers with it; see [`requested`](Self::requested).
    #[must_use]
    pub fn code(&self) -> CloseCode {
        self.0.event.code
    }

    /// The reason the peer gave; empty if it gave none.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.event.reason
    }

    /// Whether the closing handshake was completed before the connection ended, as the engine sees it.
    #[must_use]
    pub fn was_clean(&self) -> bool {
        self.0.event.was_clean
    }

    /// What the browser's `close` event said.
    ///
    /// If there was none (always with [`CloseCause::Timeout`] and [`CloseCause::Blocked`]), it holds 1006, which stands for the
    /// absence of a Close frame, no reason, and not clean.
    #[must_use]
    pub fn event(&self) -> &CloseEvent {
        &self.0.event
    }

    /// What ended it.
    #[must_use]
    pub fn cause(&self) -> CloseCause {
        self.0.cause
    }

    /// Whether the connection was ever open: whether we saw its `open` event, or adopted it when it was open.
    #[must_use]
    pub fn was_open(&self) -> bool {
        self.0.was_open
    }

    /// The frame we asked to close with: the first one given to `close` or `finish`, or the one a drop or an
    /// overflow chose.
    ///
    /// Kept apart from the event because engines lose it: our code is never sent when we close while connecting, and
    /// the event shows the peer's code, not ours.
    #[must_use]
    pub fn requested(&self) -> Option<&CloseFrame> {
        self.0.requested.as_ref()
    }
}

impl fmt::Debug for CloseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let End { event, cause, was_open, requested } = &*self.0;
        f.debug_struct("CloseInfo")
            .field("event", event)
            .field("cause", cause)
            .field("was_open", was_open)
            .field("requested", requested)
            .finish()
    }
}

/// For logs: cause, code and name, reason, clean or not.
impl fmt::Display for CloseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.cause, self.0.event)
    }
}

/// What ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseCause {
    /// Our `close` (or drop) came first, and the browser then reported the end, whatever its code.
    ///
    /// If the peer never answered, or we closed while connecting, the code is 1006.
    Local,
    /// The peer's Close frame came first. If another script called `close` on the raw socket, that looks the same.
    Remote,
    /// The connection ended without a Close frame, or was never made: refused, dropped, reset, broken protocol.
    /// Browsers keep the reason from scripts on purpose.
    Lost,
    /// We stopped waiting: no `close` event came in the time we allow. The code is 1006.
    ///
    /// Also for a socket that was adopted when its `close` event had gone already.
    Timeout,
    /// It never opened, and an `error` came and no `close` after it: the browser refused to try (a
    /// Content-Security-Policy, a blocked port). The code is 1006.
    Blocked,
}

impl CloseCause {
    /// The cause in lower case, as shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "closed by us",
            Self::Remote => "closed by the peer",
            Self::Lost => "lost",
            Self::Timeout => "given up at a deadline",
            Self::Blocked => "blocked by the browser",
        }
    }
}

impl fmt::Display for CloseCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The state of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadyState {
    /// The handshake is under way.
    Connecting,
    /// Messages can be sent and received.
    Open,
    /// One end has begun to close.
    Closing,
    /// It has ended.
    Closed,
}

/// The number of `WebSocket.readyState`; anything above 2 is [`ReadyState::Closed`].
impl From<u16> for ReadyState {
    fn from(number: u16) -> Self {
        match number {
            0 => Self::Connecting,
            1 => Self::Open,
            2 => Self::Closing,
            _ => Self::Closed,
        }
    }
}

impl fmt::Display for ReadyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
        })
    }
}
