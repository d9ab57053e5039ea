//! `/close` and `/drop`: the server ends the connection.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Server, close_frame, payload, within};

#[tokio::test]
async fn tcp_ends_only_after_the_clients_reply() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&code=4000&reason=bye").await;
    raw.expect(&close_frame(&payload(4000, "bye"))).await;
    raw.silent_for(100).await;
    assert_eq!(server.count("a").await, 1);
    raw.close(4000, "bye").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    drop(raw);
    let report = server.saw("a").await;
    assert_eq!(report["end"], "fin");
    assert_eq!(report["close"]["code"], 4000);
    assert_eq!(report["close"]["reason"], "bye");
    assert_eq!(report["close"]["hex"], "0fa0627965");
    assert_eq!(server.count("a").await, 0);
}

#[tokio::test]
async fn every_code_is_sent_even_if_forbidden() {
    let server = Server::start().await;
    for code in [0, 999, 1000, 1004, 1005, 1006, 1012, 1015, 2999, 4999, 5000, 65535] {
        let mut raw = server.open(&format!("/close?code={code}")).await;
        raw.expect(&close_frame(&payload(code, ""))).await;
    }
}

#[tokio::test]
async fn raw_payloads_are_sent_unchanged() {
    let server = Server::start().await;
    for (query, frame) in [
        ("", close_frame(&payload(1000, ""))),
        ("?empty", vec![0x88, 0]),
        ("?raw=", vec![0x88, 0]),
        ("?raw=03", vec![0x88, 1, 3]),
        ("?raw=03e8C328", vec![0x88, 4, 3, 0xe8, 0xc3, 0x28]),
        ("?code=1000&reason=%E2%82%AC+%00", vec![0x88, 7, 3, 0xe8, 0xe2, 0x82, 0xac, 0x20, 0]),
    ] {
        let mut raw = server.open(&format!("/close{query}")).await;
        raw.expect(&frame).await;
        raw.silent_for(20).await;
    }
}

#[tokio::test]
async fn a_reason_over_123_bytes_makes_a_malformed_frame() {
    let server = Server::start().await;
    let reason = "r".repeat(124);
    let mut raw = server.open(&format!("/close?code=1000&reason={reason}")).await;
    let frame = [&[0x88, 126, 0, 126, 3, 0xe8], reason.as_bytes()].concat();
    raw.expect(&frame).await;
}

#[tokio::test]
async fn with_101_both_arrive_in_one_read() {
    let server = Server::start().await;
    let mut raw = server.asking("/close?id=a&code=4001&text=hi&with=101", "").await;
    let mut bytes = vec![0; 4096];
    let read = within(raw.stream.read(&mut bytes)).await.unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 101 "));
    assert!(bytes[..read].ends_with(b"\r\n\r\n\x81\x02hi\x88\x02\x0f\xa1"), "{:?}", &bytes[..read]);
    raw.close(4001, "").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    drop(raw);
    server.assert_end("a", "fin", Some("0fa1")).await;
}

#[tokio::test]
async fn with_fin_reads_the_reply_without_waiting_for_it() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&code=1001&with=fin").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(1001, ""))));
    raw.close(1001, "seen").await;
    drop(raw);
    server.assert_end("a", "fin", Some("03e97365656e")).await;
}

#[tokio::test]
async fn with_101_and_fin_arrive_together() {
    let server = Server::start().await;
    let mut raw = server.asking("/close?id=a&with=101,fin", "").await;
    let bytes = raw.until_end().await.unwrap();
    assert!(bytes.ends_with(b"\r\n\r\n\x88\x02\x03\xe8"));
    drop(raw);
    server.assert_end("a", "fin", None).await;
}

#[tokio::test]
async fn then_rst_resets_after_the_reply() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&then=rst").await;
    raw.expect(&close_frame(&payload(1000, ""))).await;
    raw.close(1000, "").await;
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
    server.assert_end("a", "server", Some("03e8")).await;
}

#[tokio::test]
async fn then_hold_leaves_tcp_open_until_the_client_ends_it() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&then=hold").await;
    raw.expect(&close_frame(&payload(1000, ""))).await;
    raw.close(1000, "").await;
    raw.silent_for(200).await;
    raw.stream.shutdown().await.unwrap();
    assert_eq!(raw.until_end().await, Ok(vec![]));
    server.assert_end("a", "fin", Some("03e8")).await;
}

#[tokio::test]
async fn messages_before_and_after_the_close() {
    let server = Server::start().await;
    let mut raw = server.open("/close?code=1000&text=first&after=2").await;
    raw.expect_text("first").await;
    raw.expect(&close_frame(&payload(1000, ""))).await;
    raw.expect_text("after 0").await;
    raw.expect_text("after 1").await;
}

#[tokio::test]
async fn a_delayed_close_counts_messages_during_the_delay() {
    let server = Server::start().await;
    let started = Instant::now();
    let mut raw = server.open("/close?id=a&delay=150").await;
    raw.text("meanwhile").await;
    raw.expect(&close_frame(&payload(1000, ""))).await;
    assert!(started.elapsed() >= Duration::from_millis(150));
    raw.close(1000, "").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    drop(raw);
    let report = server.saw("a").await;
    assert_eq!(report["messages"], 1);
    assert_eq!(report["bytes"], 9);
    assert_eq!(report["last"], "meanwhile");
}

#[tokio::test]
async fn drop_by_fin_has_no_close_frame() {
    let server = Server::start().await;
    for query in ["", "&how=fin", "&with=101", "&how=fin&delay=50"] {
        let mut raw = server.open(&format!("/drop?id=a{query}")).await;
        assert_eq!(raw.until_end().await, Ok(vec![]));
        drop(raw);
        server.assert_end("a", "fin", None).await;
    }
}

#[tokio::test]
async fn drop_by_rst_is_a_reset() {
    let server = Server::start().await;
    let mut raw = server.open("/drop?id=a&how=rst&delay=100").await;
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
    server.assert_end("a", "server", None).await;
}

#[tokio::test]
async fn drop_by_rst_directly_after_the_101() {
    let server = Server::start().await;
    let mut raw = server.asking("/drop?id=a&how=rst&with=101", "").await;
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
    let report = server.saw("a").await;
    assert_eq!(report["end"], "server");
    assert_eq!(report["upgraded"], true);
}

#[tokio::test]
async fn a_client_close_during_the_delay_is_answered_by_the_servers_close() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&code=4000&delay=100").await;
    raw.close(1000, "me first").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4000, ""))));
    drop(raw);
    server.assert_end("a", "fin", Some("03e86d65206669727374")).await;
}

#[tokio::test]
async fn with_rst_resets_without_waiting_for_the_reply() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&with=rst&asked").await;
    raw.silent_for(50).await;
    raw.text("now").await;
    // The reset may overtake the Close or follow it.
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
    server.assert_end("a", "server", None).await;
}

#[tokio::test]
async fn asked_waits_for_the_first_message() {
    let server = Server::start().await;
    let mut raw = server.open("/close?code=4000&asked").await;
    raw.silent_for(50).await;
    raw.text("now").await;
    raw.expect(&close_frame(&payload(4000, ""))).await;

    let mut raw = server.open("/drop?how=fin&asked").await;
    raw.silent_for(50).await;
    raw.text("now").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
}

#[tokio::test]
async fn asked_ends_when_the_client_closes_instead() {
    let server = Server::start().await;
    let mut raw = server.open("/close?id=a&code=4000&asked").await;
    raw.close(1000, "").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4000, ""))));
    drop(raw);
    server.assert_end("a", "fin", Some("03e8")).await;
}

#[tokio::test]
async fn close_with_deaf_reads_nothing_more() {
    let server = Server::with_limit(Duration::from_millis(300)).await;
    let mut raw = server.open("/close?id=a&code=1013&with=deaf").await;
    raw.expect(&close_frame(&payload(1013, ""))).await;
    raw.close(1013, "").await;
    raw.silent_for(100).await;
    server.assert_end("a", "limit", None).await;
}
