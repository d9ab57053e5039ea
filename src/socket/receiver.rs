//! The receiving half.

use super::WebSocket;
use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::closing::{ClosingFuture, StateListener};
use super::error::{RecvError, ReuniteError, TryRecvError};
use super::events::Events;
use super::futures::{OpenedFuture, RecvFuture, RecvRawFuture};
use super::handle::Handle;
use super::message::Message;
use super::on_message::MessageListener;
use super::sender::WebSocketSender;
use crate::CloseFrame;
use ::core::fmt;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::{FusedStream, Stream};
use std::rc::Rc;

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

    /// Receives a message that is queued already.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if none is queued, [`TryRecvError::Ended`] after the last one, and once
    /// [`TryRecvError::Failed`] if the connection did not close normally.
    pub fn try_recv(&mut self) -> Result<Message, TryRecvError> {
        match self.handle.core.try_recv() {
            Poll::Ready(Some(Ok(message))) => Ok(message),
            Poll::Ready(Some(Err(error))) => Err(TryRecvError::Failed(error)),
            Poll::Ready(None) => Err(TryRecvError::Ended),
            Poll::Pending => Err(TryRecvError::Empty),
        }
    }

    /// Receives the next message as a JavaScript value; otherwise like [`recv`](Self::recv).
    ///
    /// Nothing is copied into wasm memory.
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

    /// Converts into a stream of events whose last item is the close; see
    /// [`WebSocket::into_events`](crate::WebSocket::into_events).
    pub fn into_events(self) -> Events {
        Events::new(self)
    }

    /// Reunites this half with a [`WebSocketSender`] of the same connection.
    ///
    /// # Errors
    ///
    /// [`ReuniteError`], which contains both, if they are of different connections.
    pub fn reunite(self, sender: WebSocketSender) -> Result<WebSocket, ReuniteError> {
        match Rc::ptr_eq(&self.handle.core, sender.core()) {
            true => Ok(WebSocket::from_halves(sender, self)),
            false => Err(ReuniteError(sender, self)),
        }
    }

    /// Waits until the connection is open; see [`WebSocket::opened`](crate::WebSocket::opened).
    ///
    /// # Errors
    ///
    /// [`ConnectError`](crate::ConnectError) if it closed before it opened.
    pub fn opened(&self) -> OpenedFuture<'_> {
        OpenedFuture::new(&self.handle.core)
    }

    /// Waits until the connection starts to close; see [`WebSocket::closing`](crate::WebSocket::closing).
    pub fn closing(&self) -> ClosingFuture {
        ClosingFuture::new(&self.handle.core)
    }

    /// Calls a closure with each change of the state; see [`WebSocket::on_state_change`](crate::WebSocket::on_state_change).
    pub fn on_state_change(&self, callback: impl FnMut(ReadyState) + 'static) -> StateListener {
        StateListener::new(&self.handle.core, callback)
    }

    /// Returns the URL, as the browser resolved it.
    #[must_use]
    pub fn url(&self) -> String {
        self.as_raw().url()
    }

    /// Returns the subprotocol that the server chose; see [`WebSocket::protocol`](crate::WebSocket::protocol).
    #[must_use]
    pub fn protocol(&self) -> String {
        self.as_raw().protocol()
    }

    /// Returns the browser's own socket; see [`WebSocket::as_raw`](crate::WebSocket::as_raw).
    #[must_use]
    pub fn as_raw(&self) -> &web_sys::WebSocket {
        &self.handle.core.raw
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
