//! A transport for jsonrpsee's client over a connection of onclose: copy this file.
//!
//! It uses the halves of the `WebSocket` itself, not the `Send` handle of the feature `remote`: on wasm32, jsonrpsee demands
//! `Send` neither of a transport (`ClientBuilder::build_with_wasm`) nor of its futures (`MaybeSend` holds for every type),
//! and runs both halves on the thread that builds the client, by `spawn_local`. On other targets it demands both, and
//! there is no browser's socket.
//!
//! `send_ping` keeps its default, which does nothing: browsers let no script send a Ping frame.

use std::fmt;

use jsonrpsee_core::client::{self, ReceivedMessage, TransportReceiverT, TransportSenderT};
use onclose::{CloseFrame, CloseInfo, Message, RecvError, SendError, WebSocket, WebSocketReceiver, WebSocketSender};

/// The Close frame that the server receives when the client is dropped.
const DROPPED: CloseFrame = CloseFrame::from_static(1000, "client dropped");

/// The sending half of a transport.
#[derive(Debug)]
pub struct Sender(WebSocketSender);

/// The receiving half of a transport.
#[derive(Debug)]
pub struct Receiver(WebSocketReceiver);

/// Returns the two halves that `ClientBuilder::build_with_wasm` takes.
pub fn split(socket: WebSocket) -> (Sender, Receiver) {
    let (sender, receiver) = socket.split();
    (Sender(sender), Receiver(receiver))
}

impl TransportSenderT for Sender {
    type Error = Error;

    /// Waits while the browser's buffer is full. Meanwhile jsonrpsee's own queue fills, and then its callers wait.
    async fn send(&mut self, message: String) -> Result<(), Error> {
        let Err(error) = self.0.send(message).await else { return Ok(()) };
        // While the connection is still closing, its code is unknown. jsonrpsee keeps the first error of either half, so
        // this one would hide the code from all requests that are in flight. The wait is within `close_timeout`.
        let info = if error.is_closed() { Some(self.0.closed().await) } else { None };
        Err(Error::NotSent(error, info))
    }

    /// Starts closing, and does not wait for the close: jsonrpsee fails the requests in flight only after this.
    async fn close(&mut self) -> Result<(), Error> {
        drop(self.0.close(DROPPED));
        Ok(())
    }
}

impl TransportReceiverT for Receiver {
    type Error = Error;

    async fn receive(&mut self) -> Result<ReceivedMessage, Error> {
        match self.0.recv().await {
            Some(Ok(Message::Text(text))) => Ok(ReceivedMessage::Text(text)),
            Some(Ok(Message::Binary(bytes))) => Ok(ReceivedMessage::Bytes(bytes)),
            Some(Err(error)) => Err(Error::Failed(error)),
            // A clean close ends the stream of messages. For jsonrpsee, which has no end of the stream, it is an error.
            None => Err(Error::Closed(self.0.closed().await)),
        }
    }
}

/// Why a transport ended; see also [`close_info`].
#[derive(Debug)]
pub enum Error {
    /// Either endpoint closed the connection.
    Closed(CloseInfo),
    /// The connection was lost, or more was received than `recv_limit` allows.
    Failed(RecvError),
    /// A message was not sent, because of this close. The first error contains the message.
    NotSent(SendError, Option<CloseInfo>),
}

impl Error {
    /// Returns how the connection closed, if it is closed.
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match self {
            Self::Closed(info) => Some(info),
            Self::Failed(error) => error.close_info(),
            Self::NotSent(_, info) => info.as_ref(),
        }
    }
}

/// Returns how the connection closed, if that is why a request failed.
pub fn close_info(error: &client::Error) -> Option<&CloseInfo> {
    match error {
        // Every request after the first failure, and every request in flight.
        client::Error::RestartNeeded(first) => close_info(first),
        client::Error::Transport(error) => error.downcast_ref::<Error>()?.close_info(),
        _ => None,
    }
}

/// Formats with the close code, because jsonrpsee shows this text and not the sources; the reason is in the source.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed(_) => "the connection closed",
            Self::Failed(_) => "receiving failed",
            Self::NotSent(..) => "a message was not sent",
        })?;
        match self.close_info() {
            Some(info) => write!(f, " ({})", info.code()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Closed(info) => Some(info),
            Self::Failed(error) => Some(error),
            Self::NotSent(error, _) => Some(error),
        }
    }
}
