//! Memory that connections leave behind.

use crate::server::{TestServer, at, at_unanswered_close};
use crate::support::*;
use onclose::{CloseFrame, WebSocket, closed, on_close};
use onclose_test_macros::peer_test;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

#[peer_test]
async fn wasm_memory_stays_flat_over_many_connections() {
    // One connection after the other, as Firefox makes them anyway.
    async fn connect(times: usize) {
        for number in 0..times {
            let mut ws = WebSocket::connect(&at("/send?count=1&size=2000").url).await.unwrap();
            assert!(ws.recv().await.unwrap().is_ok());
            let (clone, closed) = (ws.sender(), ws.closed());
            match number % 3 {
                0 => drop(ws.close(CloseFrame::NORMAL).await),
                1 => drop((ws, clone, closed)),
                _ => {
                    drop((ws, clone));
                    closed.await;
                }
            }
        }
    }
    connect(60).await;
    let before = wasm_memory_bytes();
    connect(240).await;
    assert_eq!(wasm_memory_bytes(), before, "240 connections after the first 60 grew wasm memory");
}

/// Connects and does something many times, after which Rust holds no more JavaScript values than after the first time.
///
/// What the first time leaves to be freed a little later is less than what so many times would leak.
async fn leaves_nothing(what: &str, server: impl Fn() -> TestServer, act: impl AsyncFn(WebSocket, &TestServer)) {
    let connect = async || {
        let server = server();
        let builder = WebSocket::builder(&server.url).close_timeout(Duration::from_millis(100));
        act(builder.connect().await.unwrap(), &server).await;
    };
    sleep(0).await;
    connect().await;
    let before = live_js_values();
    for _ in 0..12 {
        connect().await;
    }
    until(&format!("no more values are held than before {what}"), || live_js_values() <= before).await;
}

fn echo() -> TestServer {
    at("/echo")
}

#[peer_test]
async fn no_javascript_value_is_held_for_dropped_connections() {
    leaves_nothing("a drop", echo, async |ws, _| drop(ws)).await;
    leaves_nothing("a drop while the close is awaited", echo, async |ws, _| {
        let closed = ws.closed();
        spawn_local(async { drop(closed.await) });
        drop(ws.split());
    })
    .await;
    leaves_nothing("a future that was dropped while pending", echo, async |ws, _| {
        let mut closed = ws.closed();
        assert!(poll(&mut closed).is_pending());
        drop(ws);
    })
    .await;
    let backlog = || at("/send?count=5&size=1000&kind=binary&close=1000");
    leaves_nothing("unread messages", backlog, async |ws, _| drop(ws.closed().await)).await;
    leaves_nothing("binary messages in both directions", echo, async |mut ws, _| {
        for _ in 0..5 {
            ws.send(vec![1; 1_000]).await.unwrap();
            ws.recv().await.unwrap().unwrap();
        }
        ws.close(CloseFrame::NORMAL).await;
    })
    .await;
}

#[peer_test]
async fn no_javascript_value_is_held_after_a_timeout_or_into_raw() {
    leaves_nothing("a close timeout", at_unanswered_close, async |ws, server| {
        ws.close(CloseFrame::NORMAL).await;
        server.answer_close().await;
    })
    .await;
    leaves_nothing("into_raw", echo, async |ws, _| {
        let (own, raw) = (ws.closed(), ws.into_raw());
        on_close(&raw, |_| {}).detach();
        let observed = closed(&raw);
        raw.close().unwrap();
        observed.await.unwrap();
        own.await;
    })
    .await;
}

#[peer_test]
async fn backlog_is_not_kept_in_wasm_memory() {
    const SIZE: usize = 100_000;
    let before = wasm_memory_bytes();
    let server = at(&format!("/send?count=300&size={SIZE}&kind=binary&close=1000"));
    let mut ws = WebSocket::connect(&server.url).await.unwrap();
    within("the close", ws.closed()).await;
    let mut received = 0;
    while let Some(message) = ready("a message", ws.recv()) {
        received += message.unwrap().len();
    }
    assert_eq!(received, 300 * SIZE);
    let grown = wasm_memory_bytes() - before;
    assert!(grown < 2_000_000.0, "30 MB of backlog grew wasm memory by {grown} bytes");
}
