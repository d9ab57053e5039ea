//! tokio-tungstenite-wasm.

#![allow(unreachable_pub)]

use futures_util::{SinkExt, StreamExt};
use onclose_bench::{Data, End, Subject, subject, text};
use tokio_tungstenite_wasm::{Message, WebSocketStream, connect};

subject!(Socket);

struct Socket(WebSocketStream);

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        connect(url).await.map(Self).map_err(text)
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        let message = match data {
            Data::Text(data) => Message::from(data),
            Data::Binary(data) => Message::from(data),
        };
        self.0.send(message).await.map_err(text)
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
