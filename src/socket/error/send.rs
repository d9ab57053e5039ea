//! Errors of sending, with the unsent message.

use crate::js::exception::JsException;
use crate::socket::close_info::CloseInfo;
use crate::socket::message::Message;
use crate::socket::message::raw_message::RawMessage;
use ::core::fmt;

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
    #[cfg(feature = "remote")]
    DriverDropped,
}

impl SendError {
    pub(crate) fn new(kind: SendErrorKind, message: Option<Message>, close_info: Option<CloseInfo>) -> Self {
        Self(Box::new(SendErrorInner { kind, message, close_info }))
    }

    /// Returns the unsent message, or `None` if the error came from `ready`, `flush` or
    /// closing a sink, or from `try_send_str` and `try_send_bytes`, whose caller still has it.
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
    /// [`is_closed`](Self::is_closed) is `true`: [`closed`](crate::WebSocketSender::closed) waits for the close code then.
    #[must_use]
    pub fn close_info(&self) -> Option<&CloseInfo> {
        self.0.close_info.as_ref()
    }

    /// Returns `true` if the connection is closed or closing, if `finish` was called, or if `into_raw` has released the
    /// socket.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        #[cfg(feature = "remote")]
        if self.is_driver_dropped() {
            return true;
        }
        self.0.kind == SendErrorKind::Closed
    }

    /// Returns `true` if the [`RemoteDriver`](crate::RemoteDriver) was dropped, which closes the connection; only returned by
    /// remote handles.
    #[cfg(feature = "remote")]
    #[must_use]
    pub fn is_driver_dropped(&self) -> bool {
        self.0.kind == SendErrorKind::DriverDropped
    }

    /// Returns `true` if the high-water mark of the send buffer was reached, or if other sends wait; only returned by
    /// `try_send`, `try_send_str` and `try_send_bytes`.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.kind == SendErrorKind::Full
    }

    /// Returns `true` if the connection was not open yet; only returned by `try_send`, `try_send_str`,
    /// `try_send_bytes` and `Sink::start_send`.
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
            (SendErrorKind::Closed, None) => {
                f.write_str("cannot send: connection is closing, `finish` was called, or the raw socket was released")
            }
            (SendErrorKind::Full, _) => f.write_str("cannot send: send buffer is full"),
            (SendErrorKind::Connecting, _) => f.write_str("cannot send: connection is not open yet"),
            (SendErrorKind::Thrown(exception), _) => write!(f, "WebSocket.send() threw {exception}"),
            #[cfg(feature = "remote")]
            (SendErrorKind::DriverDropped, _) => f.write_str("cannot send: the connection's driver was dropped"),
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

    pub(crate) fn into_error(self) -> SendError {
        self.error
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
