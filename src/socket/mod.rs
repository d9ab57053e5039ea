//! The whole socket: `WebSocket` and its parts.

mod builder;
mod close_info;
mod closed_future;
mod core;
mod error;
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
pub use close_info::{CloseCause, CloseInfo, ReadyState};
pub use closed_future::ClosedFuture;
pub use error::{ConnectError, OpenError, RecvError, SendError};
pub use message::Message;
pub use message::raw_message::{CopyError, RawMessage};
#[cfg(fuzzing)]
pub use model::fuzz;
pub use on_message::MessageListener;
pub use receiver::WebSocketReceiver;
pub use sender::{SendFuture, WebSocketSender};

use self::core::Core;
use crate::CloseFrame;
use ::core::fmt;
use ::core::future::Future;
use handle::Handle;
use std::rc::Rc;

/// A WebSocket connection of our own: a `Stream` and a `Sink`, with an end that can be awaited.
///
/// ```no_run
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use onclose::{CloseCause, CloseFrame, WebSocket};
///
/// let mut ws = WebSocket::connect("wss://example.com/feed").await?;
/// ws.send("hello").await?;
/// while let Some(message) = ws.recv().await {
///     println!("{}", message?); // an error if the connection was lost
/// }
/// let closed = ws.closed().await; // known by now
/// if closed.cause() == CloseCause::Remote && closed.code() == 4001 {
///     // the server asks us to log in again
/// }
/// # Ok(()) }
/// ```
///
/// # Drop
///
/// In every state, connecting included: listeners are removed first, then the connection is closed with the
/// [`default_close_frame`](WebSocketBuilder::default_close_frame) frame, 1000 by default. While a [`WebSocketSender`] made from it lives, the connection stays
/// open. To keep the raw socket instead, see [`into_raw`](Self::into_raw).
pub struct WebSocket {
    sender: WebSocketSender,
    receiver: WebSocketReceiver,
}

impl WebSocket {
    pub(crate) fn new(core: Rc<Core>) -> Self {
        let handle = Handle::new(core);
        Self { sender: WebSocketSender::new(handle.clone()), receiver: WebSocketReceiver { handle } }
    }

    /// Connects, with default options; the same as `WebSocket::builder(url).connect()`.
    ///
    /// # Errors
    ///
    /// See [`WebSocketBuilder::connect`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the socket.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn connect(url: &str) -> impl Future<Output = Result<Self, ConnectError>> + use<> {
        builder::connect(url.to_owned())
    }

    /// Starts to set options for a connection to this URL.
    ///
    /// # Panics
    ///
    /// Never: a bad URL is an error of [`WebSocketBuilder::connect`] and [`WebSocketBuilder::open`].
    pub fn builder(url: &str) -> WebSocketBuilder {
        WebSocketBuilder::new(url)
    }

    /// Takes over a socket that exists already, in whatever state it is.
    ///
    /// Its `on*` attributes and other listeners stay. `binaryType` is set to `arraybuffer`. Messages and an `open` that
    /// came before this call are not seen. If the socket is closing, its end is waited for as after
    /// [`close`](Self::close); if it is closed and its event is gone, [`closed`](Self::closed) resolves within a quarter
    /// of a second with [`CloseCause::Timeout`].
    ///
    /// Dropping the result closes the socket; [`into_raw`](Self::into_raw) gives it back.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use = "dropping it closes the socket"]
    pub fn from_raw(raw: web_sys::WebSocket) -> Self {
        WebSocketBuilder::new("").from_raw(raw)
    }

    /// Gives the raw socket back, as open as it is, with its `binaryType` as it was and our listeners removed.
    ///
    /// As long as other handles or futures of the end exist, we go on listening for what they may wait for, and nothing
    /// else. Messages that were received and not taken are dropped. A [`ClosedFuture`] goes on waiting for what the
    /// browser reports, and to the deadline if closing had begun. A [`WebSocketSender`] sends no more and closes nothing: the future of
    /// its `close` ends with [`CloseCause::Timeout`] if nobody else closes the socket in that time.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use = "the socket stays open"]
    pub fn into_raw(self) -> web_sys::WebSocket {
        self.sender.handle.core.give_back()
    }

    /// Waits until the connection is open; at once, if it is or was.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if it ended before it opened.
    ///
    /// # Cancel safety
    ///
    /// Dropping it changes nothing; the socket goes on connecting.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn opened(&self) -> impl Future<Output = Result<(), ConnectError>> {
        self.sender.opened()
    }

    /// Sends a message; see [`WebSocketSender::send`].
    ///
    /// # Errors
    ///
    /// [`SendError`], with the message in it, once the connection has ended or begun to close.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it has not sent the message.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn send(&self, message: impl Into<Message>) -> SendFuture<'_> {
        self.sender.send(message)
    }

    /// Sends a message now, or not at all; see [`WebSocketSender::try_send`].
    ///
    /// # Errors
    ///
    /// [`SendError`], with the message in it.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.sender.try_send(message)
    }

    /// The next message, or the end; see [`WebSocketReceiver::recv`].
    ///
    /// It borrows the socket until it is done: to send meanwhile, in a `select!` for example, make a
    /// [`sender`](Self::sender) or a [`closed`](Self::closed) future first, or [`split`](Self::split).
    ///
    /// # Errors
    ///
    /// [`RecvError`], once, if the end was not a proper one.
    ///
    /// # Cancel safety
    ///
    /// A dropped `recv` loses nothing.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn recv(&mut self) -> impl Future<Output = Option<Result<Message, RecvError>>> {
        self.receiver.recv()
    }

    /// The next message, still JavaScript's own value; see [`WebSocketReceiver::recv_raw`].
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
        self.receiver.recv_raw()
    }

    /// Waits until everything sent so far has been handed to the network; see [`WebSocketSender::flush`].
    ///
    /// # Errors
    ///
    /// [`SendError`] without a message, if the connection ended before that.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn flush(&self) -> impl Future<Output = Result<(), SendError>> {
        self.sender.flush()
    }

    /// Closes the connection, and returns a future of how it ended.
    ///
    /// Closing begins at once, whether the future is polled or not; what was sent before goes out first. The future
    /// resolves when the browser reports the end or [`close_timeout`](WebSocketBuilder::close_timeout) has passed, so it never
    /// hangs.
    ///
    /// It can be called any number of times, from any handle: the first frame wins and is kept in
    /// [`CloseInfo::requested`]. A connection that is still being made is given up; its code cannot be sent then, and the
    /// end says so with 1006. Messages that are on their way are not delivered any more; to hear the peer out, see
    /// [`finish`](Self::finish).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.sender.close(frame)
    }

    /// Stops sending, goes on receiving, and closes when the peer does.
    ///
    /// From here on sending fails, and messages the peer still sends are delivered. If the peer has not closed when
    /// [`close_timeout`](WebSocketBuilder::close_timeout) has passed, the connection is closed with this frame as by
    /// [`close`](Self::close). How the peer learns that nothing more comes is up to the application's own messages.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        self.sender.finish(frame)
    }

    /// Waits for the end of the connection, whoever brings it about.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.sender.closed()
    }

    /// Splits into halves that can be moved to different tasks. Both can close, and both can await the end.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use = "dropping both halves closes the connection"]
    pub fn split(self) -> (WebSocketSender, WebSocketReceiver) {
        (self.sender, self.receiver)
    }

    /// Another handle that sends and closes, for a closure or another task.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn sender(&self) -> WebSocketSender {
        self.sender.clone()
    }

    /// The state. Once we know the end it is [`ReadyState::Closed`], even if the browser goes on closing.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.sender.state()
    }

    /// The URL, as the browser resolved it.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn url(&self) -> String {
        self.as_raw().url()
    }

    /// The subprotocol that the server chose; empty before the connection is open and if it chose none.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn protocol(&self) -> String {
        self.as_raw().protocol()
    }

    /// The extensions that the server chose; empty before the connection is open and if it chose none.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn extensions(&self) -> String {
        self.as_raw().extensions()
    }

    /// How many bytes are waiting to be handed to the network.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn buffered_amount(&self) -> u32 {
        self.sender.buffered_amount()
    }

    /// The browser's own socket, to look at or to add listeners to.
    ///
    /// A `close` called on it is not ours: it has only the browser's own time limits, and ends with [`CloseCause::Remote`] or
    /// [`CloseCause::Lost`].
    ///
    /// Our listeners were added first, so tasks that wait for an event go on before a listener added here runs: after
    /// each listener a browser runs the microtasks it has queued.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn as_raw(&self) -> &web_sys::WebSocket {
        &self.sender.handle.core.raw
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sender.handle.describe(f, "WebSocket")
    }
}
