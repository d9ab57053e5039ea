//! `/refuse`, `/handshake`, `/frames` and `accept_delay`.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use tokio::io::AsyncWriteExt as _;

use crate::support::{ACCEPT, Server, close_frame, payload};

#[tokio::test]
async fn a_refused_handshake_has_its_status() {
    let server = Server::start().await;
    for (query, line) in [
        ("", "HTTP/1.1 403 Forbidden"),
        ("status=401", "HTTP/1.1 401 Unauthorized"),
        ("status=503", "HTTP/1.1 503 Service Unavailable"),
        ("status=599", "HTTP/1.1 599 Unknown"),
    ] {
        let mut raw = server.asking(&format!("/refuse?id=a&{query}"), "").await;
        let head = raw.head().await;
        assert_eq!(head.lines().next(), Some(line));
        assert_eq!(raw.until_end().await, Ok(vec![]));
        drop(raw);
        let report = server.saw("a").await;
        assert_eq!(report["upgraded"], false);
        assert_eq!(report["end"], "fin");
    }
}

#[tokio::test]
async fn a_redirect_has_its_location() {
    let server = Server::start().await;
    let mut raw = server.asking("/refuse?status=301&location=ws%3A%2F%2Flocalhost%2Fecho", "").await;
    let head = raw.head().await;
    assert!(head.starts_with("HTTP/1.1 301 ") && head.contains("\r\nLocation: ws://localhost/echo\r\n"), "{head}");
}

#[tokio::test]
async fn each_faulty_handshake_has_exactly_one_fault() {
    let server = Server::start().await;
    for (fault, accept, upgrade, connection, extension) in [
        ("accept", false, true, true, false),
        ("upgrade", true, false, true, false),
        ("connection", true, true, false, false),
        ("extension", true, true, true, true),
    ] {
        let mut raw = server.asking(&format!("/handshake?id={fault}&fault={fault}"), "").await;
        let head = raw.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("\r\nSec-WebSocket-Accept: "), "{head}");
        assert_eq!(head.contains(ACCEPT), accept, "{head}");
        assert_eq!(head.contains("\r\nUpgrade: websocket\r\n"), upgrade, "{head}");
        assert_eq!(head.contains("\r\nConnection: Upgrade\r\n"), connection, "{head}");
        assert_eq!(head.contains("\r\nSec-WebSocket-Extensions: "), extension, "{head}");
        raw.silent_for(30).await;
        drop(raw);
        let report = server.saw(fault).await;
        assert_eq!(report["upgraded"], false);
        assert_eq!(report["end"], "fin");
    }
}

#[tokio::test]
async fn a_client_that_leaves_a_hanging_handshake_is_recorded() {
    let server = Server::start().await;
    let mut raw = server.asking("/handshake?id=a&fault=hang", "").await;
    raw.silent_for(150).await;
    assert_eq!(server.known("a", 0).await["end"], "open");
    assert_eq!(server.count("a").await, 0);
    drop(raw);
    server.assert_end("a", "fin", None).await;
}

#[tokio::test]
async fn drop_reset_half_and_garbage_are_not_http_answers() {
    let server = Server::start().await;
    let mut raw = server.asking("/handshake?id=a&fault=drop", "").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    let mut raw = server.asking("/handshake?id=b&fault=garbage", "").await;
    let bytes = raw.until_end().await.unwrap();
    assert!(!bytes.is_empty() && !bytes.starts_with(b"HTTP"));
    drop(raw);
    server.assert_end("b", "fin", None).await;

    let mut raw = server.asking("/handshake?fault=half", "").await;
    let bytes = raw.until_end().await.unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 101 ") && !bytes.ends_with(b"\r\n\r\n"));
    let mut raw = server.asking("/handshake?fault=reset", "").await;
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn asked_sends_raw_frames_after_the_first_message() {
    let server = Server::start().await;
    let mut raw = server.open("/frames?hex=8900&asked").await;
    raw.silent_for(50).await;
    raw.text("now").await;
    raw.expect(&[0x89, 0]).await;
}

#[tokio::test]
async fn a_delayed_101_on_any_route() {
    let server = Server::start().await;
    let started = Instant::now();
    let mut raw = server.open("/close?code=4000&accept_delay=150").await;
    assert!(started.elapsed() >= Duration::from_millis(150));
    raw.expect(&close_frame(&payload(4000, ""))).await;
}

#[tokio::test]
async fn a_client_that_ends_tcp_before_the_101() {
    let server = Server::start().await;
    let mut raw = server.asking("/echo?id=a&accept_delay=60000", "").await;
    raw.silent_for(50).await;
    raw.stream.shutdown().await.unwrap();
    let report = server.saw("a").await;
    assert_eq!(report["end"], "fin");
    assert_eq!(report["upgraded"], false);
}

#[tokio::test]
async fn raw_frames_are_sent_unchanged_with_pauses() {
    let server = Server::start().await;
    let started = Instant::now();
    let mut raw = server.open("/frames?id=a&hex=818100000000,C103616263,wait,83ff").await;
    raw.expect(&[0x81, 0x81, 0, 0, 0, 0, 0xc1, 3, b'a', b'b', b'c']).await;
    raw.expect(&[0x83, 0xff]).await;
    assert!(started.elapsed() >= Duration::from_millis(50));
    raw.silent_for(30).await;
    raw.close(1002, "no").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    drop(raw);
    server.assert_end("a", "fin", Some("03ea6e6f")).await;
}

#[tokio::test]
async fn answer_replies_to_the_close_after_raw_frames() {
    let server = Server::start().await;
    let mut raw = server.open("/frames?hex=0103616263,800164&answer").await;
    raw.expect(&[1, 3, b'a', b'b', b'c', 0x80, 1, b'd']).await;
    raw.close(4000, "").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4000, ""))));
}

#[tokio::test]
async fn then_ends_tcp_within_a_raw_frame() {
    let server = Server::start().await;
    let mut raw = server.open("/frames?hex=81056865&then=fin").await;
    assert_eq!(raw.until_end().await, Ok(vec![0x81, 5, b'h', b'e']));
    let mut raw = server.open("/frames?hex=81056865&then=rst&asked").await;
    raw.text("now").await;
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
}
