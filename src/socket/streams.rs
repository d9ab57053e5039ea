//! The unsplit connection as a stream and a sink, which its halves are already.

use super::WebSocket;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};

/// Makes an unsplit connection a stream and a sink, which its fields `receiver` and `sender` are already.
macro_rules! delegate_to_halves {
    ($socket:ident, $sender:ident) => {
        #[doc = concat!("Yields what [`recv`](", stringify!($socket), "::recv) returns.")]
        impl ::futures_core::Stream for $socket {
            type Item = Result<$crate::Message, $crate::RecvError>;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                Pin::new(&mut self.receiver).poll_next(cx)
            }
        }

        impl ::futures_core::FusedStream for $socket {
            fn is_terminated(&self) -> bool {
                self.receiver.is_terminated()
            }
        }

        #[doc = concat!("Behaves like the sink of [`", stringify!($sender), "`](crate::", stringify!($sender), ").")]
        impl ::futures_sink::Sink<$crate::Message> for $socket {
            type Error = $crate::SendError;

            fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Pin::new(&mut self.sender).poll_ready(cx)
            }

            fn start_send(mut self: Pin<&mut Self>, message: $crate::Message) -> Result<(), Self::Error> {
                Pin::new(&mut self.sender).start_send(message)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Pin::new(&mut self.sender).poll_flush(cx)
            }

            fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Pin::new(&mut self.sender).poll_close(cx)
            }
        }
    };
}

delegate_to_halves!(WebSocket, WebSocketSender);
#[cfg(feature = "remote")]
pub(crate) use delegate_to_halves;
