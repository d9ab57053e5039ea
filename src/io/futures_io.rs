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

impl_buf_read_and_write! { "futures-io", poll_close, }
