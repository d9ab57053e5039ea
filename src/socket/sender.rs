//! The sending half.

use super::Message;
use super::closed::ReadyState;
use super::ended::ClosedFuture;
use super::error::{Refusal, SendError};
use super::handle::Handle;
use super::machine::{Gate, Input};
use super::waiters::{Key, WaitFor};
use crate::CloseFrame;
use crate::thrown::Thrown;
use ::core::fmt;
use ::core::future::Future;
use ::core::pin::Pin;
use ::core::task::{Context, Poll, ready};
use futures_sink::Sink;
use std::rc::Rc;

/// Sends messages; one of any number of handles that can.
///
/// Made by [`WebSocket::split`](crate::WebSocket::split) and [`WebSocket::sender`](crate::WebSocket::sender). Every
/// method takes `&self`, so a closure or a task can own one and close the connection from there.
///
/// # Drop
///
/// The connection is closed (with the `on_drop` frame) when the last `Sender` *and* the
/// [`Receiver`](crate::Receiver) or [`WebSocket`](crate::WebSocket) are gone.
pub struct Sender {
    pub(crate) handle: Rc<Handle>,
    /// This handle's place among those who wait for room, and for an empty buffer, as a sink.
    room: Key,
    flushed: Key,
    ending: Option<ClosedFuture>,
}

impl Sender {
    pub(crate) fn new(handle: Rc<Handle>) -> Self {
        Self { handle, room: Key::default(), flushed: Key::default(), ending: None }
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
    pub fn send(&self, message: impl Into<Message>) -> impl Future<Output = Result<(), SendError>> {
        let mut message = Some(message.into());
        WaitFor::new(&self.handle.core.outbox.room, move || {
            let Some(unsent) = message.take() else { return Poll::Ready(Ok(())) };
            match self.attempt(unsent) {
                Err(Unsent { why: Refusal::Connecting, message: unsent }) => {
                    message = Some(unsent);
                    Poll::Pending
                }
                Err(Unsent { why: Refusal::Full, message: unsent }) => {
                    message = Some(unsent);
                    self.handle.core.watch_outbox();
                    Poll::Pending
                }
                done => Poll::Ready(done.map_err(|unsent| self.error(unsent))),
            }
        })
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
        self.attempt(message.into()).map_err(|unsent| self.error(unsent))
    }

    /// Waits until everything sent so far has been handed to the network (`bufferedAmount` is 0).
    ///
    /// It waits as long as the peer takes to read: there is no deadline, as a slow peer is not a dead one. Once closing
    /// has begun with something left, only a clean end can tell that it was sent, and this waits for the end.
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
        WaitFor::new(&self.handle.core.outbox.flushed, move || self.flushed())
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
        let ended = self.handle.closed();
        self.handle.core.step(Input::Finished(frame));
        ended
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

    fn attempt(&self, message: Message) -> Result<(), Unsent> {
        match self.gate() {
            Gate::Closed => Err(Unsent { why: Refusal::Closed, message }),
            Gate::Connecting => Err(Unsent { why: Refusal::Connecting, message }),
            Gate::Open if !self.has_room() => Err(Unsent { why: Refusal::Full, message }),
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

    fn transmit(&self, message: Message) -> Result<(), Unsent> {
        let core = &self.handle.core;
        let sent = match &message {
            Message::Text(text) => core.raw.send_with_str(text),
            // A view of shared memory is refused by browsers, so a copy is sent then.
            Message::Binary(bytes) if cfg!(target_feature = "atomics") => {
                core.raw.send_with_js_u8_array(&js_sys::Uint8Array::from(bytes.as_slice()))
            }
            Message::Binary(bytes) => core.raw.send_with_u8_array(bytes),
        };
        match sent {
            Ok(()) => {
                core.outbox.sent(message.len());
                Ok(())
            }
            Err(thrown) => Err(Unsent { why: Refusal::Thrown(Thrown::from(thrown)), message }),
        }
    }

    fn error(&self, Unsent { why, message }: Unsent) -> SendError {
        SendError::new(why, Some(message), self.handle.core.closed())
    }

    fn refused(&self, why: Refusal) -> SendError {
        SendError::new(why, None, self.handle.core.closed())
    }

    fn flushed(&self) -> Poll<Result<(), SendError>> {
        let core = &self.handle.core;
        if core.outbox.buffered(&core.raw) == 0 {
            return Poll::Ready(Ok(()));
        }
        match core.closed() {
            // Our Close frame is sent after everything else, and a clean end means that it was.
            Some(closed) if closed.was_clean() => Poll::Ready(Ok(())),
            Some(_) => Poll::Ready(Err(self.refused(Refusal::Closed))),
            None if core.is_released() => Poll::Ready(Err(self.refused(Refusal::Closed))),
            None => {
                core.watch_outbox();
                Poll::Pending
            }
        }
    }
}

struct Unsent {
    why: Refusal,
    message: Message,
}

impl Clone for Sender {
    fn clone(&self) -> Self {
        Self::new(Rc::clone(&self.handle))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.handle.core.outbox.room.leave(&self.room);
        self.handle.core.outbox.flushed.leave(&self.flushed);
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.describe(f, "Sender")
    }
}

/// Waits as [`send`](Sender::send) does; closing flushes, closes with the `on_drop` frame, and waits for the end.
///
/// # Errors
///
/// As `send` and [`flush`](Sender::flush). `poll_close` fails only if something that was sent had not been handed to
/// the network at the end; how the connection ended is for [`closed`](Sender::closed) to say. It always comes to an
/// end: it gives up when nothing leaves for as long as `close_timeout`.
impl Sink<Message> for Sender {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let core = &self.handle.core;
        core.outbox.room.wait(&self.room, cx.waker());
        let ready = match self.gate() {
            Gate::Closed => Err(self.refused(Refusal::Closed)),
            Gate::Open if self.has_room() => Ok(()),
            Gate::Open => {
                core.watch_outbox();
                return Poll::Pending;
            }
            Gate::Connecting => return Poll::Pending,
        };
        core.outbox.room.leave(&self.room);
        Poll::Ready(ready)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        // Room was promised by `poll_ready`: another handle may have used it since, which costs one message over.
        let sent = match self.gate() {
            Gate::Closed => Err(Unsent { why: Refusal::Closed, message }),
            Gate::Connecting => Err(Unsent { why: Refusal::Connecting, message }),
            Gate::Open => self.transmit(message),
        };
        sent.map_err(|unsent| self.error(unsent))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let outbox = &self.handle.core.outbox;
        outbox.flushed.wait(&self.flushed, cx.waker());
        let flushed = self.flushed();
        if flushed.is_ready() {
            outbox.flushed.leave(&self.flushed);
        }
        flushed
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        // The raw socket is somebody else's again: nothing to close, and its end may never come.
        if self.handle.core.is_released() {
            return self.poll_flush(cx);
        }
        if self.ending.is_none() {
            self.ending = Some(self.handle.closed());
            self.handle.core.drain();
        }
        if let Some(ending) = &mut self.ending {
            ready!(Pin::new(ending).poll(cx));
        }
        // Ended, so this does not wait.
        self.poll_flush(cx)
    }
}
