//! tokio-tungstenite-wasm.

#![allow(unreachable_pub)]

use std::fmt::Display;

use futures_util::{Sink, SinkExt, StreamExt};
use onclose_bench::{Data, End, SinkSubject, Subject, sink, subject, text};
use tokio_tungstenite_wasm::{Message, WebSocketStream, connect};

subject!(Socket);
sink!();

struct Socket(WebSocketStream);

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        connect(url).await.map(Self).map_err(text)
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        self.0.send(Self::item(data)).await.map_err(text)
    }

    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        match self.0.next().await {
            Some(Ok(Message::Text(data))) => visit(Data::Text(&data)),
            Some(Ok(Message::Binary(data))) => visit(Data::Binary(&data)),
            Some(Ok(Message::Close(_))) | None => return Ok(false),
            Some(Err(error)) => return Err(text(error)),
        }
        Ok(true)
    }

    async fn end(&mut self, ask: &str) -> Result<End, String> {
        self.send(Data::Text(ask)).await?;
        loop {
            match self.0.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Ok(End { code: frame.code.into(), reason: frame.reason.to_string(), clean: None });
                }
                Some(Ok(_)) => {}
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
            Data::Text(data) => Message::from(data),
            Data::Binary(data) => Message::from(data),
        }
    }

    fn sink(&mut self) -> Result<impl Sink<Message, Error: Display> + Unpin, String> {
        Ok(&mut self.0)
    }
}
