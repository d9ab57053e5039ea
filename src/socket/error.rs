//! What can fail, one small type for each.

use super::Message;
use super::close_info::{CloseCause, CloseInfo};
use super::core::recv_queue::Fault;
use crate::js::exception::Thrown;
use ::core::fmt;

/// The browser refused to make a socket.
///
/// For a bad URL or list of protocols (`SyntaxError`), in some engines for a page's security policy
/// (`SecurityError`), and where there is no `WebSocket` at all.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenError(Thrown);

impl OpenError {
    pub(crate) fn unsupported() -> Self {
        Self(Thrown::new("NotSupportedError", "there is no WebSocket outside of a JavaScript host"))
    }

    /// The exception's name, such as `SyntaxError`. The same in every engine for the same mistake, unlike the message.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The exception's message, in the engine's own words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl From<Thrown> for OpenError {
    fn from(thrown: Thrown) -> Self {
        Self(thrown)
    }
}

impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenError({})", self.0)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the socket could not be made ({})", self.0)
    }
}

impl core::error::Error for OpenError {}

/// No connection was made.
///
/// Either the browser refused to make a socket ([`open_error`](Self::open_error)), or the socket ended before it
/// opened ([`close_info`](Self::close_info)).
///
/// What cannot be known: browsers report a refused connection, an unknown host, a failed TLS handshake, an HTTP
/// status such as 401 and a wrong subprotocol all alike, as 1006, so that a page cannot scan a network. A server that
/// wants its clients to know why can accept the connection and close it with a code, such as 3000 or 4401.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectError(Reason);

#[derive(Clone, PartialEq, Eq)]
enum Reason {
    Open(OpenError),
    Closed(CloseInfo),
}

impl ConnectError {
    pub(crate) fn closed_early(closed: CloseInfo) -> Self {
        Self(Reason::Closed(closed))
    }

    /// How the connection ended, with the browser's event; `None` if the browser refused to make a socket.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match &self.0 {
            Reason::Open(_) => None,
            Reason::Closed(closed) => Some(closed),
        }
    }

    /// Why the browser refused to make a socket.
    #[must_use]
    pub fn open_error(&self) -> Option<&OpenError> {
        match &self.0 {
            Reason::Open(error) => Some(error),
            Reason::Closed(_) => None,
        }
    }

    /// Whether the deadline for connecting passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.has_cause(CloseCause::Timeout)
    }

    /// Whether the browser reported an error and nothing else, as it does for what a page's policy blocks.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.has_cause(CloseCause::Blocked)
    }

    fn has_cause(&self, cause: CloseCause) -> bool {
        self.close_info().is_some_and(|closed| closed.cause() == cause)
    }
}

impl From<OpenError> for ConnectError {
    fn from(error: OpenError) -> Self {
        Self(Reason::Open(error))
    }
}

impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Open(error) => f.debug_tuple("ConnectError").field(error).finish(),
            Reason::Closed(closed) => f.debug_tuple("ConnectError").field(closed).finish(),
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Open(error) => fmt::Display::fmt(error, f),
            Reason::Closed(closed) => write!(f, "the connection ended before it opened ({closed})"),
        }
    }
}

impl core::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.open_error().map(|error| error as _)
    }
}

/// A message was not sent.
///
/// The message is inside: nothing that was not handed to the browser is lost.
#[derive(Clone, PartialEq, Eq)]
pub struct SendError(Box<Unsent>);

#[derive(Clone, PartialEq, Eq)]
struct Unsent {
    why: Refusal,
    message: Option<Message>,
    closed: Option<CloseInfo>,
}

/// Why a message was not sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Closed,
    Full,
    Connecting,
    Thrown(Thrown),
}

impl SendError {
    pub(crate) fn new(why: Refusal, message: Option<Message>, closed: Option<CloseInfo>) -> Self {
        Self(Box::new(Unsent { why, message, closed }))
    }

    /// The message that was not sent; `None` if the error came from `flush`, or from readying or closing a sink.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        self.0.message.as_ref()
    }

    /// The message that was not sent, to send it elsewhere.
    #[must_use]
    pub fn into_message(self) -> Option<Message> {
        self.0.message
    }

    /// How the connection ended, if it had ended. While it is still closing, this is `None` and
    /// [`is_closed`](Self::is_closed) is true.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        self.0.closed.as_ref()
    }

    /// Whether the connection has ended or begun to, or this end said that it sends no more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.why == Refusal::Closed
    }

    /// Whether more than the high-water mark was waiting to be sent; only `try_send` says so.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.why == Refusal::Full
    }

    /// Whether the connection was not open yet; only `try_send` and `Sink::start_send` say so.
    #[must_use]
    pub fn is_connecting(&self) -> bool {
        self.0.why == Refusal::Connecting
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the message: it may be large, or nothing for a log.
        let bytes = self.message().map(Message::len);
        f.debug_struct("SendError").field("why", &self.to_string()).field("unsent_bytes", &bytes).finish()
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.why, &self.0.closed) {
            (Refusal::Closed, Some(closed)) => write!(f, "nothing can be sent, the connection has ended ({closed})"),
            (Refusal::Closed, None) => f.write_str("nothing can be sent, the connection is closing"),
            (Refusal::Full, _) => f.write_str("the message was not sent, the send buffer is full"),
            (Refusal::Connecting, _) => f.write_str("the message was not sent, the connection is not open yet"),
            (Refusal::Thrown(thrown), _) => write!(f, "the browser did not take the message ({thrown})"),
        }
    }
}

impl core::error::Error for SendError {}

/// The last thing a stream of messages yields when it did not come to a proper end.
#[derive(Clone, PartialEq, Eq)]
pub struct RecvError(Failure);

#[derive(Clone, PartialEq, Eq)]
enum Failure {
    Lost(CloseInfo),
    Fault(Fault),
}

impl RecvError {
    pub(crate) fn lost(closed: CloseInfo) -> Self {
        Self(Failure::Lost(closed))
    }

    pub(crate) fn unreadable() -> Self {
        Self(Failure::Fault(Fault::Unreadable))
    }

    /// How the connection ended, if that is the error; also to be had from `closed()`.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match &self.0 {
            Failure::Lost(closed) => Some(closed),
            Failure::Fault(_) => None,
        }
    }

    /// Whether the connection ended without a Close frame, or we stopped waiting for one.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.close_info().is_some()
    }

    /// Whether more bytes waited to be read than `recv_limit` allows. The connection was closed with its frame.
    #[must_use]
    pub fn is_overflow(&self) -> bool {
        matches!(self.0, Failure::Fault(Fault::Overflow { .. }))
    }

    /// Whether a message came as something that is neither text nor an `ArrayBuffer`, because somebody changed the
    /// raw socket's `binaryType`. The connection was closed, as messages can no longer be delivered in order.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.0, Failure::Fault(Fault::Unreadable))
    }
}

impl From<Fault> for RecvError {
    fn from(fault: Fault) -> Self {
        Self(Failure::Fault(fault))
    }
}

impl fmt::Debug for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Failure::Lost(closed) => f.debug_tuple("RecvError").field(closed).finish(),
            Failure::Fault(fault) => f.debug_tuple("RecvError").field(fault).finish(),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Failure::Lost(closed) => write!(f, "the connection ended without a closing handshake ({closed})"),
            Failure::Fault(Fault::Overflow { limit }) => {
                write!(f, "more than {limit} bytes waited to be read, so the connection was closed")
            }
            Failure::Fault(Fault::Unreadable) => {
                f.write_str("a message was neither text nor an ArrayBuffer, so the connection was closed")
            }
        }
    }
}

impl core::error::Error for RecvError {}
