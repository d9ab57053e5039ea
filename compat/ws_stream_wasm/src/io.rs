use crate::{WsErr, WsStream};
use futures_core::Stream;
use futures_sink::Sink;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The bytes of a connection's messages, with `std::io::Error`: what [`WsStream::into_io`] wraps.
#[derive(Debug)]
pub struct WsStreamIo {
    inner: WsStream,
}

impl WsStreamIo {
    /// Wraps a stream of messages.
    pub fn new(inner: WsStream) -> Self {
        Self { inner }
    }
}

impl Stream for WsStreamIo {
    type Item = io::Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Vec<u8>>>> {
        Pin::new(&mut self.inner).poll_next(cx).map(|message| message.map(|message| Ok(message.into())))
    }
}

impl Sink<Vec<u8>> for WsStreamIo {
    type Error = io::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_ready(cx).map_err(io_error)
    }

    fn start_send(mut self: Pin<&mut Self>, bytes: Vec<u8>) -> io::Result<()> {
        Pin::new(&mut self.inner).start_send(bytes.into()).map_err(io_error)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx).map_err(io_error)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx).map_err(io_error)
    }
}

fn io_error(error: WsErr) -> io::Error {
    let kind = match error {
        WsErr::ConnectionNotOpen => io::ErrorKind::NotConnected,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
