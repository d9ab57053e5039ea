//! A connection as a stream of bytes: `AsyncRead` and `AsyncWrite` of futures-io and of tokio.

mod error;
#[macro_use]
mod traits;
#[cfg(feature = "futures-io")]
mod futures_io;
#[cfg(feature = "remote")]
mod remote;
mod socket;
#[cfg(all(test, feature = "futures-io", feature = "tokio", not(target_family = "wasm")))]
mod tests;
#[cfg(feature = "tokio")]
mod tokio;

pub use error::UnexpectedText;

use crate::{Message, RecvError, WebSocket};
use ::core::fmt;
use ::core::task::{Context, Poll, ready};
use socket::MessageSocket;
use std::borrow::Cow;
use std::io::{self, IoSlice};

/// A connection as a stream of bytes, for codecs, multiplexers and protocols that elsewhere run over TCP.
///
/// Returned by [`WebSocket::into_io`], and `RemoteWebSocket::into_io` with the feature `remote`. Implements `AsyncRead`,
/// `AsyncBufRead` and `AsyncWrite`: those of futures-io with the feature `futures-io`, those of tokio with the feature `tokio`.
///
#[cfg_attr(
    all(feature = "futures-io", feature = "tokio"),
    doc = concat!("```no_run\n", include_str!("../../docs/samples/byte_stream.rs"), "```")
)]
///
/// # Reading
///
/// The content of the binary messages, one after the other, whatever their lengths; empty ones are skipped. A read returns
/// what is left of one message at most.
///
/// - End of file: the connection closed with a Close frame from the peer, or by our own close.
/// - [`ConnectionReset`](io::ErrorKind::ConnectionReset): the connection was lost, so bytes may be missing. The error
///   contains the [`RecvError`], which has the [`CloseInfo`](crate::CloseInfo). Each later read returns the same error, so
///   that a stream that broke off never looks like one that is complete. **Leave a loop at the first error**: streams made
///   of a reader, such as `AsyncBufReadExt::lines` of futures-util, yield errors without end, and a loop that only logs them
///   would block the page.
/// - [`TimedOut`](io::ErrorKind::TimedOut): as above, but because a timeout of the connection elapsed.
///   [`guide::io_errors`](crate::guide::io_errors) has the kinds of the other cases.
/// - [`InvalidData`](io::ErrorKind::InvalidData): a text message, which has no place in a stream of bytes. The error contains
///   it as an [`UnexpectedText`]. The next read continues with the message that follows.
///
/// Browsers receive without backpressure: messages that are not read wait in memory, up to
/// [`recv_limit`](crate::WebSocketBuilder::recv_limit).
///
/// # Writing
///
/// Each write is one binary message of at most as many bytes as the
/// [high-water mark](crate::WebSocketBuilder::send_high_water_mark); of more bytes it takes the first ones and returns their
/// number. (With a mark of 0 or 1, by which each message waits for the one before it, a message has at most 64 KiB.)
/// A vectored write is one message, too. Protocols that write a few bytes at a time are cheaper over a `BufWriter`.
///
/// - A write waits until the connection is open and less than the mark is buffered. An empty one sends nothing.
/// - Flushing waits until the browser has everything and less than the mark is buffered, as the `Sink` does. To wait until
///   everything has left the browser's buffer, use [`WebSocket::flush`] of [`get_ref`](Self::get_ref).
/// - Once the connection is closed or closing, a write is a [`BrokenPipe`](io::ErrorKind::BrokenPipe) or one of the errors
///   above. The error contains the [`SendError`](crate::SendError).
///
/// A `RemoteWebSocket` takes a write before the browser does, also while it is connecting. Flushing waits until the browser
/// has everything. Of what it took and could not send, the error of a flush contains one message, that of the next flush the
/// next one, and `unsent()` of [`get_mut`](Self::get_mut) returns all of them. The error of a write contains the bytes of
/// that write only.
///
/// # Closing
///
/// `poll_close` and `poll_shutdown` close the connection with the
/// [`default_close_frame`](crate::WebSocketBuilder::default_close_frame), 1000 by default, after everything that was written,
/// and wait for the close, within [`close_timeout`](crate::WebSocketBuilder::close_timeout). They fail if something may not
/// have been sent.
///
/// A WebSocket has no half-close: what the peer sends after that is not read. To stop writing and read until the peer closes,
/// call [`finish`](WebSocket::finish) of [`get_ref`](Self::get_ref), if the peer learns from your protocol that it may close.
/// To close with another frame, or to learn how the connection closed, use [`get_ref`](Self::get_ref), or create a
/// [`sender`](WebSocket::sender) or a [`closed`](WebSocket::closed) future before `into_io`.
///
/// # Cancel safety
///
/// A read, a write or a flush that returned `Pending` has taken nothing.
///
/// # Drop
///
/// As for the socket: the connection is closed with the default frame, unless it has other handles.
pub struct WebSocketIo<T> {
    socket: T,
    /// The message that is being read.
    message: Vec<u8>,
    /// How many bytes of it were read.
    read: usize,
    /// Why the stream broke off.
    failed: Option<RecvError>,
}

/// The longest message if the high-water mark is a single byte.
const MAX_WRITE_ONE_BY_ONE: usize = 64 << 10;

impl WebSocket {
    /// Converts into a stream of bytes, which implements the `AsyncRead` and `AsyncWrite` of futures-io and of tokio.
    ///
    /// It may still be connecting: writes wait until it is open. Messages that are queued already are read first.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "futures-io", feature = "tokio"))))]
    #[must_use = "dropping it closes the socket"]
    pub fn into_io(self) -> WebSocketIo<Self> {
        WebSocketIo::new(self)
    }
}

impl<T> WebSocketIo<T> {
    pub(crate) fn new(socket: T) -> Self {
        Self { socket, message: Vec::new(), read: 0, failed: None }
    }

    /// Returns the socket, to wait for its close or to inspect it.
    #[must_use]
    pub fn get_ref(&self) -> &T {
        &self.socket
    }

    /// Returns the socket, to receive or send single messages in between.
    ///
    /// The next message that it receives follows the one of which [`buffer`](Self::buffer) is the rest.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.socket
    }

    /// Converts back into the socket. What [`buffer`](Self::buffer) returns is dropped.
    #[must_use = "dropping it closes the socket"]
    pub fn into_inner(self) -> T {
        self.socket
    }

    /// Returns the bytes that were received and not yet read, of the message that was begun to be read.
    #[must_use]
    pub fn buffer(&self) -> &[u8] {
        &self.message[self.read..]
    }

    /// Marks this many bytes as read.
    fn advance(&mut self, count: usize) {
        self.read = self.message.len().min(self.read.saturating_add(count));
        if self.read == self.message.len() {
            // Freed, not kept: one long message must not take memory until the end of the connection.
            self.message = Vec::new();
            self.read = 0;
        }
    }
}

impl<T: MessageSocket> WebSocketIo<T> {
    /// Waits for bytes to read; none at the end of the stream.
    fn poll_unread(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        while self.buffer().is_empty() {
            if let Some(error) = &self.failed {
                return Poll::Ready(Err(error.clone().into()));
            }
            match ready!(self.socket.poll_message(cx)) {
                Some(Ok(Message::Binary(bytes))) => (self.message, self.read) = (bytes, 0),
                Some(Ok(Message::Text(text))) => return Poll::Ready(Err(UnexpectedText::new(text).into())),
                Some(Err(error)) => self.failed = Some(error),
                None => break,
            }
        }
        Poll::Ready(Ok(self.buffer()))
    }

    /// Waits for bytes, and gives at most this many to `copy`; returns their number, 0 at the end of the stream.
    fn poll_copy(
        &mut self,
        cx: &mut Context<'_>,
        capacity: usize,
        copy: impl FnOnce(&[u8]),
    ) -> Poll<io::Result<usize>> {
        if capacity == 0 {
            return Poll::Ready(Ok(0));
        }
        let unread = ready!(self.poll_unread(cx))?;
        let count = unread.len().min(capacity);
        copy(&unread[..count]);
        self.advance(count);
        Poll::Ready(Ok(count))
    }

    /// Waits for capacity, then sends the start of these slices as one message; returns its length.
    fn poll_send(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        ready!(self.socket.poll_ready(cx))?;
        let bytes = join(slices, self.max_write());
        let count = bytes.len();
        self.socket.start_send(bytes)?;
        Poll::Ready(Ok(count))
    }

    fn max_write(&self) -> usize {
        match self.socket.high_water_mark() {
            0 | 1 => MAX_WRITE_ONE_BY_ONE,
            mark => mark,
        }
    }

    fn poll_flush_messages(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_flush(cx).map_err(io::Error::from)
    }

    fn poll_close_socket(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_close(cx).map_err(io::Error::from)
    }
}

/// Returns the first bytes of these slices, at most `limit` of them; copied only if they are in more than one slice.
fn join<'a>(slices: &'a [IoSlice<'_>], limit: usize) -> Cow<'a, [u8]> {
    let mut filled = slices.iter().filter(|slice| !slice.is_empty());
    let first: &[u8] = filled.next().map_or(&[], |slice| slice);
    if first.len() >= limit || filled.next().is_none() {
        return Cow::Borrowed(&first[..first.len().min(limit)]);
    }
    let total = slices.iter().fold(0, |total: usize, slice| total.saturating_add(slice.len())).min(limit);
    let mut joined = Vec::with_capacity(total);
    for slice in slices {
        let left = total - joined.len();
        joined.extend_from_slice(&slice[..slice.len().min(left)]);
    }
    Cow::Owned(joined)
}

impl<T: fmt::Debug> fmt::Debug for WebSocketIo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes are left out: they may be many, or secret.
        f.debug_struct("WebSocketIo").field("socket", &self.socket).field("unread_bytes", &self.buffer().len()).finish()
    }
}
