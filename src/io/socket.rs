//! What a byte stream needs of a socket.

use crate::{Message, RecvError, SendError, WebSocket};
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::Stream;
use futures_sink::Sink;
use std::borrow::Cow;

/// A socket that [`WebSocketIo`](crate::WebSocketIo) can be made of. Sealed: this module is private.
pub trait MessageSocket: Unpin {
    /// Receives the next message, as the `Stream` does.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, RecvError>>>;

    /// Waits until a message may be sent, as the `Sink` does.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>>;

    /// Sends a binary message after `poll_ready`. It is borrowed where it was not copied yet, for sockets that need no copy.
    fn start_send(&mut self, bytes: Cow<'_, [u8]>) -> Result<(), SendError>;

    /// Waits until the browser has everything, as the `Sink` does.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>>;

    /// Closes as the `Sink` does.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>>;

    /// Returns the high-water mark of the send buffer, in bytes.
    fn high_water_mark(&self) -> usize;
}

impl MessageSocket for WebSocket {
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, RecvError>>> {
        Pin::new(self).poll_next(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Sink::poll_ready(Pin::new(self), cx)
    }

    fn start_send(&mut self, bytes: Cow<'_, [u8]>) -> Result<(), SendError> {
        // `poll_ready` found capacity, and the browser copies the bytes.
        let sent = self.core().send_over_mark(&*bytes);
        sent.map_err(|kind| self.core().send_error(kind, None))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Sink::poll_flush(Pin::new(self), cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Sink::poll_close(Pin::new(self), cx)
    }

    fn high_water_mark(&self) -> usize {
        usize::try_from(self.core().high_water_mark()).unwrap_or(usize::MAX)
    }
}
