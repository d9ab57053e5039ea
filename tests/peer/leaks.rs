//! Memory.

use crate::server::at;
use crate::support::*;
use onclose::{CloseFrame, WebSocket, closed, on_close};
use onclose_test_macros::peer_test;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

#[peer_test]
async fn opening_closing_and_dropping_leave_wasm_memory_flat() {
    // Connecting one after the other, as Firefox does anyway.
    async fn round(times: usize) {
        for number in 0..times {
            let mut ws = WebSocket::connect(&at("/send?count=1&size=2000").url).await.unwrap();
            assert!(ws.recv().await.unwrap().is_ok());
            let (clone, ended) = (ws.sender(), ws.closed());
            match number % 3 {
                0 => drop(ws.close(CloseFrame::NORMAL).await),
                1 => drop((ws, clone, ended)),
                _ => {
                    drop((ws, clone));
                    ended.await;
                }
            }
        }
    }
    round(60).await;
    let before = memory();
    round(240).await;
    assert_eq!(memory(), before, "240 connections after the first 60 grew wasm memory");
}

/// Does something six times, after which Rust holds no more JavaScript values than before.
async fn leaves_nothing(what: &str, route: &str, act: impl AsyncFn(WebSocket)) {
    let connect = async || {
        let builder = WebSocket::builder(&at(route).url).close_timeout(Duration::from_millis(100));
        act(builder.connect().await.unwrap()).await;
    };
    connect().await;
    sleep(300).await; // another test's last timer
    let before = held();
    for _ in 0..6 {
        connect().await;
    }
    until(&format!("no more is held than before, after {what}"), || held() <= before).await;
}

#[peer_test]
async fn no_javascript_value_is_held_for_a_connection_that_has_gone() {
    leaves_nothing("a drop", "/echo", async |ws| drop(ws)).await;
    leaves_nothing("a drop while the end is awaited", "/echo", async |ws| {
        let ended = ws.closed();
        spawn_local(async { drop(ended.await) });
        drop(ws.split());
    })
    .await;
    leaves_nothing("a future that went without being awaited", "/echo", async |ws| {
        let mut ended = ws.closed();
        assert!(poll_once(&mut ended, &Bell::new().1).is_pending());
        drop(ws);
    })
    .await;
    leaves_nothing("messages that nobody took", "/send?count=5&size=1000&kind=binary&close=1000", async |ws| {
        ws.closed().await;
    })
    .await;
    leaves_nothing("bytes both ways", "/echo", async |mut ws| {
        for _ in 0..5 {
            ws.send(vec![1; 1_000]).await.unwrap();
            ws.recv().await.unwrap().unwrap();
        }
        ws.close(CloseFrame::NORMAL).await;
    })
    .await;
    leaves_nothing("a deadline", "/answer?none", async |ws| drop(ws.close(CloseFrame::NORMAL).await)).await;
    leaves_nothing("giving it back", "/echo", async |ws| {
        let (ended, raw) = (ws.closed(), ws.into_raw());
        on_close(&raw, |_| {}).detach();
        let observed = closed(&raw);
        raw.close().unwrap();
        observed.await.unwrap();
        ended.await;
    })
    .await;
}

#[peer_test]
async fn a_backlog_does_not_stay_in_wasm_memory() {
    const SIZE: usize = 100_000;
    let before = memory();
    let ws = WebSocket::connect(&at(&format!("/send?count=300&size={SIZE}&kind=binary&close=1000")).url).await.unwrap();
    within(30_000, "the end", ws.closed()).await;
    let mut ws = ws;
    let mut received = 0;
    while let Some(message) = ws.recv().await {
        received += message.unwrap().len();
    }
    assert_eq!(received, 300 * SIZE);
    let grown = memory() - before;
    assert!(grown < 2_000_000.0, "30 MB of backlog left {grown} bytes of wasm memory");
}
