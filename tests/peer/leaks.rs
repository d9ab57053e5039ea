//! Memory.

use crate::server::at;
use crate::support::*;
use onclose::{CloseFrame, WebSocket};
use onclose_test_macros::peer_test;

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
