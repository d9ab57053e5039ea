//! This crate.

#![allow(unreachable_pub)]

use onclose::{Message, WebSocket};
use onclose_bench::{Data, End, Subject, subject, text};

subject!(Socket);

struct Socket(WebSocket);

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        WebSocket::connect(url).await.map(Self).map_err(text)
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        match data {
            Data::Text(data) => self.0.send(data).await.map_err(text),
            Data::Binary(data) => self.0.send(data).await.map_err(text),
        }
    }

    async fn recv(&mut self, look: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        match self.0.recv().await {
            Some(Ok(Message::Text(data))) => look(Data::Text(&data)),
            Some(Ok(Message::Binary(data))) => look(Data::Binary(&data)),
            Some(Err(error)) => return Err(text(error)),
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn end(self, ask: &str) -> Result<End, String> {
        self.0.send(ask).await.map_err(text)?;
        let closed = self.0.closed().await;
        let event = closed.event();
        Ok(End { code: event.code.as_u16(), reason: event.reason.clone(), clean: Some(event.was_clean) })
    }
}
