//! How a connection that this crate made closed.

use crate::{CloseCode, CloseEvent, CloseFrame};
use ::core::fmt;
use std::sync::Arc;

/// How a connection closed: the browser's close event, the cause, and the frame that was requested.
///
/// A [`WebSocket`](crate::WebSocket) has exactly one. It never changes, and every waiter, early or late, gets the same.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CloseInfo(Arc<Inner>);

/// Shared, because every waiter and every error has a copy.
#[derive(PartialEq, Eq, Hash)]
struct Inner {
    event: CloseEvent,
    cause: CloseCause,
    was_open: bool,
    timed_out: bool,
    requested: Option<CloseFrame>,
}

impl CloseInfo {
    pub(crate) fn new(
        event: CloseEvent,
        cause: CloseCause,
        was_open: bool,
        timed_out: bool,
        requested: Option<CloseFrame>,
    ) -> Self {
        Self(Arc::new(Inner { event, cause, was_open, timed_out, requested }))
    }

    /// Returns the close code of the [`event`](Self::event).
    ///
    /// It is the peer's code, and 1006 if the peer sent no Close frame. The code that you asked for is in
    /// [`requested`](Self::requested).
    #[must_use]
    pub fn code(&self) -> CloseCode {
        self.0.event.code()
    }

    /// Returns the reason that the peer gave, or an empty string.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.event.reason()
    }

    /// Returns whether the browser considers the closing handshake completed.
    #[must_use]
    pub fn was_clean(&self) -> bool {
        self.0.event.was_clean()
    }

    /// Returns the browser's `close` event.
    ///
    /// If none was fired ([`timed_out`](Self::timed_out), [`CloseCause::Blocked`]), it stands for the absence of a Close
    /// frame: 1006, no reason, not clean.
    #[must_use]
    pub fn event(&self) -> &CloseEvent {
        &self.0.event
    }

    /// Returns who or what ended the connection.
    #[must_use]
    pub fn cause(&self) -> CloseCause {
        self.0.cause
    }

    /// Returns whether the connection was ever open: its `open` event fired, or the socket was open when it was wrapped.
    #[must_use]
    pub fn was_open(&self) -> bool {
        self.0.was_open
    }

    /// Returns `true` if the connect or close timeout elapsed before the browser fired `close`.
    ///
    /// With [`CloseCause::Local`] the peer did not answer our Close frame in time.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0.timed_out
    }

    /// Returns the frame that this endpoint asked to close with: the first one given to `close` or `finish`, or the one
    /// of a drop, of a closed sink or of a limit.
    ///
    /// It is kept apart from the event because browsers lose it: the event has the peer's code, and a close while
    /// connecting sends no frame, as a rule.
    #[must_use]
    pub fn requested(&self) -> Option<&CloseFrame> {
        self.0.requested.as_ref()
    }
}

impl fmt::Debug for CloseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { event, cause, was_open, timed_out, requested } = &*self.0;
        f.debug_struct("CloseInfo")
            .field("event", event)
            .field("cause", cause)
            .field("was_open", was_open)
            .field("timed_out", timed_out)
            .field("requested", requested)
            .finish()
    }
}

/// Formats for logs: cause, code and name, reason, clean or not.
impl fmt::Display for CloseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.cause {
            CloseCause::Local if self.0.timed_out => "closed locally, not answered in time",
            CloseCause::Local => "closed locally",
            CloseCause::Remote => "closed by the peer",
            CloseCause::Lost if !self.0.was_open => "refused or unreachable",
            CloseCause::Lost => "connection lost",
            CloseCause::Timeout => "timed out",
            CloseCause::Blocked => "blocked by the browser",
        })?;
        write!(f, ": {}", self.0.event)
    }
}

/// Lets a function that expects no close return it as an error: `return Err(socket.closed().await.into())`.
impl ::core::error::Error for CloseInfo {}

/// Who or what ended a connection.
///
/// To decide whether to reconnect, match on the cause first: a connection that this endpoint closed is
/// [`Local`](Self::Local), whatever the peer did afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseCause {
    /// This endpoint closed first: by `close`, a drop, a closed sink or a limit.
    ///
    /// The code is the peer's answer. It is 1006 if the peer did not answer, and if the connection was not open yet (but see
    /// [`WebSocket::close`](crate::WebSocket::close) on Firefox).
    /// [`CloseInfo::timed_out`] returns whether `close_timeout` elapsed.
    Local,
    /// The peer's Close frame came first. A `close` that another script calls on the raw socket looks the same.
    Remote,
    /// The connection ended without a Close frame, or was never established: refused, dropped, reset, a protocol error.
    /// Browsers hide which of them from scripts.
    Lost,
    /// Connecting took longer than `connect_timeout`, or no `close` event came although this endpoint had not closed the
    /// socket. The code is 1006.
    ///
    /// The latter is a socket that was wrapped after its `close` event had fired, or whose closing never completed.
    Timeout,
    /// The connection was never open, and an `error` fired without a `close`: the browser refused to connect, because of
    /// the Content-Security-Policy or a blocked port. The code is 1006.
    Blocked,
}

impl CloseCause {
    /// Returns the cause as one lower-case word: `local`, `remote`, `lost`, `timeout`, `blocked`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Lost => "lost",
            Self::Timeout => "timeout",
            Self::Blocked => "blocked",
        }
    }
}

/// Formats as [`as_str`](CloseCause::as_str).
impl fmt::Display for CloseCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The state of a connection, as [`WebSocket.readyState`](https://websockets.spec.whatwg.org/#dom-websocket-readystate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadyState {
    /// The opening handshake is in progress.
    Connecting,
    /// Messages can be sent and received.
    Open,
    /// The closing handshake is in progress, or the browser is failing the connection.
    Closing,
    /// The connection is closed, or could not be opened.
    Closed,
}

impl ReadyState {
    /// Reads `WebSocket.readyState`, which has no other values than 0 to 3.
    pub(crate) const fn from_raw(number: u16) -> Self {
        match number {
            0 => Self::Connecting,
            1 => Self::Open,
            2 => Self::Closing,
            _ => Self::Closed,
        }
    }
}

/// Converts the number of `WebSocket.readyState`.
///
/// # Errors
///
/// [`InvalidReadyState`] for a number above 3.
impl TryFrom<u16> for ReadyState {
    type Error = InvalidReadyState;

    fn try_from(number: u16) -> Result<Self, InvalidReadyState> {
        match number {
            0..=3 => Ok(Self::from_raw(number)),
            _ => Err(InvalidReadyState(number)),
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

/// Returned when a number is not a value of `WebSocket.readyState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidReadyState(u16);

impl fmt::Display for InvalidReadyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid ready state {}: expected 0-3", self.0)
    }
}

impl ::core::error::Error for InvalidReadyState {}
