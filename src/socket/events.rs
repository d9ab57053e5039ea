//! The stream of messages with the close as its last item.

use super::close_info::{CloseInfo, ReadyState};
use super::closed_future::ClosedFuture;
use super::error::RecvError;
use super::message::Message;
use super::receiver::WebSocketReceiver;
use crate::CloseFrame;
use ::core::fmt;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::{FusedStream, Stream};

/// What a connection delivers: messages, at most one error, and then how it closed. An item of [`Events`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message. Those received before the close come before it.
    Message(Message),
    /// The connection did not close normally, or its messages were cut off. At most one; it follows the last message, and
    /// the close follows it.
    Error(RecvError),
    /// How the connection closed: the last item, whichever side closed, and also after an [`Error`](Self::Error).
    Close(CloseInfo),
}

/// A stream of [`Event`]s, whose last item is the close; created by
/// [`WebSocket::into_events`](crate::WebSocket::into_events).
///
/// It yields what [`recv`](WebSocketReceiver::recv) returns, then one [`Event::Close`], then `None`.
///
#[doc = concat!("```no_run\n", include_str!("../../docs/samples/events.rs"), "```")]
///
/// # Cancel safety
///
/// Cancel safe, as a stream: an item leaves it only when it is returned.
///
/// # Drop
///
/// As of a [`WebSocketReceiver`]: the connection is closed once all [`WebSocketSender`](crate::WebSocketSender)s are
/// dropped as well.
#[must_use = "streams do nothing unless polled"]
pub struct Events {
    receiver: WebSocketReceiver,
    /// The close has been yielded.
    done: bool,
}

impl Events {
    pub(crate) fn new(receiver: WebSocketReceiver) -> Self {
        Self { receiver, done: false }
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.receiver.closed()
    }

    /// Returns the state of the connection.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.receiver.state()
    }

    /// Returns the browser's own socket; see [`WebSocket::as_raw`](crate::WebSocket::as_raw).
    #[must_use]
    pub fn as_raw(&self) -> &web_sys::WebSocket {
        self.receiver.as_raw()
    }

    /// Closes the connection; see [`WebSocket::close`](crate::WebSocket::close). The stream yields the [`Event::Close`].
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.receiver.close(frame)
    }

    /// Converts back into the receiver, which continues with the next message.
    #[must_use = "dropping it closes the connection if no sender is left"]
    pub fn into_receiver(self) -> WebSocketReceiver {
        self.receiver
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if self.done {
            return Poll::Ready(None);
        }
        let Poll::Ready(received) = Pin::new(&mut self.receiver).poll_next(cx) else { return Poll::Pending };
        let event = match received {
            Some(Ok(message)) => Some(Event::Message(message)),
            Some(Err(error)) => Some(Event::Error(error)),
            None => {
                self.done = true;
                // The messages end only when the connection is closed, so there is one.
                self.receiver.handle.core.close_info().map(Event::Close)
            }
        };
        Poll::Ready(event)
    }
}

/// Terminated once the close has been yielded.
impl FusedStream for Events {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.receiver.handle.fmt_debug(f, "Events")
    }
}
