//! The sending half.

use super::Message;
use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::core::machine::Gate;
use super::core::waiters::{Key, ROOM};
use super::error::{ConnectError, Refusal, SendError};
use super::handle::Handle;
use crate::CloseFrame;
use crate::js::exception::Thrown;
use ::core::cell::Cell;
use ::core::fmt;
use ::core::future::{Future, poll_fn};
use ::core::panic::RefUnwindSafe;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::FusedFuture;
use futures_sink::Sink;

/// Sends messages; one of any number of handles that can.
///
/// Made by [`WebSocket::split`](crate::WebSocket::split) and [`WebSocket::sender`](crate::WebSocket::sender). Every
/// method takes `&self`, so a closure or a task can own one and close the connection from there.
///
/// # Drop
///
/// The connection is closed (with the `default_close_frame` frame) when the last `WebSocketSender` *and* the
/// [`WebSocketReceiver`](crate::WebSocketReceiver) or [`WebSocket`](crate::WebSocket) are gone.
pub struct WebSocketSender {
    pub(crate) handle: Handle,
    /// This handle's place among those who wait for room, and for an empty buffer, as a sink.
    room: Key,
    flushed: Key,
    /// What a flush of this sink waits for, while one is going on. Nothing tells that one was given up, but who sends
    /// by this handle again has begun another.
    flushing: Cell<Option<u64>>,
    ending: Option<ClosedFuture>,
}

/// No caller's code runs between two steps that belong together.
impl RefUnwindSafe for WebSocketSender {}

impl WebSocketSender {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle, room: Key::default(), flushed: Key::default(), flushing: Cell::default(), ending: None }
    }

    /// Sends a message, waiting while the connection is not open yet or more than the high-water mark is buffered.
    ///
    /// Done means that the browser has taken the message, in order with the others; not that the peer has got it,
    /// which only an answer can tell. To wait until it is handed to the network, see [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// [`SendError`], with the message in it, once the connection has ended or begun to close, from whichever end.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it has not sent the message, and the message is dropped with it.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn send(&self, message: impl Into<Message>) -> SendFuture<'_> {
        SendFuture { sender: self, message: Some(message.into()), room: Key::default() }
    }

    /// Sends a message now, or not at all.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the message in it: as [`send`](Self::send), and also while the connection is not open yet
    /// ([`is_connecting`](SendError::is_connecting)) or the buffer is full ([`is_full`](SendError::is_full)).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let message = message.into();
        self.attempt(&message).map_err(|why| self.error(why, Some(message)))
    }

    /// Waits until everything sent so far has been handed to the network (`bufferedAmount` is 0).
    ///
    /// It waits as long as the peer takes to read: there is no deadline, as a slow peer is not a dead one. Once closing
    /// has begun with something left, only a clean end can tell that it was sent, and this waits for the end.
    ///
    /// It is what the browser tells, no more: in WebKit another process takes whatever is sent, so this is done although
    /// the peer may have read nothing. What must not be lost needs an answer from the peer.
    ///
    /// # Errors
    ///
    /// [`SendError`] without a message, if the connection ended and something may have been left unsent.
    ///
    /// # Cancel safety
    ///
    /// Dropping it changes nothing.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn flush(&self) -> impl Future<Output = Result<(), SendError>> {
        let mut flush = Flush { sender: self, target: self.handle.core.outbox.sent(), key: Key::default() };
        poll_fn(move |cx| flush.poll(cx))
    }

    /// Closes the connection; the same as [`WebSocket::close`](crate::WebSocket::close).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.close(frame)
    }

    /// Sends no more, but lets the peer finish; the same as [`WebSocket::finish`](crate::WebSocket::finish).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        self.handle.finish(frame)
    }

    /// Waits until the connection is open; the same as [`WebSocket::opened`](crate::WebSocket::opened).
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if it ended before it opened.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn opened(&self) -> impl Future<Output = Result<(), ConnectError>> {
        self.handle.opened()
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

    /// How many bytes are waiting to be handed to the network.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn buffered_amount(&self) -> u32 {
        self.handle.core.raw.buffered_amount()
    }

    fn attempt(&self, message: &Message) -> Result<(), Refusal> {
        match self.gate() {
            Gate::Closed => Err(Refusal::Closed),
            Gate::Connecting => Err(Refusal::Connecting),
            Gate::Open if !self.has_room() => Err(Refusal::Full),
            Gate::Open => self.transmit(message),
        }
    }

    /// The machine's word, and the raw socket's: a browser swallows what is sent once the peer has begun to close.
    fn gate(&self) -> Gate {
        match self.handle.core.gate() {
            Gate::Open if self.handle.core.ready_state() != ReadyState::Open => Gate::Closed,
            gate => gate,
        }
    }

    fn has_room(&self) -> bool {
        self.handle.core.outbox.has_room(&self.handle.core.raw)
    }

    fn transmit(&self, message: &Message) -> Result<(), Refusal> {
        let core = &self.handle.core;
        let sent = match message {
            Message::Text(text) => core.raw.send_with_str(text),
            // A view of shared memory is refused by browsers, so a copy is sent then.
            Message::Binary(bytes) if cfg!(target_feature = "atomics") => {
                core.raw.send_with_js_u8_array(&js_sys::Uint8Array::from(bytes.as_slice()))
            }
            Message::Binary(bytes) => core.raw.send_with_u8_array(bytes),
        };
        match sent {
            Ok(()) => {
                core.outbox.add(message.len());
                self.flushing.set(None);
                Ok(())
            }
            Err(thrown) => Err(Refusal::Thrown(Thrown::from(thrown))),
        }
    }

    fn error(&self, why: Refusal, message: Option<Message>) -> SendError {
        SendError::new(why, message, self.handle.core.closed())
    }

    /// Whether everything up to `target` was handed to the network; otherwise waits with `key`.
    fn poll_flushed(&self, target: u64, key: &Key, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        let core = &self.handle.core;
        // The second time it counts as waiting, so that nothing a waker's own code does in between is missed.
        for waits in [false, true] {
            let flushed = match core.closed() {
                _ if core.outbox.has_flushed(target, &core.raw) => Ok(()),
                // Our Close frame is sent after everything else, and a clean end means that it was.
                Some(closed) if closed.was_clean() => Ok(()),
                Some(_) => Err(self.error(Refusal::Closed, None)),
                None if core.is_released() => Err(self.error(Refusal::Closed, None)),
                None if waits => break,
                None => {
                    core.outbox.wait_for_flush(target, &core.waiters, key, cx.waker());
                    continue;
                }
            };
            core.waiters.leave(key);
            return Poll::Ready(flushed);
        }
        core.watch_outbox();
        Poll::Pending
    }
}

/// Waits for room, then sends; made by [`WebSocketSender::send`] and [`WebSocket::send`](crate::WebSocket::send).
///
/// # Cancel safety
///
/// Dropped before it is done, it has not sent the message, and the message is dropped with it.
#[must_use = "futures do nothing unless polled"]
pub struct SendFuture<'a> {
    sender: &'a WebSocketSender,
    message: Option<Message>,
    room: Key,
}

impl Future for SendFuture<'_> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(message) = &self.message else { return Poll::Ready(Ok(())) };
        let core = &self.sender.handle.core;
        // The second time it counts as waiting, so that nothing a waker's own code does in between is missed.
        for waits in [false, true] {
            match self.sender.attempt(message) {
                Err(Refusal::Connecting | Refusal::Full) => {}
                done => {
                    core.waiters.leave(&self.room);
                    let message = self.message.take();
                    return Poll::Ready(done.map_err(|why| self.sender.error(why, message)));
                }
            }
            if !waits {
                core.waiters.wait(&self.room, ROOM, cx.waker());
            }
        }
        core.watch_outbox();
        Poll::Pending
    }
}

impl FusedFuture for SendFuture<'_> {
    fn is_terminated(&self) -> bool {
        self.message.is_none()
    }
}

impl Drop for SendFuture<'_> {
    fn drop(&mut self) {
        self.sender.handle.core.waiters.leave(&self.room);
    }
}

impl fmt::Debug for SendFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture").field("unsent_bytes", &self.message.as_ref().map(Message::len)).finish()
    }
}

struct Flush<'a> {
    sender: &'a WebSocketSender,
    target: u64,
    key: Key,
}

impl Flush<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.sender.poll_flushed(self.target, &self.key, cx)
    }
}

impl Drop for Flush<'_> {
    fn drop(&mut self) {
        self.sender.handle.core.waiters.leave(&self.key);
    }
}

impl Clone for WebSocketSender {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl Drop for WebSocketSender {
    fn drop(&mut self) {
        self.handle.core.waiters.leave(&self.room);
        self.handle.core.waiters.leave(&self.flushed);
    }
}

impl fmt::Debug for WebSocketSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.describe(f, "WebSocketSender")
    }
}

/// Waits as [`send`](WebSocketSender::send) does; closing flushes, closes with the `default_close_frame` frame, and waits for the end.
///
/// # Errors
///
/// As `send` and [`flush`](WebSocketSender::flush). `poll_close` fails only if something that was sent had not been handed to
/// the network at the end; how the connection ended is for [`closed`](WebSocketSender::closed) to say. It always comes to an
/// end: it gives up when nothing leaves for as long as `close_timeout`.
impl Sink<Message> for WebSocketSender {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let core = &self.handle.core;
        core.waiters.wait(&self.room, ROOM, cx.waker());
        match self.gate() {
            Gate::Open if !self.has_room() => core.watch_outbox(),
            Gate::Connecting => {}
            // Closed, too, is ready: an error here would cost the message, as `start_send` gives it back.
            Gate::Open | Gate::Closed => {
                core.waiters.leave(&self.room);
                return Poll::Ready(Ok(()));
            }
        }
        Poll::Pending
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        // Room was promised by `poll_ready`: another handle may have used it since, which costs one message over.
        let sent = match self.gate() {
            Gate::Closed => Err(Refusal::Closed),
            Gate::Connecting => Err(Refusal::Connecting),
            Gate::Open => self.transmit(&message),
        };
        sent.map_err(|why| self.error(why, Some(message)))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let target = self.flushing.get().unwrap_or_else(|| self.handle.core.outbox.sent());
        self.flushing.set(Some(target));
        let flushed = self.poll_flushed(target, &self.flushed, cx);
        if flushed.is_ready() {
            self.flushing.set(None);
        }
        flushed
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if self.ending.is_none() && !self.handle.core.is_released() {
            self.ending = Some(self.handle.closed());
            self.handle.core.drain();
        }
        let ended = self.ending.as_mut().is_some_and(|ending| Pin::new(ending).poll(cx).is_ready());
        // Given back, the raw socket is somebody else's: nothing to close, and its end may never come. Asked after the
        // wait has begun, as draining wakes others, who may do just that.
        if !ended && !self.handle.core.is_released() {
            return Poll::Pending;
        }
        if ended {
            // Nothing is left to wait for; and it is about everything, not only what was sent before a flush began.
            self.flushing.set(None);
        }
        self.poll_flush(cx)
    }
}
