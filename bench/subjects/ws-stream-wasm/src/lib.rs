//! ws_stream_wasm.

#![allow(unreachable_pub)]

use std::fmt::Display;

use futures_util::{Sink, SinkExt, StreamExt};
use onclose_bench::{Data, End, SinkSubject, Subject, sink, subject, text};
use pharos::{Filter, Observable};
use ws_stream_wasm::{WsEvent, WsMessage, WsMeta, WsStream};

subject!(Socket);
sink!();

struct Socket {
    meta: WsMeta,
    stream: WsStream,
}

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        let (meta, stream) = WsMeta::connect(url, None).await.map_err(text)?;
        Ok(Self { meta, stream })
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        self.stream.send(Self::item(data)).await.map_err(text)
    }

    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        match self.stream.next().await {
            Some(WsMessage::Text(data)) => visit(Data::Text(&data)),
            Some(WsMessage::Binary(data)) => visit(Data::Binary(&data)),
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn end(&mut self, ask: &str) -> Result<End, String> {
        let mut events = self.meta.observe(Filter::Pointer(WsEvent::is_closed).into()).await.map_err(text)?;
        self.send(Data::Text(ask)).await?;
        match events.next().await {
            Some(WsEvent::Closed(event)) => {
                Ok(End { code: event.code, reason: event.reason, clean: Some(event.was_clean) })
            }
            _ => Err("the library did not report how it closed".to_owned()),
        }
    }
}

impl SinkSubject for Socket {
    type Item = WsMessage;

    fn item(data: Data<'_>) -> WsMessage {
        match data {
            Data::Text(data) => WsMessage::Text(data.to_owned()),
            Data::Binary(data) => WsMessage::Binary(data.to_vec()),
        }
    }

    fn sink(&mut self) -> Result<impl Sink<WsMessage, Error: Display> + Unpin, String> {
        Ok(&mut self.stream)
    }
}
