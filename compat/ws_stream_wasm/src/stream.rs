use crate::connection::Connection;
use crate::{WsErr, WsMessage, WsState, WsStreamIo};
use async_io_stream::IoStream;
use futures_core::Stream;
use futures_sink::Sink;
use onclose::{CloseFrame, RemoteWebSocket, SendError};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The messages of a connection: a stream and a sink.
///
/// Dropping it closes the connection.
pub struct WsStream {
    remote: RemoteWebSocket,
    connection: Connection,
}

impl WsStream {
    pub(crate) fn new(remote: RemoteWebSocket, connection: Connection) -> Self {
        Self { remote, connection }
    }

    /// Returns the state of the connection.
    pub fn ready_state(&self) -> WsState {
        self.connection.state(self.remote.state())
    }

    /// Returns the browser's socket.
    ///
    /// # Panics
    ///
    /// On another thread than the socket's.
    pub fn wrapped(&self) -> &web_sys::WebSocket {
        self.connection.raw()
    }

    fn is_open(&self) -> bool {
        matches!(self.ready_state(), WsState::Connecting | WsState::Open)
    }

    /// Converts into a stream of bytes, which has `AsyncRead`, `AsyncWrite` and `AsyncBufRead`.
    pub fn into_io(self) -> IoStream<WsStreamIo, Vec<u8>> {
        IoStream::new(WsStreamIo::new(self))
    }
}

impl Drop for WsStream {
    fn drop(&mut self) {
        if self.is_open() {
            self.connection.request_close();
            // A `WsMeta` may be left, which would keep the connection open.
            drop(self.remote.close(CloseFrame::EMPTY));
        }
    }
}

impl Stream for WsStream {
    type Item = WsMessage;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<WsMessage>> {
        match Pin::new(&mut self.remote).poll_next(cx) {
            Poll::Ready(Some(Ok(message))) => Poll::Ready(Some(message.into())),
            Poll::Ready(Some(Err(error))) => {
                // A loss is an event of its own.
                if error.is_unreadable() {
                    self.connection.unreadable_message();
                }
                Poll::Ready(None)
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Sink<WsMessage> for WsStream {
    type Error = WsErr;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WsErr>> {
        if !self.is_open() {
            return Poll::Ready(Err(WsErr::ConnectionNotOpen));
        }
        Pin::new(&mut self.remote).poll_ready(cx).map_err(send_error)
    }

    fn start_send(mut self: Pin<&mut Self>, message: WsMessage) -> Result<(), WsErr> {
        Pin::new(&mut self.remote).start_send(message.into()).map_err(send_error)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WsErr>> {
        Pin::new(&mut self.remote).poll_flush(cx).map_err(send_error)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WsErr>> {
        if self.is_open() {
            self.connection.request_close();
        }
        Pin::new(&mut self.remote).poll_close(cx).map_err(send_error)
    }
}

fn send_error(error: SendError) -> WsErr {
    match error.is_closed() {
        true => WsErr::ConnectionNotOpen,
        false => WsErr::Unknown(error.to_string()),
    }
}

impl fmt::Debug for WsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsStream").field("remote", &self.remote).finish()
    }
}
