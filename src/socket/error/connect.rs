//! Errors of creating a socket and of connecting.

use crate::js::exception::JsException;
use crate::socket::close_info::{CloseCause, CloseInfo};
use ::core::fmt;

/// Returned when the browser refuses to create a socket.
///
/// For an invalid URL or list of protocols (`SyntaxError`), in some browsers for the Content-Security-Policy
/// ([`is_blocked`](Self::is_blocked)), and where there is no `WebSocket` (`NotSupportedError`).
#[derive(Clone, PartialEq, Eq)]
pub struct OpenError(JsException);

impl OpenError {
    pub(crate) fn unsupported() -> Self {
        Self(JsException::new("NotSupportedError", "there is no JavaScript host with a WebSocket"))
    }

    /// Returns `true` if the browser forbids the connection: for a reason of security, or by the Content-Security-Policy.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        // Firefox throws an error of its own for the Content-Security-Policy.
        matches!(self.name(), "SecurityError" | "NS_ERROR_CONTENT_BLOCKED")
    }

    /// Returns the exception's name, such as `SyntaxError`. Unlike the message it is the same in every browser, but for
    /// `NS_ERROR_CONTENT_BLOCKED`, which only Firefox has.
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

    /// Returns `true` if the browser refused to connect, as for the Content-Security-Policy: by an exception
    /// ([`OpenError::is_blocked`]), or by an error without a close. A blocked port is reported so by WebKit only; in Chromium
    /// and Firefox it looks like a connection that was refused.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.has_cause(CloseCause::Blocked) || self.open_error().is_some_and(OpenError::is_blocked)
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
            ConnectErrorKind::Closed(info) => write!(f, "could not connect: {info}"),
        }
    }
}

/// It has no source: its text is that of the [`OpenError`] already.
impl core::error::Error for ConnectError {}
