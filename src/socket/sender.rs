//! The sending half.

use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::core::Core;
use super::core::waiters::WaiterKey;
use super::error::{ConnectError, SendError, SendErrorKind};
use super::futures::{FlushFuture, OpenedFuture, SendFuture};
use super::handle::Handle;
use super::message::Message;
use crate::CloseFrame;
use ::core::cell::Cell;
use ::core::fmt;
use ::core::future::Future;
use ::core::panic::RefUnwindSafe;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_sink::Sink;
use std::rc::Rc;

/// A cloneable handle for sending messages and closing the connection.
///
/// Created by [`WebSocket::split`](crate::WebSocket::split) and [`WebSocket::sender`](crate::WebSocket::sender). Every
/// method takes `&self`, so an event handler or another task can own one.
///
/// # Drop
///
/// The connection is closed, with the [`default_close_frame`](crate::WebSocketBuilder::default_close_frame), when the
/// last `WebSocketSender` *and* the [`WebSocketReceiver`](crate::WebSocketReceiver) or [`WebSocket`](crate::WebSocket) are
/// dropped.
pub struct WebSocketSender {
    handle: Handle,
    /// This handle's places among the waiters, as a sink.
    writable: WaiterKey,
    flushed: WaiterKey,
    /// The byte count that the `poll_flush` in progress waits for. A `Sink` is not told when a flush is abandoned, so the
    /// next send through this handle clears it.
    flush_target: Cell<Option<u64>>,
    closing: Option<ClosedFuture>,
}

/// Invariants hold whenever user code runs, so observing `&self` after a caught panic is safe.
impl RefUnwindSafe for WebSocketSender {}

impl WebSocketSender {
    pub(crate) fn new(handle: Handle) -> Self {
        Self {
            handle,
            writable: WaiterKey::default(),
            flushed: WaiterKey::default(),
            flush_target: Cell::default(),
            closing: None,
        }
    }

    pub(crate) fn core(&self) -> &Rc<Core> {
        &self.handle.core
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Sends a message, after waiting until the connection is open and less than the high-water mark is buffered.
    ///
    /// Completion means that the browser has taken the message, in order with the others. It does not mean that the peer
    /// has received it; only an answer tells that. To wait until it has left the browser's buffer, use
    /// [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// [`SendError`], which contains the message, once the connection is closed or closing, initiated by either endpoint.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the message was not sent and is dropped with it.
    pub fn send(&self, message: impl Into<Message>) -> SendFuture<'_> {
        SendFuture::new(self, message.into())
    }

    /// Sends a message immediately, or fails.
    ///
    /// # Errors
    ///
    /// [`SendError`], which contains the message: in the cases of [`send`](Self::send), while the connection is not open
    /// yet ([`is_connecting`](SendError::is_connecting)), and while the buffer is full ([`is_full`](SendError::is_full)).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let message = message.into();
        let sent = self.core().try_send(&message);
        self.finish_send(sent, Some(message))
    }

    /// Waits until everything sent so far has left the browser's buffer (`bufferedAmount` is 0).
    ///
    /// There is no timeout: this takes as long as the peer takes to read, because a slow peer is not a dead one. If the
    /// connection starts to close before the buffer is empty, this waits for the close: only a clean close tells that
    /// everything was sent.
    ///
    /// It reports no more than `bufferedAmount` does. WebKit hands data to its network process immediately, so there this
    /// may complete before the peer has read anything. What must not be lost needs an answer from the peer.
    ///
    /// # Errors
    ///
    /// [`SendError`] without a message if the connection closed and something may not have been sent.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe; dropping the future does not affect the connection.
    pub fn flush(&self) -> FlushFuture<'_> {
        FlushFuture::new(self.core())
    }

    /// Closes the connection; see [`WebSocket::close`](crate::WebSocket::close).
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.close(frame)
    }

    /// Stops sending and lets the peer finish; see [`WebSocket::finish`](crate::WebSocket::finish).
    pub fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.finish(frame)
    }

    /// Waits until the connection is open; see [`WebSocket::opened`](crate::WebSocket::opened).
    ///
    /// # Errors
    ///
    /// [`ConnectError`](crate::ConnectError) if it closed before it opened.
    pub fn opened(&self) -> OpenedFuture<'_> {
        OpenedFuture::new(self.core())
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.handle.closed()
    }

    /// Returns the state of the connection.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.core().state()
    }

    /// Returns how many bytes are in the browser's send buffer.
    #[must_use]
    pub fn buffered_amount(&self) -> u32 {
        self.core().raw.buffered_amount()
    }

    /// Waits until the connection is open, in this handle's place among the waiters as a sink.
    pub(crate) fn poll_opened(&self, cx: &Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.core().poll_opened(&self.writable, cx)
    }

    /// Returns the message in the error if it was not sent.
    pub(crate) fn finish_send(
        &self,
        sent: Result<(), SendErrorKind>,
        message: Option<Message>,
    ) -> Result<(), SendError> {
        match sent {
            Ok(()) => {
                self.flush_target.set(None);
                Ok(())
            }
            Err(kind) => Err(self.core().send_error(kind, message)),
        }
    }
}

impl Clone for WebSocketSender {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl Drop for WebSocketSender {
    fn drop(&mut self) {
        self.core().waiters.deregister(&self.writable);
        self.core().waiters.deregister(&self.flushed);
    }
}

impl fmt::Debug for WebSocketSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt_debug(f, "WebSocketSender")
    }
}

/// Waits for capacity as [`send`](WebSocketSender::send) does. Closing the sink flushes it, closes the connection with the
/// [`default_close_frame`](crate::WebSocketBuilder::default_close_frame), and waits for the close.
///
/// # Errors
///
/// As `send` and [`flush`](WebSocketSender::flush). `poll_close` fails only if something may not have been sent when the
/// connection closed; use [`closed`](WebSocketSender::closed) for the close info. It gives up if no byte leaves the buffer
/// for `close_timeout`.
impl Sink<Message> for WebSocketSender {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.core().poll_writable(&self.writable, cx).map(Ok)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        // `poll_ready` found capacity. If another handle has used it since, this exceeds the mark by one message.
        let sent = self.core().send_over_mark(&message);
        self.finish_send(sent, Some(message))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let target = self.flush_target.get().unwrap_or_else(|| self.core().send_buffer.sent());
        self.flush_target.set(Some(target));
        let flushed = self.core().poll_flushed(target, &self.flushed, cx);
        if flushed.is_ready() {
            self.flush_target.set(None);
        }
        flushed
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if self.closing.is_none() && !self.core().is_detached() {
            self.closing = Some(self.handle.closed());
            self.core().drain();
        }
        let is_closed = self.closing.as_mut().is_some_and(|closing| Pin::new(closing).poll(cx).is_ready());
        // After `into_raw` the socket is not ours to close and may never close. Checked after polling, because `drain`
        // wakes tasks that may call `into_raw`.
        if !is_closed && !self.core().is_detached() {
            return Poll::Pending;
        }
        if is_closed {
            // The target of an unfinished flush is dropped, so that the result covers everything that was sent.
            self.flush_target.set(None);
        }
        self.poll_flush(cx)
    }
}
