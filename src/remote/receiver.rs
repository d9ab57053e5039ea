//! The receiving half.

use super::channel::{Command, Received, cost};
use super::closed::RemoteClosedFuture;
use super::handle::Handle;
use crate::CloseFrame;
use crate::socket::{Message, ReadyState, RecvError};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_channel::mpsc::UnboundedReceiver;
use futures_core::{FusedFuture, FusedStream, Stream};

/// Receives messages on any thread; created by [`RemoteWebSocket::split`](crate::RemoteWebSocket::split).
///
/// As a [`Stream`] it yields what [`recv`](Self::recv) returns.
///
/// # Drop
///
/// Received messages are dropped, and later ones are discarded. The connection is closed once all
/// [`RemoteSender`](crate::RemoteSender)s are dropped as well.
pub struct RemoteReceiver {
    handle: Handle,
    messages: UnboundedReceiver<Received>,
    ended: bool,
}

impl RemoteReceiver {
    pub(super) fn new(handle: Handle, messages: UnboundedReceiver<Received>) -> Self {
        Self { handle, messages, ended: false }
    }

    /// Receives the next message, as [`WebSocketReceiver::recv`](crate::WebSocketReceiver::recv) does.
    ///
    /// The driver passes messages on as long as less than 256 KiB of them wait here, each counted as its length and 64
    /// bytes. More of them wait as JavaScript values on the socket's thread, where
    /// [`recv_limit`](crate::WebSocketBuilder::recv_limit) bounds them.
    ///
    /// # Errors
    ///
    /// [`RecvError`], once, if the connection did not close normally, or if the driver was dropped
    /// ([`is_driver_dropped`](RecvError::is_driver_dropped)).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. A message leaves the queue only when it is returned.
    pub fn recv(&mut self) -> RemoteRecvFuture<'_> {
        RemoteRecvFuture { receiver: self }
    }

    /// Closes the connection; see [`RemoteWebSocket::close`](crate::RemoteWebSocket::close).
    pub fn close(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.handle.close(frame)
    }

    /// Stops sending and lets the peer finish; see [`RemoteWebSocket::finish`](crate::RemoteWebSocket::finish).
    pub fn finish(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.handle.finish(frame)
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> RemoteClosedFuture {
        self.handle.closed()
    }

    /// Returns the state of the connection; see [`RemoteWebSocket::state`](crate::RemoteWebSocket::state).
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.handle.shared.state()
    }
}

impl Stream for RemoteReceiver {
    type Item = Result<Message, RecvError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Poll::Ready(received) = Pin::new(&mut this.messages).poll_next(cx) else { return Poll::Pending };
        match &received {
            Some(Ok(message)) => {
                if this.handle.shared.has_read(cost(message)) {
                    this.handle.command(Command::Receive);
                }
            }
            Some(Err(_)) => {}
            None => this.ended = true,
        }
        Poll::Ready(received)
    }
}

impl FusedStream for RemoteReceiver {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl Drop for RemoteReceiver {
    fn drop(&mut self) {
        self.handle.command(Command::ReceiverDropped);
    }
}

impl fmt::Debug for RemoteReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.shared.fmt_debug(f, "RemoteReceiver")
    }
}

/// Waits for the next message. Returned by [`RemoteReceiver::recv`] and
/// [`RemoteWebSocket::recv`](crate::RemoteWebSocket::recv).
///
/// # Cancel safety
///
/// Cancel safe. A message leaves the queue only when the future returns it.
#[must_use = "futures do nothing unless polled"]
pub struct RemoteRecvFuture<'a> {
    receiver: &'a mut RemoteReceiver,
}

impl Future for RemoteRecvFuture<'_> {
    type Output = Option<Result<Message, RecvError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut *self.receiver).poll_next(cx)
    }
}

/// Terminated when the stream of messages is, as the futures of `StreamExt::next` are.
impl FusedFuture for RemoteRecvFuture<'_> {
    fn is_terminated(&self) -> bool {
        self.receiver.ended
    }
}

impl fmt::Debug for RemoteRecvFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteRecvFuture")
    }
}
