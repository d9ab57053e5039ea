//! Byte streams of handles that are `Send`.

use super::WebSocketIo;
use super::socket::MessageSocket;
use crate::{Message, RecvError, RemoteWebSocket, SendError};
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::Stream;
use futures_sink::Sink;
use std::borrow::Cow;

impl RemoteWebSocket {
    /// Converts into a stream of bytes that is `Send`; see [`WebSocket::into_io`](crate::WebSocket::into_io).
    #[cfg_attr(docsrs, doc(cfg(all(feature = "remote", any(feature = "futures-io", feature = "tokio")))))]
    #[must_use = "dropping it closes the connection"]
    pub fn into_io(self) -> WebSocketIo<Self> {
        WebSocketIo::new(self)
    }
}

impl MessageSocket for RemoteWebSocket {
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, RecvError>>> {
        Pin::new(self).poll_next(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Sink::poll_ready(Pin::new(self), cx)
    }

    fn start_send(&mut self, bytes: Cow<'_, [u8]>) -> Result<(), SendError> {
        // The socket may be on another thread, so it needs bytes of its own.
        Sink::start_send(Pin::new(self), Message::Binary(bytes.into_owned()))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Sink::poll_flush(Pin::new(self), cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Sink::poll_close(Pin::new(self), cx)
    }

    fn high_water_mark(&self) -> usize {
        self.send_window()
    }
}
