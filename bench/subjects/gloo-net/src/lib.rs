//! gloo-net.

#![allow(unreachable_pub)]

use std::fmt::Display;

use futures_util::{Sink, SinkExt, StreamExt, future::poll_fn};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use onclose_bench::{Data, End, SinkSubject, Subject, sink, subject, text};

subject!(Socket);
sink!();

struct Socket(WebSocket);

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        let mut socket = WebSocket::open(url).map_err(text)?;
        // It is ready once it is open.
        poll_fn(|cx| socket.poll_ready_unpin(cx)).await.map_err(text)?;
        Ok(Self(socket))
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        self.0.send(Self::item(data)).await.map_err(text)
    }

    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        match self.0.next().await {
            Some(Ok(Message::Text(data))) => visit(Data::Text(&data)),
            Some(Ok(Message::Bytes(data))) => visit(Data::Binary(&data)),
            Some(Err(error)) => return Err(text(error)),
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn end(&mut self, ask: &str) -> Result<End, String> {
        self.send(Data::Text(ask)).await?;
        loop {
            match self.0.next().await {
                Some(Ok(_)) => {}
                Some(Err(WebSocketError::ConnectionClose(event))) => {
                    return Ok(End { code: event.code, reason: event.reason, clean: Some(event.was_clean) });
                }
                Some(Err(error)) => return Err(text(error)),
                None => return Err("the library did not report how it closed".to_owned()),
            }
        }
    }
}

impl SinkSubject for Socket {
    type Item = Message;

    fn item(data: Data<'_>) -> Message {
        match data {
            Data::Text(data) => Message::Text(data.to_owned()),
            Data::Binary(data) => Message::Bytes(data.to_vec()),
        }
    }

    fn sink(&mut self) -> Result<impl Sink<Message, Error: Display> + Unpin, String> {
        Ok(&mut self.0)
    }
}
