//! The traits of futures-io.

use super::WebSocketIo;
use super::socket::MessageSocket;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use ::futures_io::{AsyncBufRead, AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut};

#[cfg_attr(docsrs, doc(cfg(feature = "futures-io")))]
impl<T: MessageSocket> AsyncRead for WebSocketIo<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_copy(cx, buffer.len(), |bytes| buffer[..bytes.len()].copy_from_slice(bytes))
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let capacity = buffers.iter().fold(0, |total: usize, buffer| total.saturating_add(buffer.len()));
        self.get_mut().poll_copy(cx, capacity, |mut bytes| {
            for buffer in buffers {
                let (first, rest) = bytes.split_at(bytes.len().min(buffer.len()));
                buffer[..first.len()].copy_from_slice(first);
                bytes = rest;
            }
        })
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "futures-io")))]
impl<T: MessageSocket> AsyncBufRead for WebSocketIo<T> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.get_mut().poll_unread(cx)
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        self.get_mut().advance(count);
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "futures-io")))]
impl<T: MessageSocket> AsyncWrite for WebSocketIo<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_send(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_send(cx, slices)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_flush_messages(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_close_socket(cx)
    }
}
