//! The sending half.

use super::close_info::ReadyState;
use super::close_on_drop::CloseOnDrop;
use super::closed_future::ClosedFuture;
use super::closing::{ClosingFuture, StateListener};
use super::core::Core;
use super::core::sending::Sendable;
use super::core::waiters::WaiterKey;
use super::error::{ConnectError, SendError, SendErrorKind};
use super::futures::{FlushFuture, OpenedFuture, ReadyFuture, SendFuture, SendRawFuture};
use super::handle::Handle;
use super::message::Message;
use super::message::raw_message::RawMessage;
use crate::CloseFrame;
use ::core::cell::Cell;
use ::core::fmt;
use ::core::future::Future;
use ::core::panic::RefUnwindSafe;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_sink::Sink;
use std::rc::{Rc, Weak};

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
    /// This handle's place among the waiters, as a sink.
    key: WaiterKey,
    /// Its place in `poll_flush`: a message that is sent later must not inherit it, nor must a flush take the other's.
    flush_key: WaiterKey,
    /// The place that the last `ready` had, for the `try_send` that follows; 0 without one.
    turn: Cell<u64>,
    closing: Option<ClosedFuture>,
}

/// Invariants hold whenever user code runs, so observing `&self` after a caught panic is safe.
impl RefUnwindSafe for WebSocketSender {}

impl WebSocketSender {
    pub(crate) fn new(handle: Handle) -> Self {
        Self {
            handle,
            key: WaiterKey::default(),
            flush_key: WaiterKey::default(),
            turn: Cell::default(),
            closing: None,
        }
    }

    pub(crate) fn turn(&self) -> &Cell<u64> {
        &self.turn
    }

    pub(crate) fn core(&self) -> &Rc<Core> {
        &self.handle.core
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Sends a message, after waiting until the connection is open and less than the
    /// [high-water mark](crate::WebSocketBuilder::send_high_water_mark) is buffered.
    ///
    /// Sends through all handles of a connection go out in the order in which their futures were first polled. A future
    /// that was woken and is not polled again, such as one that is kept in a struct, is passed over by the others after four
    /// polls of the buffer (see [`flush`](Self::flush)), each in a task of its own. The same goes for a `Sink` whose `feed`
    /// or `send` was dropped while it waited: it keeps its place for the next one.
    ///
    /// Completion means that the browser has taken the message. It does not mean that the peer has received it; only an
    /// answer shows that. To wait until it has left the browser's buffer, use [`flush`](Self::flush).
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
    /// yet ([`is_connecting`](SendError::is_connecting)), and while the buffer is full or other sends wait
    /// ([`is_full`](SendError::is_full)).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let message = message.into();
        let sent = self.try_send_in_turn(&message);
        sent.map_err(|kind| self.core().send_error(kind, Some(message)))
    }

    /// Sends in the place of the last `ready`, which is used up unless the buffer is full.
    fn try_send_in_turn<T: Sendable + ?Sized>(&self, message: &T) -> Result<(), SendErrorKind> {
        let turn = self.turn.take();
        let sent = self.core().try_send(message, &WaiterKey::from_ticket(turn));
        self.core().schedule_send_buffer_poll();
        if let Err(SendErrorKind::Full) = sent {
            self.turn.set(turn);
        }
        sent
    }

    /// Sends text immediately without copying it into a [`Message`] first, or fails.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send), but without the message, which you still have.
    pub fn try_send_str(&self, text: &str) -> Result<(), SendError> {
        self.try_send_borrowed(text)
    }

    /// Sends bytes immediately without copying them into a [`Message`] first, or fails.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send), but without the message, which you still have.
    pub fn try_send_bytes(&self, bytes: &[u8]) -> Result<(), SendError> {
        self.try_send_borrowed(bytes)
    }

    fn try_send_borrowed<T: Sendable + ?Sized>(&self, message: &T) -> Result<(), SendError> {
        let sent = self.try_send_in_turn(message);
        sent.map_err(|kind| self.core().send_error(kind, None))
    }

    /// Sends what is in JavaScript already: a received [`RawMessage`], a string, an `ArrayBuffer` or a `Blob`. Nothing is
    /// copied into wasm memory; otherwise like [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// [`SendRawError`](crate::SendRawError), which contains the message, once the connection is closed or closing.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the message was not sent and is dropped with it.
    pub fn send_raw(&self, message: impl Into<RawMessage>) -> SendRawFuture<'_> {
        SendRawFuture::new(self, message.into())
    }

    /// Waits until a message can be sent immediately, in order with other waiting sends.
    ///
    /// The next [`try_send`](Self::try_send) of this handle (or `try_send_str`, `try_send_bytes`) that does not fail because
    /// the buffer is full has the place that this had among the sends that wait. No capacity is reserved: if another handle sends in between, `try_send` can be full
    /// again, so call it before the next `await`, or in a loop. [`send`](Self::send) waits by itself.
    ///
    /// # Errors
    ///
    /// [`SendError`] without a message once the connection is closed or closing.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe; dropping the future does not affect the connection.
    pub fn ready(&self) -> ReadyFuture<'_> {
        ReadyFuture::new(self)
    }

    /// Waits until everything that was sent before this call has left the browser's buffer.
    ///
    /// There is no timeout: this takes as long as the peer takes to read, because a slow peer is not a dead one. The buffer
    /// is polled, first after 1 ms and at most 64 ms apart (200 ms while no task waits and bytes are left), because browsers
    /// fire no event for it; in a hidden page they delay the timer to one second and more, unless messages arrive meanwhile.
    /// If the connection starts to close before the bytes have left, this waits for the rest, or for the close: a clean one
    /// means that everything was sent.
    ///
    /// It reports no more than `bufferedAmount` does. WebKit hands data to its network process immediately, so there this
    /// may complete before the peer has read anything. What must not be lost needs an answer from the peer.
    ///
    /// With `SinkExt` in scope, `flush` on a `&mut WebSocketSender` or `&mut WebSocket` is that of the sink, which waits for
    /// capacity only. Write `WebSocket::flush(ws)` or `(*ws).flush()`.
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

    /// Waits until the connection starts to close; see [`WebSocket::closing`](crate::WebSocket::closing).
    pub fn closing(&self) -> ClosingFuture {
        ClosingFuture::new(self.core())
    }

    /// Calls a closure with each change of the state; see [`WebSocket::on_state_change`](crate::WebSocket::on_state_change).
    pub fn on_state_change(&self, callback: impl FnMut(ReadyState) + 'static) -> StateListener {
        StateListener::new(self.core(), callback)
    }

    /// Returns a handle that does not keep the connection open.
    #[must_use]
    pub fn downgrade(&self) -> WeakWebSocketSender {
        WeakWebSocketSender { core: Rc::downgrade(self.core()) }
    }

    /// Returns a guard that closes the connection with this frame when it is dropped; see
    /// [`WebSocket::close_on_drop`](crate::WebSocket::close_on_drop).
    pub fn close_on_drop(&self, frame: CloseFrame) -> CloseOnDrop {
        CloseOnDrop::of_connection(self.core(), frame)
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
        &self.core().raw
    }

    /// Returns how many bytes of what was sent are in the browser's send buffer.
    ///
    /// Bytes that were once seen to have left it stay left, also if a script sends on the raw socket.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.core().buffered_amount()
    }

    /// Waits until the connection is open, in this handle's place among the waiters as a sink.
    pub(crate) fn poll_opened(&self, cx: &Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.core().poll_opened(&self.key, cx)
    }
}

impl Clone for WebSocketSender {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl Drop for WebSocketSender {
    fn drop(&mut self) {
        self.core().waiters.deregister(&self.key);
        self.core().waiters.deregister(&self.flush_key);
    }
}

/// A [`WebSocketSender`] that does not keep the connection open, created by
/// [`downgrade`](WebSocketSender::downgrade).
///
/// For event handlers that live longer than the connection should, such as those of a button.
#[derive(Clone)]
pub struct WeakWebSocketSender {
    core: Weak<Core>,
}

impl WeakWebSocketSender {
    /// Returns a [`WebSocketSender`], unless the last handle was dropped.
    #[must_use]
    pub fn upgrade(&self) -> Option<WebSocketSender> {
        let core = self.core.upgrade().filter(|core| core.handles.get() > 0)?;
        Some(WebSocketSender::new(Handle::new(core)))
    }
}

impl fmt::Debug for WeakWebSocketSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakWebSocketSender")
    }
}

impl fmt::Debug for WebSocketSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt_debug(f, "WebSocketSender")
    }
}

/// Waits for capacity as [`send`](WebSocketSender::send) does, in the same order.
///
/// - `poll_flush` is ready once the browser has the messages and its buffer has capacity for another one, so that
///   `SinkExt::send` costs no more than `send`. To wait until the messages have left the buffer, use
///   [`flush`](WebSocketSender::flush).
/// - `poll_close` closes the connection with the
///   [`default_close_frame`](crate::WebSocketBuilder::default_close_frame) at once, and waits for the close. The browser
///   sends the Close frame after everything that is buffered, and the `close_timeout` starts anew while bytes leave.
///
/// # Errors
///
/// As [`send`](WebSocketSender::send), with the message. `poll_close` fails only if something may not have been sent when
/// the connection closed, as far as `bufferedAmount` shows it (in WebKit all has left it at once, see
/// [`flush`](WebSocketSender::flush)); use [`closed`](WebSocketSender::closed) for the close info.
impl Sink<Message> for WebSocketSender {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        // A flush that was cancelled waits no longer.
        self.core().waiters.deregister(&self.flush_key);
        self.core().poll_writable(&self.key, cx).map(|_| Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        // `poll_ready` found capacity. If another handle has used it since, this exceeds the mark by one message.
        let sent = self.core().send_over_mark(&message);
        sent.map_err(|kind| self.core().send_error(kind, Some(message)))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.core().poll_capacity(&self.flush_key, cx).map(Ok)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if self.closing.is_none() && !self.core().is_detached() {
            self.closing = Some(self.handle.closed());
            self.core().close_with_default();
        }
        let is_closed = self.closing.as_mut().is_some_and(|closing| Pin::new(closing).poll(cx).is_ready());
        // After `into_raw` the socket is not ours to close and may never close. Checked after polling, because closing
        // wakes tasks that may call `into_raw`.
        if !is_closed && !self.core().is_detached() {
            return Poll::Pending;
        }
        Poll::Ready(self.core().all_flushed())
    }
}
