//! The client: `WebSocket` and its parts.

mod builder;
mod close_info;
mod close_on_drop;
mod closed_future;
mod closing;
mod core;
mod error;
mod events;
mod futures;
mod handle;
#[cfg(all(test, not(target_family = "wasm")))]
mod machine_tests;
mod message;
#[cfg(all(any(test, fuzzing), not(target_family = "wasm")))]
mod model;
mod on_message;
mod receiver;
mod sender;
mod streams;

pub use builder::WebSocketBuilder;
pub use close_info::{CloseCause, CloseInfo, InvalidReadyState, ReadyState};
pub use close_on_drop::CloseOnDrop;
pub use closed_future::ClosedFuture;
pub use closing::{ClosingFuture, StateListener};
pub(crate) use core::machine::CLOSE_EVENT_GRACE_MS;
#[cfg(feature = "remote")]
pub(crate) use core::waiters::WaiterKey;
#[cfg(feature = "remote")]
pub(crate) use error::SendErrorKind;
pub use error::{ConnectError, Error, OpenError, RecvError, ReuniteError, SendError, SendRawError, TryRecvError};
pub use events::{Event, Events};
pub use futures::{
    ConnectFuture, FlushFuture, OpenedFuture, ReadyFuture, RecvFuture, RecvRawFuture, SendFuture, SendRawFuture,
};
#[cfg(feature = "remote")]
pub(crate) use handle::redact;
pub use message::Message;
pub use message::raw_message::{CopyError, RawMessage};
#[cfg(fuzzing)]
pub use model::fuzz;
pub use on_message::MessageListener;
pub use receiver::WebSocketReceiver;
pub use sender::{WeakWebSocketSender, WebSocketSender};
#[cfg(feature = "remote")]
pub(crate) use streams::delegate_to_halves;

pub(crate) use self::core::Core;
use crate::CloseFrame;
use ::core::fmt;
use ::core::task::{Context, Poll};
use handle::Handle;
use std::rc::Rc;

/// A WebSocket connection.
///
/// Implements `Stream<Item = Result<Message, RecvError>>` and `Sink<Message>`.
///
/// See the [crate documentation](crate#getting-started) for examples.
///
/// # Drop
///
/// In every state, connecting included: the connection is closed with the
/// [`default_close_frame`](WebSocketBuilder::default_close_frame), 1000 by default. It stays open as long as a
/// [`WebSocketSender`] made from it exists. To keep the raw socket instead, use [`into_raw`](Self::into_raw).
pub struct WebSocket {
    sender: WebSocketSender,
    receiver: WebSocketReceiver,
}

impl WebSocket {
    pub(crate) fn new(core: Rc<Core>) -> Self {
        let handle = Handle::new(core);
        Self { sender: WebSocketSender::new(handle.clone()), receiver: WebSocketReceiver { handle } }
    }

    pub(crate) fn from_halves(sender: WebSocketSender, receiver: WebSocketReceiver) -> Self {
        Self { sender, receiver }
    }

    pub(crate) fn core(&self) -> &Rc<Core> {
        self.sender.core()
    }

    /// Waits until it is open, in the place of its own sender among the waiters.
    fn poll_opened(&self, cx: &Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.sender.poll_opened(cx)
    }

    /// Connects with default options; the same as `WebSocket::builder(url).connect()`.
    ///
    /// # Errors
    ///
    /// See [`WebSocketBuilder::connect`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the socket. To close it from elsewhere while a task owns the future, use
    /// [`ConnectFuture::close_on_drop`].
    pub fn connect(url: &str) -> ConnectFuture {
        builder::connect(url)
    }

    /// Creates a builder to set options for a connection to this URL.
    ///
    /// An invalid URL is an error of [`WebSocketBuilder::connect`] and [`WebSocketBuilder::open`].
    pub fn builder(url: &str) -> WebSocketBuilder {
        WebSocketBuilder::new(url)
    }

    /// Wraps an existing `web_sys::WebSocket`, in any ready state.
    ///
    /// Its `on*` attributes and other listeners stay. `binaryType` is set to `arraybuffer`. Messages and an `open` event
    /// from before this call are not seen. If the socket is closing, [`closed`](Self::closed) resolves as after
    /// [`close`](Self::close). If it is closed and its `close` event has already fired, `closed` resolves within a quarter
    /// of a second with [`CloseCause::Timeout`].
    ///
    /// Dropping the result closes the socket; [`into_raw`](Self::into_raw) releases it.
    #[doc(alias = "adopt")]
    #[must_use = "dropping it closes the socket"]
    pub fn from_raw(raw: web_sys::WebSocket) -> Self {
        WebSocketBuilder::new("").from_raw(raw)
    }

    /// Returns the underlying socket without closing it, restores its `binaryType` and stops listening for messages.
    ///
    /// Queued messages are discarded. Other handles and futures remain: a [`ClosedFuture`] still resolves with the
    /// browser's close event, or by the timeout of a close that had started. A [`WebSocketSender`] can no longer send or
    /// close; its `close()` resolves with [`CloseCause::Timeout`] after `close_timeout` if the socket is still open.
    #[must_use = "the socket stays open"]
    pub fn into_raw(self) -> web_sys::WebSocket {
        self.core().release_raw()
    }

    /// Waits until the connection is open. Resolves immediately if the connection is or was open.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if it closed before it opened.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe; dropping the future does not affect the connection.
    pub fn opened(&self) -> OpenedFuture<'_> {
        self.sender.opened()
    }

    /// Sends a message; see [`WebSocketSender::send`].
    ///
    /// # Errors
    ///
    /// [`SendError`], which contains the message, once the connection is closed or closing.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the message was not sent and is dropped with it.
    pub fn send(&self, message: impl Into<Message>) -> SendFuture<'_> {
        self.sender.send(message)
    }

    /// Sends a message immediately, or fails; see [`WebSocketSender::try_send`].
    ///
    /// [`sender`](Self::sender) returns a handle that has more for event handlers: [`ready`](WebSocketSender::ready),
    /// [`try_send_str`](WebSocketSender::try_send_str), [`try_send_bytes`](WebSocketSender::try_send_bytes), and
    /// [`downgrade`](WebSocketSender::downgrade).
    ///
    /// # Errors
    ///
    /// [`SendError`], which contains the message.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.sender.try_send(message)
    }

    /// Sends what is in JavaScript already; see [`WebSocketSender::send_raw`].
    ///
    /// # Errors
    ///
    /// [`SendRawError`], which contains the message.
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send).
    pub fn send_raw(&self, message: impl Into<RawMessage>) -> SendRawFuture<'_> {
        self.sender.send_raw(message)
    }

    /// Receives the next message; see [`WebSocketReceiver::recv`].
    ///
    /// It borrows the socket until it completes. To send in the meantime, in a `select!` for example, create a
    /// [`sender`](Self::sender) or a [`closed`](Self::closed) future first, or [`split`](Self::split).
    ///
    /// # Errors
    ///
    /// [`RecvError`], once, if the connection did not close normally.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. A message leaves the queue only when it is returned.
    pub fn recv(&mut self) -> RecvFuture<'_> {
        self.receiver.recv()
    }

    /// Receives a message that is queued already; see [`WebSocketReceiver::try_recv`].
    ///
    /// # Errors
    ///
    /// [`TryRecvError`] if none is queued, or the stream has ended.
    pub fn try_recv(&mut self) -> Result<Message, TryRecvError> {
        self.receiver.try_recv()
    }

    /// Receives the next message as a JavaScript value; see [`WebSocketReceiver::recv_raw`].
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_raw(&mut self) -> RecvRawFuture<'_> {
        self.receiver.recv_raw()
    }

    /// Waits until everything sent so far has left the browser's buffer; see [`WebSocketSender::flush`].
    ///
    /// # Errors
    ///
    /// [`SendError`] without a message if the connection closed and something may not have been sent.
    pub fn flush(&self) -> FlushFuture<'_> {
        self.sender.flush()
    }

    /// Starts closing the connection and returns a future for the result.
    ///
    /// Closing starts immediately, even if the future is never polled; queued data is sent first. The future resolves when
    /// the browser fires `close`, or after [`close_timeout`](WebSocketBuilder::close_timeout).
    ///
    /// It may be called any number of times, from any handle: the first frame is used and is available from
    /// [`CloseInfo::requested`]. If the socket is still connecting, the attempt is aborted: the frame cannot be sent, and
    /// the code is 1006. (If the handshake is complete and only the `open` event has not been fired, Firefox still sends the
    /// frame, and reports the peer's answer.) Messages that arrive after this call are not delivered; to receive until the peer closes, use
    /// [`finish`](Self::finish).
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.sender.close(frame)
    }

    /// Half-closes the connection: further sends fail, and messages are still delivered until the peer closes.
    ///
    /// If the peer has not closed, no message has arrived and no buffered byte has left for
    /// [`close_timeout`](WebSocketBuilder::close_timeout), the connection is closed with this frame, as by
    /// [`close`](Self::close), and the stream yields an error before it ends. A peer that never stops sending is never cut
    /// off, as long as there is a receiver (or listener): without one, messages are not listened for, and do not count.
    /// After [`into_raw`](Self::into_raw) nothing closes the connection, and the future waits as [`closed`](Self::closed)
    /// does. WebSocket has no half-close frame, so the peer must learn from your own
    /// protocol that nothing more will be sent.
    pub fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        self.sender.finish(frame)
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.sender.closed()
    }

    /// Waits until the connection starts to close, initiated by either endpoint. Resolves immediately if it is closing or
    /// closed.
    ///
    /// A user interface can show with it that a connection is closing, before [`closed`](Self::closed) resolves.
    pub fn closing(&self) -> ClosingFuture {
        self.sender.closing()
    }

    /// Calls a closure with each change of the state (open, closing, closed), until the returned guard is dropped.
    ///
    /// The closure runs inside the browser's event, or inside the call that changes the state. It may drop its own guard,
    /// and close or drop the connection. What is said of [`ClosingFuture`] about the peer's close holds here, too.
    pub fn on_state_change(&self, callback: impl FnMut(ReadyState) + 'static) -> StateListener {
        self.sender.on_state_change(callback)
    }

    /// Splits into halves that can be moved to different tasks. Both can close and wait for the close.
    #[must_use = "dropping both halves closes the connection"]
    pub fn split(self) -> (WebSocketSender, WebSocketReceiver) {
        (self.sender, self.receiver)
    }

    /// Converts into a stream of [`Event`]s: messages, at most one error, and as its last item how the connection closed.
    ///
    /// To send in the meantime, create a [`sender`](Self::sender) first, or [`split`](Self::split) and call
    /// [`WebSocketReceiver::into_events`]. [`Event::Close`] takes the place of tungstenite's `Message::Close`.
    pub fn into_events(self) -> Events {
        self.receiver.into_events()
    }

    /// Returns a guard that closes the connection with this frame when it is dropped, whatever owns the socket by then.
    ///
    /// For components of a user interface: a task owns the socket, and the component owns the guard. See
    /// [`CloseOnDrop`], also for connections that are not open yet.
    pub fn close_on_drop(&self, frame: CloseFrame) -> CloseOnDrop {
        self.sender.close_on_drop(frame)
    }

    /// Returns another handle that sends and closes, for an event handler or another task.
    #[must_use]
    pub fn sender(&self) -> WebSocketSender {
        self.sender.clone()
    }

    /// Returns the state of the connection. It is [`ReadyState::Closed`] once [`closed`](Self::closed) resolves, even if
    /// the browser is still closing.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.sender.state()
    }

    /// Returns the URL, as the browser resolved it.
    #[must_use]
    pub fn url(&self) -> String {
        self.as_raw().url()
    }

    /// Returns the subprotocol that the server chose. It is empty before the connection is open, and if none was chosen.
    #[must_use]
    pub fn protocol(&self) -> String {
        self.as_raw().protocol()
    }

    /// Returns the extensions that the server chose. It is empty before the connection is open, and if none was chosen.
    #[must_use]
    pub fn extensions(&self) -> String {
        self.as_raw().extensions()
    }

    /// Returns how many bytes of what was sent are in the browser's send buffer.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.sender.buffered_amount()
    }

    /// Returns the browser's own socket, to inspect it or to add listeners.
    ///
    /// Calling `close` on it bypasses `close_timeout` and is reported as [`CloseCause::Remote`] or [`CloseCause::Lost`].
    ///
    /// This crate's listeners are registered first, so tasks that it wakes (microtasks) run before listeners that you add.
    #[must_use]
    pub fn as_raw(&self) -> &web_sys::WebSocket {
        &self.core().raw
    }
}

/// Wraps an existing socket; see [`WebSocket::from_raw`].
impl From<web_sys::WebSocket> for WebSocket {
    fn from(raw: web_sys::WebSocket) -> Self {
        Self::from_raw(raw)
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sender.handle().fmt_debug(f, "WebSocket")
    }
}
