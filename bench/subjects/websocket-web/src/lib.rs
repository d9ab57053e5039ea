//! websocket-web, by either of the two browser interfaces that it supports.

#![allow(unreachable_pub)]

use std::cell::Cell;
use std::fmt::Display;

use futures_util::{Sink, SinkExt, StreamExt};
use onclose_bench::{Data, End, SinkSubject, Subject, sink, subject, text};
use wasm_bindgen::prelude::*;
use websocket_web::{Interface, Msg, WebSocket, WebSocketBuilder};

subject!(Socket);
sink!();

/// More than the largest backlog of the bench, which is more than the default.
const RECEIVE_BUFFER: usize = 128 << 20;

thread_local! {
    static INTERFACE: Cell<Interface> = const { Cell::new(Interface::Standard) };
}

/// Connects by WebSocketStream from now on.
#[wasm_bindgen]
pub fn use_streams() {
    INTERFACE.set(Interface::Stream);
}

struct Socket(WebSocket);

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        let mut builder = WebSocketBuilder::new(url);
        builder.set_interface(INTERFACE.get());
        builder.set_receive_buffer_size(RECEIVE_BUFFER);
        builder.connect().await.map(Self).map_err(text)
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        match data {
            Data::Text(data) => self.0.send(data).await.map_err(text),
            Data::Binary(data) => self.0.send(data).await.map_err(text),
        }
    }

    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        match self.0.next().await {
            Some(Ok(Msg::Text(data))) => visit(Data::Text(&data)),
            Some(Ok(Msg::Binary(data))) => visit(Data::Binary(&data)),
            Some(Err(error)) => return Err(text(error)),
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn end(&mut self, ask: &str) -> Result<End, String> {
        self.send(Data::Text(ask)).await?;
        let closed = self.0.closed().await;
        Ok(End { code: closed.code.into(), reason: closed.reason, clean: Some(closed.was_clean) })
    }
}

impl SinkSubject for Socket {
    type Item = Msg;

    fn item(data: Data<'_>) -> Msg {
        match data {
            Data::Text(data) => Msg::Text(data.to_owned()),
            Data::Binary(data) => Msg::Binary(data.to_vec()),
        }
    }

    fn sink(&mut self) -> Result<impl Sink<Msg, Error: Display> + Unpin, String> {
        Ok(&mut self.0)
    }
}
