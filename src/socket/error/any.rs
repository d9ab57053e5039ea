//! The error of code that sends and receives, and that of reuniting halves.

use super::{ConnectError, OpenError, RecvError, SendError};
use crate::socket::close_info::CloseInfo;
use crate::socket::receiver::WebSocketReceiver;
use crate::socket::sender::WebSocketSender;
use ::core::fmt;

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
#[doc = concat!("```no_run\n", include_str!("../../../docs/samples/one_error.rs"), "```")]
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
    /// The connection closed normally where code needs another message, as in a trait whose stream cannot end. No operation
    /// of this crate returns it: convert what [`closed`](crate::WebSocket::closed) returns.
    Closed(CloseInfo),
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
            Self::Closed(info) => Some(info),
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

impl From<CloseInfo> for Error {
    fn from(info: CloseInfo) -> Self {
        Self::Closed(info)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => fmt::Display::fmt(error, f),
            Self::Connect(error) => fmt::Display::fmt(error, f),
            Self::Send(error) => fmt::Display::fmt(error, f),
            Self::Recv(error) => fmt::Display::fmt(error, f),
            Self::Closed(info) => fmt::Display::fmt(info, f),
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
            Self::Closed(info) => info.source(),
        }
    }
}
