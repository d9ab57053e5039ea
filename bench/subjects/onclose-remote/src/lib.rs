//! This crate's remote handle, on the thread of its socket.

#![allow(unreachable_pub)]

use std::fmt::Display;

use futures_util::Sink;
use onclose::{Message, RemoteWebSocket, WebSocket};
use onclose_bench::{Data, End, SinkSubject, Subject, sink, subject, text};

subject!(Socket);
sink!();

struct Socket(RemoteWebSocket);

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        let (remote, driver) = WebSocket::connect(url).await.map_err(text)?.into_remote();
        wasm_bindgen_futures::spawn_local(async { drop(driver.await) });
        Ok(Self(remote))
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        self.0.send(Self::item(data)).await.map_err(text)
    }

    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        let Some(message) = self.0.recv().await.transpose().map_err(text)? else { return Ok(false) };
        visit(match &message {
            Message::Text(data) => Data::Text(data),
            Message::Binary(data) => Data::Binary(data),
        });
        Ok(true)
    }

    async fn end(&mut self, ask: &str) -> Result<End, String> {
        self.0.send(ask).await.map_err(text)?;
        let closed = self.0.closed().await;
        let event = closed.event();
        Ok(End { code: event.code().as_u16(), reason: event.reason().to_owned(), clean: Some(event.was_clean()) })
    }
}

impl SinkSubject for Socket {
    type Item = Message;

    fn item(data: Data<'_>) -> Message {
        match data {
            Data::Text(data) => Message::Text(data.to_owned()),
            Data::Binary(data) => Message::Binary(data.to_vec()),
        }
    }

    fn sink(&mut self) -> Result<impl Sink<Message, Error: Display> + Unpin, String> {
        Ok(&mut self.0)
    }
}
