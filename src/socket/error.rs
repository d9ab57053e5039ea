//! Errors: one small type for each operation that can fail.

use super::close_info::{CloseCause, CloseInfo};
use super::core::recv_queue::RecvErrorKind;
use super::message::Message;
use super::message::raw_message::RawMessage;
use super::receiver::WebSocketReceiver;
use super::sender::WebSocketSender;
use crate::js::exception::JsException;
use ::core::fmt;

/// Returned when the browser refuses to create a socket.
///
/// For an invalid URL or list of protocols (`SyntaxError`), in some browsers for the Content-Security-Policy
/// (`SecurityError`), and where there is no `WebSocket` (`NotSupportedError`).
#[derive(Clone, PartialEq, Eq)]
pub struct OpenError(JsException);

impl OpenError {
    pub(crate) fn unsupported() -> Self {
        Self(JsException::new("NotSupportedError", "there is no JavaScript host with a WebSocket"))
    }

    /// Returns the exception's name, such as `SyntaxError`. Unlike the message it is the same in every browser.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the exception's message, in the browser's own words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl From<JsException> for OpenError {
    fn from(exception: JsException) -> Self {
        Self(exception)
    }
}

impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenError({})", self.0)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to create WebSocket: {}", self.0)
    }
}

impl core::error::Error for OpenError {}

/// Returned when a connection could not be established.
///
/// Either the browser refused to create a socket ([`open_error`](Self::open_error)), or the socket closed before it opened
/// ([`close_info`](Self::close_info)).
///
/// Browsers report a refused connection, an unknown host, a failed TLS handshake, an HTTP status such as 401 and a wrong
/// subprotocol all as 1006, so that a page cannot scan a network. To tell clients why, a server can accept the connection
/// and close it with a code, such as 3000 or 4401.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectError(ConnectErrorKind);

#[derive(Clone, PartialEq, Eq)]
enum ConnectErrorKind {
    Open(OpenError),
    Closed(CloseInfo),
}

impl ConnectError {
    pub(crate) fn closed_early(info: CloseInfo) -> Self {
        Self(ConnectErrorKind::Closed(info))
    }

    /// Returns how the connection closed, or `None` if the browser refused to create a socket.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match &self.0 {
            ConnectErrorKind::Open(_) => None,
            ConnectErrorKind::Closed(info) => Some(info),
        }
    }

    /// Returns why the browser refused to create a socket, if it did.
    #[must_use]
    pub fn open_error(&self) -> Option<&OpenError> {
        match &self.0 {
            ConnectErrorKind::Open(error) => Some(error),
            ConnectErrorKind::Closed(_) => None,
        }
    }

    /// Returns `true` if the connect timeout elapsed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.has_cause(CloseCause::Timeout)
    }

    /// Returns `true` if the browser refused to connect, because of the Content-Security-Policy or a blocked port, and
    /// reported an error without a close.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.has_cause(CloseCause::Blocked)
    }

    fn has_cause(&self, cause: CloseCause) -> bool {
        self.close_info().is_some_and(|info| info.cause() == cause)
    }
}

impl From<OpenError> for ConnectError {
    fn from(error: OpenError) -> Self {
        Self(ConnectErrorKind::Open(error))
    }
}

impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ConnectErrorKind::Open(error) => f.debug_tuple("ConnectError").field(error).finish(),
            ConnectErrorKind::Closed(info) => f.debug_tuple("ConnectError").field(info).finish(),
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ConnectErrorKind::Open(error) => fmt::Display::fmt(error, f),
            ConnectErrorKind::Closed(info) => write!(f, "connection closed before it opened: {info}"),
        }
    }
}

impl core::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.open_error().map(|error| error as _)
    }
}

/// Returned when a message was not sent. Contains the unsent message.
#[derive(Clone, PartialEq, Eq)]
pub struct SendError(Box<SendErrorInner>);

#[derive(Clone, PartialEq, Eq)]
struct SendErrorInner {
    kind: SendErrorKind,
    message: Option<Message>,
    close_info: Option<CloseInfo>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum SendErrorKind {
    Closed,
    Full,
    Connecting,
    Thrown(JsException),
}

impl SendError {
    pub(crate) fn new(kind: SendErrorKind, message: Option<Message>, close_info: Option<CloseInfo>) -> Self {
        Self(Box::new(SendErrorInner { kind, message, close_info }))
    }

    /// Returns the unsent message, or `None` if the error came from `flush` or from closing a sink.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        self.0.message.as_ref()
    }

    /// Converts into the unsent message.
    #[must_use]
    pub fn into_message(self) -> Option<Message> {
        self.0.message
    }

    /// Returns how the connection closed, if it is closed. While it is still closing, this is `None` and
    /// [`is_closed`](Self::is_closed) is `true`.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        self.0.close_info.as_ref()
    }

    /// Returns `true` if the connection is closed or closing, or if `finish` was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.kind == SendErrorKind::Closed
    }

    /// Returns `true` if the high-water mark of the send buffer was reached, or if other sends wait; only returned by
    /// `try_send`.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.kind == SendErrorKind::Full
    }

    /// Returns `true` if the connection was not open yet; only returned by `try_send` and `Sink::start_send`.
    #[must_use]
    pub fn is_connecting(&self) -> bool {
        self.0.kind == SendErrorKind::Connecting
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The message is left out: it may be large, or secret.
        let bytes = self.message().map(Message::len);
        f.debug_struct("SendError").field("error", &self.to_string()).field("unsent_bytes", &bytes).finish()
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.kind, &self.0.close_info) {
            (SendErrorKind::Closed, Some(info)) => write!(f, "cannot send: connection closed ({info})"),
            (SendErrorKind::Closed, None) => f.write_str("cannot send: connection is closing"),
            (SendErrorKind::Full, _) => f.write_str("cannot send: send buffer is full"),
            (SendErrorKind::Connecting, _) => f.write_str("cannot send: connection is not open yet"),
            (SendErrorKind::Thrown(exception), _) => write!(f, "WebSocket.send() threw {exception}"),
        }
    }
}

impl core::error::Error for SendError {}

/// Returned when a [`RawMessage`] was not sent. Contains the unsent message.
///
/// It holds a JavaScript value, so unlike the other errors it is neither `Send` nor `Sync`.
#[derive(Clone)]
pub struct SendRawError {
    error: SendError,
    message: RawMessage,
}

impl SendRawError {
    pub(crate) fn new(error: SendError, message: RawMessage) -> Self {
        Self { error, message }
    }

    /// Converts into the unsent message.
    #[must_use]
    pub fn into_message(self) -> RawMessage {
        self.message
    }

    /// Returns the reason, without the message.
    #[must_use]
    pub fn error(&self) -> &SendError {
        &self.error
    }
}

impl fmt::Debug for SendRawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendRawError").field("error", &self.error.to_string()).finish_non_exhaustive()
    }
}

impl fmt::Display for SendRawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl core::error::Error for SendRawError {}

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

/// Returned when halves of different connections were to be reunited. Contains them.
#[derive(Debug)]
pub struct ReuniteError(pub WebSocketSender, pub WebSocketReceiver);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot reunite halves of different connections")
    }
}

impl core::error::Error for ReuniteError {}

/// Any error of a connection, for code that sends and receives with one error type.
///
/// [`Stream`](futures_core::Stream) and [`Sink`](futures_sink::Sink) have the errors of their own operation. Where generic
/// code wants one, convert with futures-util:
///
#[doc = concat!("```no_run\n", include_str!("../../docs/samples/one_error.rs"), "```")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The browser refused to create a socket.
    Open(OpenError),
    /// The connection could not be established.
    Connect(ConnectError),
    /// A message was not sent.
    Send(SendError),
    /// The connection did not close normally.
    Recv(RecvError),
}

impl Error {
    /// Returns how the connection closed, if it is closed.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match self {
            Self::Open(_) => None,
            Self::Connect(error) => error.close_info(),
            Self::Send(error) => error.close_info(),
            Self::Recv(error) => error.close_info(),
        }
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        Self::Connect(error)
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl From<RecvError> for Error {
    fn from(error: RecvError) -> Self {
        Self::Recv(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => fmt::Display::fmt(error, f),
            Self::Connect(error) => fmt::Display::fmt(error, f),
            Self::Send(error) => fmt::Display::fmt(error, f),
            Self::Recv(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Open(error) => error.source(),
            Self::Connect(error) => error.source(),
            Self::Send(error) => error.source(),
            Self::Recv(error) => error.source(),
        }
    }
}

/// Returned once by the stream of messages, before `None`, if the connection did not close normally.
#[derive(Clone, PartialEq, Eq)]
pub struct RecvError(RecvErrorInner);

#[derive(Clone, PartialEq, Eq)]
enum RecvErrorInner {
    Lost(CloseInfo),
    Kind(RecvErrorKind),
}

impl RecvError {
    pub(crate) fn lost(info: CloseInfo) -> Self {
        Self(RecvErrorInner::Lost(info))
    }

    pub(crate) fn unreadable() -> Self {
        Self(RecvErrorInner::Kind(RecvErrorKind::Unreadable))
    }

    /// Returns how the connection closed, if its loss is the error. It is also available from `closed()`.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match &self.0 {
            RecvErrorInner::Lost(info) => Some(info),
            RecvErrorInner::Kind(_) => None,
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

    /// Returns `true` if more bytes were queued than `recv_limit` allows. The connection was closed with its frame.
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
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RecvErrorInner::Lost(info) => write!(f, "connection closed without a closing handshake: {info}"),
            RecvErrorInner::Kind(RecvErrorKind::Overflow { limit }) => {
                write!(f, "receive limit of {limit} bytes exceeded; connection closed")
            }
            RecvErrorInner::Kind(RecvErrorKind::Unreadable) => {
                f.write_str("received a message that is neither text nor an ArrayBuffer; connection closed")
            }
            RecvErrorInner::Kind(RecvErrorKind::Unfinished) => {
                f.write_str("the peer did not close in time after finish; messages may be missing")
            }
        }
    }
}

impl core::error::Error for RecvError {}
