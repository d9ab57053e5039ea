//! The traits of tokio.

use super::WebSocketIo;
use super::socket::MessageSocket;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use ::tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use std::io::{self, IoSlice};

#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
impl<T: MessageSocket> AsyncRead for WebSocketIo<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // The unfilled part need not be initialized: the bytes are put there directly.
        self.get_mut().poll_copy(cx, buffer.remaining(), |bytes| buffer.put_slice(bytes)).map_ok(drop)
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
impl<T: MessageSocket> AsyncBufRead for WebSocketIo<T> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.get_mut().poll_unread(cx)
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        self.get_mut().advance(count);
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
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

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_flush_messages(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_close_socket(cx)
    }
}
