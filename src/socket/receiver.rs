//! The receiving half.

use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::error::RecvError;
use super::futures::{RecvFuture, RecvRawFuture};
use super::handle::Handle;
use super::message::Message;
use super::on_message::MessageListener;
use crate::CloseFrame;
use ::core::fmt;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::{FusedStream, Stream};

/// Receives messages; created by [`WebSocket::split`](crate::WebSocket::split).
///
/// As a [`Stream`] it yields what [`recv`](Self::recv) returns.
///
/// # Drop
///
/// Queued messages are dropped, and later ones are discarded. The connection is closed once all
/// [`WebSocketSender`](crate::WebSocketSender)s are dropped as well.
pub struct WebSocketReceiver {
    pub(crate) handle: Handle,
}

impl WebSocketReceiver {
    /// Receives the next message.
    ///
    /// - `Some(Ok(message))`: the messages in order. Those received before the close are always delivered first.
    /// - `None`: the connection closed with a Close frame from the peer, or by our own `close`. Later calls return `None`
    ///   again.
    /// - `Some(Err(error))`: the connection did not close normally. The error is returned once, after all messages; later
    ///   calls return `None`.
    ///
    /// After our own `close`, browsers deliver no further messages. To receive until the peer closes, use
    /// [`WebSocket::finish`](crate::WebSocket::finish).
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the connection was lost or timed out, `recv_limit` was exceeded, or a message could not be read.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. A message leaves the queue only when it is returned.
    pub fn recv(&mut self) -> RecvFuture<'_> {
        RecvFuture::new(&self.handle.core)
    }

    /// Receives the next message as a JavaScript value; otherwise like [`recv`](Self::recv).
    ///
    /// Nothing is copied into wasm memory, except that a [`recv_limit`](crate::WebSocketBuilder::recv_limit) copies text
    /// to count its bytes.
    ///
    #[doc = concat!("```no_run\n", include_str!("../../docs/samples/recv_raw.rs"), "```")]
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_raw(&mut self) -> RecvRawFuture<'_> {
        RecvRawFuture::new(&self.handle.core)
    }

    /// Delivers messages to a callback instead of a task.
    ///
    /// The callback gets what [`recv`](Self::recv) returns: the messages in order, those that are already queued before
    /// this method returns, and one error if the connection did not close normally. It is freed then. Use
    /// [`closed`](Self::closed) for the close itself.
    ///
    #[doc = concat!("```no_run\n", include_str!("../../docs/samples/on_message.rs"), "```")]
    ///
    /// # Callbacks
    ///
    /// The callback runs inside the browser's event. It may drop its own guard, send, close the connection or open a new
    /// one. A message that arrives while it runs is delivered after it has returned. If it panics with
    /// `panic = "unwind"`, it is not called again, and further messages are discarded.
    pub fn on_message<F>(self, callback: F) -> MessageListener
    where
        F: FnMut(Result<Message, RecvError>) + 'static,
    {
        MessageListener::new(self, callback)
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.handle.closed()
    }

    /// Returns the state of the connection.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.handle.core.state()
    }

    /// Stops sending and lets the peer finish; see [`WebSocket::finish`](crate::WebSocket::finish).
    pub fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.finish(frame)
    }

    /// Closes the connection; see [`WebSocket::close`](crate::WebSocket::close).
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.close(frame)
    }
}

impl Stream for WebSocketReceiver {
    type Item = Result<Message, RecvError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.handle.core.poll_recv(cx)
    }
}

impl FusedStream for WebSocketReceiver {
    fn is_terminated(&self) -> bool {
        self.handle.core.is_stream_terminated()
    }
}

impl Drop for WebSocketReceiver {
    fn drop(&mut self) {
        self.handle.core.reader_dropped();
    }
}

impl fmt::Debug for WebSocketReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt_debug(f, "WebSocketReceiver")
    }
}
