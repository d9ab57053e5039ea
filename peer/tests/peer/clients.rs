//! Clients that violate the protocol or disconnect: the peer survives them and records how they ended.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::support::{Server, close_frame, masked, payload};

#[tokio::test]
async fn a_client_that_leaves_without_a_close() {
    let server = Server::start().await;
    for route in ["/echo", "/close", "/close?then=hold", "/answer", "/send", "/finish", "/frames?hex=8900"] {
        let join = if route.contains('?') { '&' } else { '?' };
        let mut raw = server.open(&format!("{route}{join}id=a")).await;
        raw.stream.shutdown().await.unwrap();
        server.assert_end("a", "fin", None).await;
    }
}

#[tokio::test]
async fn a_client_that_resets() {
    let server = Server::start().await;
    for route in ["/echo", "/close", "/answer?none", "/deaf?for=100", "/drop?delay=60000"] {
        let join = if route.contains('?') { '&' } else { '?' };
        let mut raw = server.open(&format!("{route}{join}id=a")).await;
        raw.text("something").await;
        raw.stream.set_zero_linger().unwrap();
        drop(raw);
        server.assert_end("a", "reset", None).await;
    }
}

#[tokio::test]
async fn a_close_followed_by_fin_at_once_is_recorded() {
    let server = Server::start().await;
    for route in ["/echo", "/answer?late=3", "/send?count=3", "/close?code=4000"] {
        let join = if route.contains('?') { '&' } else { '?' };
        let mut raw = server.open(&format!("{route}{join}id=a")).await;
        raw.close(1000, "").await;
        raw.stream.shutdown().await.unwrap();
        server.assert_end("a", "fin", Some("03e8")).await;
    }
}

#[tokio::test]
async fn protocol_violations_are_answered_with_their_code() {
    let server = Server::start().await;
    let continued = [masked(0x01, b"a"), masked(0x81, b"b")].concat();
    for (bytes, code) in [
        (b"\x81\x02hi".to_vec(), 1002),
        (masked(0x83, b""), 1002),
        (masked(0xc1, b""), 1002),
        (masked(0x80, b"no beginning"), 1002),
        (masked(0x09, b"a fragmented ping"), 1002),
        (masked(0x89, &[0; 126]), 1002),
        (continued, 1002),
        (masked(0x81, b"\xc3\x28"), 1007),
        (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), 1009),
        (b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), 1009),
    ] {
        let mut raw = server.open("/echo?id=a").await;
        raw.write(&bytes).await;
        assert_eq!(raw.until_end().await, Ok(close_frame(&payload(code, ""))), "{bytes:x?}");
        drop(raw);
        server.assert_end("a", "fin", None).await;
    }
}

#[tokio::test]
async fn a_close_of_one_byte_is_recorded_unchanged() {
    let server = Server::start().await;
    let mut raw = server.open("/echo?id=a").await;
    raw.frame(0x88, b"\x03").await;
    raw.until_end().await.unwrap();
    drop(raw);
    let report = server.saw("a").await;
    assert_eq!(report["close"], serde_json::json!({ "code": null, "reason": "", "hex": "03" }));
}

#[tokio::test]
async fn only_the_first_close_is_recorded() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&then=hold").await;
    raw.close(4000, "first").await;
    raw.close(4001, "second").await;
    drop(raw);
    let report = server.saw("a").await;
    assert_eq!(report["close"]["reason"], "first");
}

#[tokio::test]
async fn requests_that_are_not_http() {
    let server = Server::start().await;
    for bytes in [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(), b"GET\r\n\r\n".to_vec(), vec![b'a'; 40_000]] {
        let mut raw = server.connect().await;
        raw.write(&bytes).await;
        assert!(raw.head().await.starts_with("HTTP/1.1 400 "));
    }
    let mut raw = server.connect().await;
    raw.write(b"GET / HT").await;
    raw.stream.shutdown().await.unwrap();
    assert_eq!(raw.until_end().await, Ok(vec![]));
}

#[tokio::test]
async fn nothing_outlives_the_time_limit() {
    let server = Server::with_limit(Duration::from_millis(200)).await;
    for route in ["/echo", "/close", "/answer?none", "/close?then=hold", "/handshake?fault=hang", "/deaf"] {
        let join = if route.contains('?') { '&' } else { '?' };
        let mut raw = server.asking(&format!("{route}{join}id=a"), "").await;
        if route.contains("none") || route.contains("hold") {
            raw.head().await;
            raw.close(1000, "").await;
        }
        let report = server.saw("a").await;
        assert_eq!(report["end"], "limit", "{route}");
        assert_eq!(server.count("").await, 0);
    }
}
