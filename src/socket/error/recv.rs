//! Errors of receiving.

use crate::socket::close_info::CloseInfo;
use crate::socket::core::recv_queue::RecvErrorKind;
use ::core::fmt;

/// Returned once by the stream of messages, before `None`, if the connection did not close normally.
#[derive(Clone, PartialEq, Eq)]
pub struct RecvError(RecvErrorInner);

#[derive(Clone, PartialEq, Eq)]
enum RecvErrorInner {
    Lost(CloseInfo),
    Kind(RecvErrorKind),
    #[cfg(feature = "remote")]
    DriverDropped,
}

impl RecvError {
    pub(crate) fn lost(info: CloseInfo) -> Self {
        Self(RecvErrorInner::Lost(info))
    }

    pub(crate) fn unreadable() -> Self {
        Self(RecvErrorInner::Kind(RecvErrorKind::Unreadable))
    }

    #[cfg(feature = "remote")]
    pub(crate) fn driver_dropped() -> Self {
        Self(RecvErrorInner::DriverDropped)
    }

    /// Returns how the connection closed, if its loss is the error. It is also available from `closed()`.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match &self.0 {
            RecvErrorInner::Lost(info) => Some(info),
            RecvErrorInner::Kind(_) => None,
            #[cfg(feature = "remote")]
            RecvErrorInner::DriverDropped => None,
        }
    }

    /// Returns `true` if the connection ended without a Close frame, or timed out.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.close_info().is_some()
    }

    /// Returns `true` if [`finish`](crate::WebSocket::finish) waited in vain for the peer to close: messages may be missing.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        matches!(self.0, RecvErrorInner::Kind(RecvErrorKind::Unfinished))
    }

    /// Returns `true` if more bytes were queued than `recv_limit` allows. The connection was closed with its frame,
    /// unless `close` or `finish` had been called before.
    #[must_use]
    pub fn is_overflow(&self) -> bool {
        matches!(self.0, RecvErrorInner::Kind(RecvErrorKind::Overflow { .. }))
    }

    /// Returns `true` if a message was neither text nor an `ArrayBuffer`, because another script has changed the raw
    /// socket's `binaryType`. The connection was closed, because messages can no longer be delivered in order.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.0, RecvErrorInner::Kind(RecvErrorKind::Unreadable))
    }

    /// Returns `true` if the [`RemoteDriver`](crate::RemoteDriver) was dropped, which closes the connection: messages may be
    /// missing. Only returned by remote handles.
    #[cfg(feature = "remote")]
    #[must_use]
    pub fn is_driver_dropped(&self) -> bool {
        matches!(self.0, RecvErrorInner::DriverDropped)
    }
}

impl From<RecvErrorKind> for RecvError {
    fn from(kind: RecvErrorKind) -> Self {
        Self(RecvErrorInner::Kind(kind))
    }
}

impl fmt::Debug for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RecvErrorInner::Lost(info) => f.debug_tuple("RecvError").field(info).finish(),
            RecvErrorInner::Kind(kind) => f.debug_tuple("RecvError").field(kind).finish(),
            #[cfg(feature = "remote")]
            RecvErrorInner::DriverDropped => f.write_str("RecvError(DriverDropped)"),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RecvErrorInner::Lost(info) => write!(f, "cannot receive: {info}"),
            RecvErrorInner::Kind(RecvErrorKind::Overflow { limit }) => {
                write!(f, "receive limit of {limit} bytes exceeded; connection closed")
            }
            RecvErrorInner::Kind(RecvErrorKind::Unreadable) => {
                f.write_str("received a message that is neither text nor an ArrayBuffer; connection closed")
            }
            RecvErrorInner::Kind(RecvErrorKind::Unfinished) => {
                f.write_str("the peer did not close in time after finish; messages may be missing")
            }
            #[cfg(feature = "remote")]
            RecvErrorInner::DriverDropped => {
                f.write_str("the connection's driver was dropped; messages may be missing")
            }
        }
    }
}

impl core::error::Error for RecvError {}

/// Returned when no message could be received immediately.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryRecvError {
    /// No message is queued, and the stream has not ended.
    Empty,
    /// The stream has ended: there are no more messages.
    Ended,
    /// The connection did not close normally; returned once, after all messages.
    Failed(RecvError),
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no message is queued"),
            Self::Ended => f.write_str("the stream of messages has ended"),
            Self::Failed(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for TryRecvError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}
