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

impl_buf_read_and_write! { "tokio", poll_shutdown,
    fn is_write_vectored(&self) -> bool {
        true
    }
}
