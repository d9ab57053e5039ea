//! The receiving half.

use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::error::RecvError;
use super::handle::Handle;
use super::{Message, MessageListener, RawMessage};
use crate::CloseFrame;
use ::core::fmt;
use ::core::future::{Future, poll_fn};
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::{FusedStream, Stream};

/// Receives messages; made by [`WebSocket::split`](crate::WebSocket::split).
///
/// As a [`Stream`] it yields what [`recv`](Self::recv) does.
///
/// # Drop
///
/// Messages that were not taken are dropped, and later ones are not kept. The connection is closed when the
/// [`WebSocketSender`](crate::WebSocketSender)s are gone as well.
pub struct WebSocketReceiver {
    pub(crate) handle: Handle,
}

impl WebSocketReceiver {
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
    /// [`RecvError`] if the connection was lost or given up, more waited than `recv_limit` allows, or a message
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

    /// The next message, still JavaScript's own value; otherwise as [`recv`](Self::recv).
    ///
    /// Nothing is copied into wasm memory. With a [`recv_limit`](crate::WebSocketBuilder::recv_limit) limit, text has been
    /// there already to be counted.
    ///
    /// ```no_run
    /// # async fn f(mut receiver: onclose::WebSocketReceiver, mut frame: Vec<u8>) -> Result<(), onclose::RecvError> {
    /// while let Some(message) = receiver.recv_raw().await {
    ///     if let Ok(bytes) = message?.copy_to(&mut frame) {
    ///         show(&frame[..bytes]);
    ///     }
    /// }
    /// # Ok(()) }
    /// # fn show(_: &[u8]) {}
    /// ```
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn recv_raw(&mut self) -> impl Future<Output = Option<Result<RawMessage, RecvError>>> {
        poll_fn(|cx| self.handle.core.poll_take(cx))
    }

    /// Calls a closure with each message, as the messages come: the stream without a task.
    ///
    /// It is called with what [`recv`](Self::recv) would return, up to the end: with the messages in order, those that
    /// wait already before this returns, and once with an error if the end is not a proper one. Then it is freed.
    /// [`closed`](Self::closed) tells of the end itself.
    ///
    /// ```no_run
    /// # async fn f(socket: onclose::WebSocket) {
    /// let (sender, receiver) = socket.split();
    /// let listener = receiver.on_message(move |message| match message {
    ///     Ok(message) => show(&message),
    ///     Err(error) => eprintln!("{error}"),
    /// });
    /// # drop((sender, listener)); }
    /// # fn show(_: &onclose::Message) {}
    /// ```
    ///
    /// # Callbacks
    ///
    /// The closure runs inside the browser's event. It may drop its own guard, send, close the connection or open a new
    /// one. If it brings about another message, it is called with that one once it has returned. If it panics where
    /// panics unwind, it is not called again, and the connection goes on unread.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn on_message<F>(self, callback: F) -> MessageListener
    where
        F: FnMut(Result<Message, RecvError>) + 'static,
    {
        MessageListener::new(self, callback)
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

impl Stream for WebSocketReceiver {
    type Item = Result<Message, RecvError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.handle.core.poll_take(cx)
    }
}

impl FusedStream for WebSocketReceiver {
    fn is_terminated(&self) -> bool {
        self.handle.core.is_over()
    }
}

impl Drop for WebSocketReceiver {
    fn drop(&mut self) {
        self.handle.core.abandon();
    }
}

impl fmt::Debug for WebSocketReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.describe(f, "WebSocketReceiver")
    }
}
