//! The receiving half.

use super::Message;
use super::closed::ReadyState;
use super::ended::ClosedFuture;
use super::error::RecvError;
use super::handle::Handle;
use crate::CloseFrame;
use ::core::fmt;
use ::core::future::{Future, poll_fn};
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::{FusedStream, Stream};
use std::rc::Rc;

/// Receives messages; made by [`WebSocket::split`](crate::WebSocket::split).
///
/// As a [`Stream`] it yields what [`recv`](Self::recv) does.
///
/// # Drop
///
/// Messages that were not taken are dropped, and later ones are not kept. The connection is closed when the
/// [`Sender`](crate::Sender)s are gone as well.
pub struct Receiver {
    pub(crate) handle: Rc<Handle>,
}

impl Receiver {
    /// The next message.
    ///
    /// - `Some(Ok(message))`: messages in the order in which they came, also those that came before an end that is
    ///   known already;
    /// - `None`: the end, after a Close frame from the peer or our own `close`; it stays `None`;
    /// - `Some(Err(error))`: the end was not a proper one. It comes once, after all messages; then `None` for ever.
    ///
    /// After our own `close`, browsers deliver nothing more; to hear the peer out, see
    /// [`WebSocket::finish`](crate::WebSocket::finish).
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the connection was lost or given up, more waited than `recv_buffer` allows, or a message
    /// could not be read.
    ///
    /// # Cancel safety
    ///
    /// A message leaves the queue only when it is returned, so a dropped `recv` loses nothing.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn recv(&mut self) -> impl Future<Output = Option<Result<Message, RecvError>>> {
        poll_fn(|cx| self.handle.core.poll_take(cx))
    }

    /// Waits for the end of the connection, whoever brings it about.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.handle.closed()
    }

    /// The state of the connection.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.handle.core.state()
    }

    /// Sends no more, but lets the peer finish; the same as [`WebSocket::finish`](crate::WebSocket::finish).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.finish(frame)
    }

    /// Closes the connection; the same as [`WebSocket::close`](crate::WebSocket::close).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.close(frame)
    }
}

impl Stream for Receiver {
    type Item = Result<Message, RecvError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.handle.core.poll_take(cx)
    }
}

impl FusedStream for Receiver {
    fn is_terminated(&self) -> bool {
        self.handle.core.is_over()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.handle.core.abandon();
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.describe(f, "Receiver")
    }
}
