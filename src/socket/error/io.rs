//! Conversions of the errors into `std::io::Error`, for code that has one error type for every transport.
//!
//! The table is in `docs/io_errors.md`.

use super::{ConnectError, Error, OpenError, RecvError, SendError, SendRawError, TryRecvError};
use crate::socket::close_info::{CloseCause, CloseInfo, InvalidReadyState};
use crate::socket::message::raw_message::CopyError;
use crate::{AlreadyClosed, CloseEventError, CloseFrameError, ParseCloseCodeError};
use std::io::{self, ErrorKind};

/// An error that has a fitting kind of `std::io::Error`.
trait HasKind: core::error::Error + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;
}

/// `io::Error` holds the error itself, so that `get_ref` and `into_inner` return it. A blanket implementation of `From`
/// would conflict with those of the standard library.
macro_rules! into_io_error {
    ($($error:ty),* $(,)?) => {
        $(
            /// Chooses the kind that [`guide::io_errors`](crate::guide::io_errors) lists, and keeps the error as the inner one.
            impl From<$error> for io::Error {
                fn from(error: $error) -> Self {
                    Self::new(error.kind(), error)
                }
            }
        )*
    };
}

into_io_error! {
    CloseInfo, Error, ConnectError, OpenError, SendError, RecvError, TryRecvError, AlreadyClosed, CloseEventError,
    CloseFrameError, ParseCloseCodeError, InvalidReadyState, CopyError,
}

/// Drops the message, which is a JavaScript value and cannot leave its thread, and converts the reason: `get_ref` returns
/// a [`SendError`]. To keep the message, call [`into_message`](SendRawError::into_message) instead.
impl From<SendRawError> for io::Error {
    fn from(error: SendRawError) -> Self {
        error.into_error().into()
    }
}

impl HasKind for CloseInfo {
    fn kind(&self) -> ErrorKind {
        match self.cause() {
            _ if self.timed_out() => ErrorKind::TimedOut,
            CloseCause::Lost if self.was_open() => ErrorKind::ConnectionReset,
            CloseCause::Lost | CloseCause::Blocked => ErrorKind::ConnectionRefused,
            CloseCause::Remote => ErrorKind::ConnectionAborted,
            CloseCause::Local | CloseCause::Timeout => ErrorKind::NotConnected,
        }
    }
}

impl HasKind for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Open(error) => error.kind(),
            Self::Connect(error) => error.kind(),
            Self::Send(error) => error.kind(),
            Self::Recv(error) => error.kind(),
            Self::Closed(info) => info.kind(),
        }
    }
}

impl HasKind for ConnectError {
    fn kind(&self) -> ErrorKind {
        match (self.open_error(), self.close_info()) {
            (Some(error), _) => error.kind(),
            (None, Some(info)) => info.kind(),
            (None, None) => ErrorKind::Other,
        }
    }
}

impl HasKind for OpenError {
    fn kind(&self) -> ErrorKind {
        exception_kind(self.name())
    }
}

impl HasKind for SendError {
    fn kind(&self) -> ErrorKind {
        if self.is_full() || self.is_connecting() {
            return ErrorKind::WouldBlock;
        }
        if !self.is_closed() {
            return ErrorKind::Other;
        }
        match self.close_info().map(HasKind::kind) {
            // Either endpoint has closed in order, or started to: writing is over.
            None | Some(ErrorKind::ConnectionAborted | ErrorKind::NotConnected) => ErrorKind::BrokenPipe,
            Some(kind) => kind,
        }
    }
}

impl HasKind for RecvError {
    fn kind(&self) -> ErrorKind {
        match self.close_info() {
            Some(info) => info.kind(),
            #[cfg(feature = "remote")]
            None if self.is_driver_dropped() => ErrorKind::ConnectionAborted,
            None if self.is_unfinished() => ErrorKind::TimedOut,
            None if self.is_overflow() => ErrorKind::QuotaExceeded,
            None => ErrorKind::InvalidData,
        }
    }
}

impl HasKind for TryRecvError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::WouldBlock,
            Self::Ended => ErrorKind::UnexpectedEof,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl HasKind for AlreadyClosed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotConnected
    }
}

impl HasKind for CloseEventError {
    fn kind(&self) -> ErrorKind {
        exception_kind(self.name())
    }
}

impl HasKind for CloseFrameError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl HasKind for ParseCloseCodeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl HasKind for InvalidReadyState {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl HasKind for CopyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// Returns the kind for the name of an exception.
fn exception_kind(name: &str) -> ErrorKind {
    match name {
        "SyntaxError" => ErrorKind::InvalidInput,
        "SecurityError" | "NS_ERROR_CONTENT_BLOCKED" => ErrorKind::PermissionDenied,
        "NotSupportedError" => ErrorKind::Unsupported,
        _ => ErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::js::exception::JsException;
    use crate::socket::core::recv_queue::RecvErrorKind;
    use crate::socket::error::SendErrorKind;
    use crate::{CloseEvent, CloseFrame, Message};

    /// How a connection closed.
    fn info(cause: CloseCause, was_open: bool, timed_out: bool) -> CloseInfo {
        CloseInfo::new(CloseEvent::abnormal(), cause, was_open, timed_out, None)
    }

    fn kind(error: impl Into<io::Error>) -> ErrorKind {
        error.into().kind()
    }

    fn closed_send(info: Option<CloseInfo>) -> SendError {
        SendError::new(SendErrorKind::Closed, None, info)
    }

    /// Each way to close, with the kinds of `CloseInfo` (and of `ConnectError` and `RecvError`) and of `SendError`.
    #[test]
    fn kind_of_a_closed_connection_tells_losses_timeouts_and_closes_apart() {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, NotConnected, TimedOut};
        for (cause, was_open, timed_out, closed, send) in [
            (CloseCause::Local, true, false, NotConnected, BrokenPipe),
            (CloseCause::Local, true, true, TimedOut, TimedOut),
            (CloseCause::Local, false, false, NotConnected, BrokenPipe),
            (CloseCause::Remote, true, false, ConnectionAborted, BrokenPipe),
            (CloseCause::Lost, true, false, ConnectionReset, ConnectionReset),
            (CloseCause::Lost, false, false, ConnectionRefused, ConnectionRefused),
            (CloseCause::Timeout, false, true, TimedOut, TimedOut),
            (CloseCause::Timeout, true, true, TimedOut, TimedOut),
            (CloseCause::Blocked, false, false, ConnectionRefused, ConnectionRefused),
        ] {
            let info = info(cause, was_open, timed_out);
            assert_eq!(kind(info.clone()), closed, "{info:?}");
            assert_eq!(kind(ConnectError::closed_early(info.clone())), closed, "{info:?}");
            assert_eq!(kind(RecvError::lost(info.clone())), closed, "{info:?}");
            assert_eq!(kind(Error::from(info.clone())), closed, "{info:?}");
            assert_eq!(kind(TryRecvError::Failed(RecvError::lost(info.clone()))), closed, "{info:?}");
            assert_eq!(kind(closed_send(Some(info.clone()))), send, "{info:?}");
        }
        assert_eq!(kind(closed_send(None)), BrokenPipe, "closing");
    }

    #[test]
    fn kind_of_an_exception_is_decided_by_its_name() {
        for (name, expected) in [
            ("SyntaxError", ErrorKind::InvalidInput),
            ("SecurityError", ErrorKind::PermissionDenied),
            ("NS_ERROR_CONTENT_BLOCKED", ErrorKind::PermissionDenied),
            ("NotSupportedError", ErrorKind::Unsupported),
            ("TypeError", ErrorKind::Other),
            ("", ErrorKind::Other),
        ] {
            let error = OpenError::from(JsException::new(name, "message"));
            assert_eq!(kind(error.clone()), expected, "{name}");
            assert_eq!(kind(Error::Open(error.clone())), expected, "{name}");
            let error = ConnectError::from(error);
            assert_eq!(error.is_blocked(), expected == ErrorKind::PermissionDenied, "{name}");
            assert_eq!(kind(error), expected, "{name}");
        }
        assert_eq!(kind(OpenError::unsupported()), ErrorKind::Unsupported);
    }

    #[test]
    fn would_block_is_returned_only_where_a_later_attempt_can_succeed() {
        let send = |kind| SendError::new(kind, Some(Message::from("unsent")), None);
        assert_eq!(kind(send(SendErrorKind::Full)), ErrorKind::WouldBlock);
        assert_eq!(kind(send(SendErrorKind::Connecting)), ErrorKind::WouldBlock);
        assert_eq!(kind(send(SendErrorKind::Thrown(JsException::new("", "")))), ErrorKind::Other);
        assert_eq!(kind(TryRecvError::Empty), ErrorKind::WouldBlock);
        assert_eq!(kind(TryRecvError::Ended), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn kind_of_a_receive_error_tells_limits_timeouts_and_unreadable_messages_apart() {
        for (error, expected) in [
            (RecvErrorKind::Overflow { limit: 10 }, ErrorKind::QuotaExceeded),
            (RecvErrorKind::Unreadable, ErrorKind::InvalidData),
            (RecvErrorKind::Unfinished, ErrorKind::TimedOut),
        ] {
            assert_eq!(kind(RecvError::from(error)), expected, "{error:?}");
        }
    }

    #[test]
    fn io_error_keeps_the_error_and_its_unsent_message() {
        let error = SendError::new(SendErrorKind::Full, Some(Message::from("unsent")), None);
        let io_error = io::Error::from(error.clone());
        assert_eq!(io_error.to_string(), error.to_string());
        assert_eq!(io_error.get_ref().and_then(|inner| inner.downcast_ref()), Some(&error));
        let inner = io_error.into_inner().and_then(|inner| inner.downcast::<SendError>().ok());
        assert_eq!(inner.and_then(|error| error.into_message()), Some(Message::from("unsent")));

        let io_error = io::Error::from(Error::Send(error.clone()));
        assert_eq!(io_error.get_ref().and_then(|inner| inner.downcast_ref()), Some(&Error::Send(error)));
    }

    #[test]
    fn invalid_arguments_are_invalid_input() {
        let frame = CloseFrame::new(1006, "").map(drop).map_err(kind);
        assert_eq!(frame, Err(ErrorKind::InvalidInput));
        assert_eq!("x".parse::<crate::CloseCode>().map(drop).map_err(kind), Err(ErrorKind::InvalidInput));
        assert_eq!(crate::ReadyState::try_from(4).map(drop).map_err(kind), Err(ErrorKind::InvalidInput));
    }
}
