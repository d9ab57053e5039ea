//! `/answer`: how the server answers the client's Close.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use tokio::io::AsyncWriteExt as _;

use crate::support::{Server, close_frame, payload};

#[tokio::test]
async fn echoes_until_the_close_and_answers_the_same() {
    let server = Server::start().await;
    let mut raw = server.open("/answer?id=a").await;
    raw.text("hello").await;
    raw.expect_text("hello").await;
    raw.close(4321, "why").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4321, "why"))));
    drop(raw);
    server.assert_end("a", "fin", Some("10e1776879")).await;
}

#[tokio::test]
async fn answers_with_another_close_than_the_clients() {
    let server = Server::start().await;
    for (query, answer) in [
        ("code=4001&reason=other", close_frame(&payload(4001, "other"))),
        ("empty", vec![0x88, 0]),
        ("raw=03", vec![0x88, 1, 3]),
    ] {
        let mut raw = server.open(&format!("/answer?id=a&{query}")).await;
        raw.close(1000, "").await;
        assert_eq!(raw.until_end().await, Ok(answer));
        drop(raw);
        server.assert_end("a", "fin", Some("03e8")).await;
    }
}

#[tokio::test]
async fn none_sends_no_answer_and_keeps_tcp_open() {
    let server = Server::start().await;
    let mut raw = server.open("/answer?id=a&none").await;
    raw.close(1000, "").await;
    raw.silent_for(200).await;
    let report = server.known("a", 0).await;
    assert_eq!(report["end"], "open");
    assert_eq!(report["close"]["hex"], "03e8");
    raw.stream.shutdown().await.unwrap();
    server.assert_end("a", "fin", Some("03e8")).await;
}

#[tokio::test]
async fn delay_answers_late() {
    let server = Server::start().await;
    let mut raw = server.open("/answer?delay=150").await;
    let started = Instant::now();
    raw.close(1000, "").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(1000, ""))));
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn late_messages_precede_the_answer() {
    let server = Server::start().await;
    let mut raw = server.open("/answer?code=4002&late=3&interval=30").await;
    let started = Instant::now();
    raw.close(1000, "").await;
    for number in 0..3 {
        raw.expect_text(&format!("late {number}")).await;
    }
    assert!(started.elapsed() >= Duration::from_millis(90));
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4002, ""))));
}

#[tokio::test]
async fn how_ends_tcp_instead_of_answering() {
    let server = Server::start().await;
    let mut raw = server.open("/answer?id=fin&how=fin").await;
    raw.close(4000, "").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    drop(raw);
    server.assert_end("fin", "fin", Some("0fa0")).await;

    let mut raw = server.open("/answer?id=rst&how=rst").await;
    raw.close(4000, "").await;
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
    server.assert_end("rst", "server", Some("0fa0")).await;
}

#[tokio::test]
async fn then_resets_or_holds_tcp_after_the_answer() {
    let server = Server::start().await;
    let mut raw = server.open("/answer?id=rst&then=rst").await;
    raw.close(4000, "").await;
    // The reset may overtake the answer or follow it.
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
    server.assert_end("rst", "server", Some("0fa0")).await;

    let mut raw = server.open("/answer?id=hold&then=hold").await;
    raw.close(4000, "").await;
    raw.expect(&close_frame(&payload(4000, ""))).await;
    raw.silent_for(150).await;
    drop(raw);
    server.assert_end("hold", "fin", Some("0fa0")).await;
}
