//! The traits that futures-io and tokio have alike, under the same names.

/// Implements `AsyncBufRead` and `AsyncWrite`, which must be in scope. `$close` is what the method that closes is called, and
/// the rest are further methods of `AsyncWrite`.
macro_rules! impl_buf_read_and_write {
    ($feature:literal, $close:ident, $($more:item)*) => {
        #[cfg_attr(docsrs, doc(cfg(feature = $feature)))]
        impl<T: MessageSocket> AsyncBufRead for WebSocketIo<T> {
            fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
                self.get_mut().poll_unread(cx)
            }

            fn consume(self: Pin<&mut Self>, count: usize) {
                self.get_mut().advance(count);
            }
        }

        #[cfg_attr(docsrs, doc(cfg(feature = $feature)))]
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

            fn $close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.get_mut().poll_close_socket(cx)
            }

            $($more)*
        }
    };
}
