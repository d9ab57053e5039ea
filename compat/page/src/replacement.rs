//! The behaviour of `ws_stream_wasm` that its dependents rely on.

use crate::{Result, error, expect};
use futures_util::future::join;
use futures_util::io::{AsyncReadExt as _, AsyncWriteExt as _};
use futures_util::{SinkExt as _, StreamExt as _};
use pharos::{Events, Observable as _, ObserveConfig};
use wasm_bindgen::prelude::*;
use ws_stream_wasm::{CloseEvent, WsErr, WsEvent, WsMessage, WsMeta, WsState, WsStream};

async fn connect(url: &str) -> Result<(WsMeta, WsStream)> {
    WsMeta::connect(url, None).await.map_err(error)
}

/// Connects, and observes all events.
async fn observe(url: &str) -> Result<(WsMeta, WsStream, Events<WsEvent>)> {
    let (mut meta, stream) = connect(url).await?;
    let events = meta.observe(ObserveConfig::default()).await.map_err(error)?;
    Ok((meta, stream, events))
}

/// Returns all events; they end once the connection is closed and both handles are dropped.
async fn all(events: Events<WsEvent>) -> Vec<WsEvent> {
    events.collect().await
}

fn text(text: &str) -> WsMessage {
    WsMessage::Text(text.to_owned())
}

fn close_event(code: u16, reason: &str, was_clean: bool) -> CloseEvent {
    CloseEvent { code, reason: reason.to_owned(), was_clean }
}

/// The server answers with the code of the client, or with none.
#[wasm_bindgen]
pub async fn every_way_to_close_delivers_closing_and_closed(url: String) -> Result {
    let ended = |code| [WsEvent::Closing, WsEvent::Closed(close_event(code, "", true))];

    let (meta, stream, events) = observe(&url).await?;
    expect(meta.close().await, Ok(close_event(1005, "", true)))?;
    drop((meta, stream));
    expect(all(events).await, ended(1005))?;

    let (meta, stream, events) = observe(&url).await?;
    expect(meta.close_code(4000).await, Ok(close_event(4000, "", true)))?;
    drop((meta, stream));
    expect(all(events).await, ended(4000))?;

    let (meta, mut stream, events) = observe(&url).await?;
    expect(stream.close().await, Ok(()))?;
    expect([meta.ready_state(), stream.ready_state()], [WsState::Closed; 2])?;
    drop((meta, stream));
    expect(all(events).await, ended(1005))?;

    let (meta, stream, events) = observe(&url).await?;
    let mut io = stream.into_io();
    io.close().await.map_err(error)?;
    drop((meta, io));
    expect(all(events).await, ended(1005))
}

#[wasm_bindgen]
pub async fn dropping_the_stream_closes_and_delivers_closing_and_closed(url: String) -> Result {
    let (meta, stream, mut events) = observe(&url).await?;
    drop(stream);
    expect(events.next().await, Some(WsEvent::Closing))?;
    expect(events.next().await, Some(WsEvent::Closed(close_event(1005, "", true))))?;
    expect(meta.ready_state(), WsState::Closed)
}

#[wasm_bindgen]
pub async fn a_close_by_the_server_delivers_its_messages_and_closed(url: String) -> Result {
    let (meta, mut stream, events) = observe(&url).await?;
    // The server waits for it, so that the events are observed in time.
    stream.send(text("close")).await.map_err(error)?;
    expect(stream.next().await, Some(text("last words")))?;
    expect(stream.next().await, None)?;
    expect([meta.ready_state(), stream.ready_state()], [WsState::Closed; 2])?;
    expect(stream.send(text("late")).await, Err(WsErr::ConnectionNotOpen))?;
    expect(meta.close().await, Err(WsErr::ConnectionNotOpen))?;
    expect(meta.close_code(1000).await, Err(WsErr::ConnectionNotOpen))?;
    expect(meta.close_reason(1000, "late").await, Err(WsErr::ConnectionNotOpen))?;
    drop((meta, stream));
    expect(all(events).await, [WsEvent::Closed(close_event(4001, "moved", true))])
}

#[wasm_bindgen]
pub async fn a_lost_connection_delivers_error_and_closed(url: String) -> Result {
    let (meta, mut stream, events) = observe(&url).await?;
    stream.send(text("end")).await.map_err(error)?;
    expect(stream.next().await, None)?;
    drop((meta, stream));
    expect(all(events).await, [WsEvent::Error, WsEvent::Closed(close_event(1006, "", false))])
}

#[wasm_bindgen]
pub async fn a_connection_that_is_closing_sends_nothing_and_its_close_can_be_awaited(url: String) -> Result {
    let (meta, mut stream) = connect(&url).await?;
    expect([meta.ready_state(), stream.ready_state()], [WsState::Open; 2])?;
    meta.wrapped().close().map_err(|_| error("the browser has thrown"))?;
    expect([meta.ready_state(), stream.ready_state()], [WsState::Closing; 2])?;
    expect(stream.send(text("late")).await, Err(WsErr::ConnectionNotOpen))?;
    // Its own code is not used, and not checked.
    expect(meta.close_code(500).await, Ok(close_event(1005, "", true)))?;
    expect([meta.ready_state(), stream.ready_state()], [WsState::Closed; 2])
}

#[wasm_bindgen]
pub async fn an_invalid_code_or_reason_closes_nothing(url: String) -> Result {
    let (meta, mut stream) = connect(&url).await?;
    let long = "a".repeat(124);
    for code in [500, 1001, 5000] {
        expect(meta.close_code(code).await, Err(WsErr::InvalidCloseCode { supplied: code }))?;
        expect(meta.close_reason(code, "why").await, Err(WsErr::InvalidCloseCode { supplied: code }))?;
        expect(meta.close_reason(code, &long).await, Err(WsErr::ReasonStringToLong))?;
    }
    expect(meta.close_reason(1000, &long).await, Err(WsErr::ReasonStringToLong))?;
    expect(meta.ready_state(), WsState::Open)?;
    stream.send(text("still here")).await.map_err(error)?;
    expect(stream.next().await, Some(text("still here")))?;
    expect(meta.close_reason(4002, "why").await, Ok(close_event(4002, "why", true)))
}

#[wasm_bindgen]
pub async fn connecting_fails_with_invalid_url_or_the_close_event(url: String) -> Result {
    for invalid in ["ftp://localhost", "ws://localhost/#fragment", "ws://"] {
        let failed = WsMeta::connect(invalid, None).await.map(drop);
        expect(failed, Err(WsErr::InvalidUrl { supplied: invalid.to_owned() }))?;
    }
    let failed = WsMeta::connect(&url, vec!["twice", "twice"]).await.map(drop);
    expect(failed, Err(WsErr::InvalidUrl { supplied: url.clone() }))?;
    let failed = WsMeta::connect(&url, None).await.map(drop);
    expect(failed, Err(WsErr::ConnectionFailed { event: close_event(1006, "", false) }))
}

#[wasm_bindgen]
pub async fn messages_and_bytes_come_back(url: String) -> Result {
    let (meta, mut stream) = connect(&url).await?;
    expect((meta.url(), meta.protocol(), meta.buffered_amount()), (url.clone(), String::new(), 0))?;
    for message in [text("hello"), text(""), WsMessage::Binary(vec![0, 255]), WsMessage::Binary(vec![7; 100_000])] {
        stream.send(message.clone()).await.map_err(error)?;
        expect(stream.next().await, Some(message))?;
    }
    let (mut reader, mut writer) = stream.into_io().split();
    let bytes: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
    let mut read = vec![0; bytes.len()];
    let write = async {
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    let (written, received) = join(write, reader.read_exact(&mut read)).await;
    written.and(received).map_err(error)?;
    expect(read == bytes, true)
}

/// The server reads slowly.
#[wasm_bindgen]
pub async fn what_a_sink_has_accepted_is_sent_before_the_close(url: String) -> Result {
    let (meta, mut stream) = connect(&url).await?;
    for _ in 0..30 {
        stream.feed(WsMessage::Binary(vec![0; 100_000])).await.map_err(error)?;
    }
    expect(meta.close_code(4000).await, Ok(close_event(4000, "", true)))
}

#[wasm_bindgen]
pub async fn a_close_that_the_server_does_not_answer_ends_after_its_timeout(url: String) -> Result {
    let (meta, mut stream, events) = observe(&url).await?;
    expect(meta.close_code(4000).await, Ok(close_event(1006, "", false)))?;
    // The browser itself still waits.
    expect(WsState::try_from(meta.wrapped().ready_state()), Ok(WsState::Closing))?;
    expect(stream.next().await, None)?;
    expect([meta.ready_state(), stream.ready_state()], [WsState::Closed; 2])?;
    drop((meta, stream));
    expect(all(events).await, [WsEvent::Closing, WsEvent::Closed(close_event(1006, "", false))])
}
