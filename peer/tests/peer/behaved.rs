//! `/echo`, `/send`, `/finish`, `/deaf`, `/read` and the subprotocol, mostly with a conforming client.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{io::AsyncWriteExt as _, time::timeout};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use crate::support::{Server, close_frame, masked, payload, within};

fn normal(code: u16, reason: &'static str) -> Option<CloseFrame> {
    Some(CloseFrame { code: CloseCode::from(code), reason: reason.into() })
}

#[tokio::test]
async fn echo_returns_messages_and_the_close() {
    let server = Server::start().await;
    let mut client = server.client("/echo?id=a").await;
    for message in [Message::text("héllo"), Message::binary(vec![0, 1, 255]), Message::text("")] {
        client.send(message.clone()).await.unwrap();
        assert_eq!(within(client.next()).await.unwrap().unwrap(), message);
    }
    client.close(normal(4005, "enough")).await.unwrap();
    assert_eq!(within(client.next()).await.unwrap().unwrap(), Message::Close(normal(4005, "enough")));
    assert!(within(client.next()).await.is_none());
    drop(client);
    let report = server.saw("a").await;
    assert_eq!(report["path"], "/echo");
    assert_eq!(report["messages"], 3);
    assert_eq!(report["bytes"], 9);
    assert_eq!(report["last"], "");
    assert_eq!(report["close"]["reason"], "enough");
    assert_eq!(report["end"], "fin");
}

#[tokio::test]
async fn echo_joins_fragments_around_a_ping() {
    let server = Server::start().await;
    let mut raw = server.open("/echo").await;
    raw.frame(0x01, b"one ").await;
    raw.frame(0x89, b"ping").await;
    raw.expect(b"\x8a\x04ping").await;
    raw.frame(0x80, b"message").await;
    raw.expect_text("one message").await;
}

#[tokio::test]
async fn echo_of_a_frame_that_arrives_byte_by_byte() {
    let server = Server::start().await;
    let mut raw = server.open("/echo").await;
    for byte in masked(0x81, b"slow") {
        raw.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    raw.expect_text("slow").await;
}

#[tokio::test]
async fn echo_of_a_large_message() {
    let server = Server::start().await;
    let mut client = server.client("/echo").await;
    let large = Message::binary(vec![7; 4 << 20]);
    let (mut sink, mut stream) = client.split();
    let (sent, received) = tokio::join!(sink.send(large.clone()), within(stream.next()));
    sent.unwrap();
    assert!(received.unwrap().unwrap() == large);
    client = sink.reunite(stream).unwrap();
    drop(client);
}

#[tokio::test]
async fn the_subprotocol_is_the_first_offered_or_the_parameter() {
    let server = Server::start().await;
    let offer = "Sec-WebSocket-Protocol: chat, superchat\r\nOrigin: http://example.test\r\n";
    for (query, extra, expected) in [
        ("", offer, Some("chat")),
        ("", "", None),
        ("&protocol=none", offer, None),
        ("&protocol=other", offer, Some("other")),
        ("&protocol=other", "", Some("other")),
    ] {
        let mut raw = server.asking(&format!("/echo?id=a{query}"), extra).await;
        let head = raw.head().await;
        let line = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Protocol: "));
        assert_eq!(line, expected, "{query}");
    }
    let _raw = server.asking("/echo?id=b", offer).await.head().await;
    let report = server.saw("b").await;
    assert_eq!(report["protocols"], serde_json::json!(["chat", "superchat"]));
    assert_eq!(report["origin"], "http://example.test");
    assert_eq!(report["upgraded"], true);
}

#[tokio::test]
async fn sent_messages_have_their_number_and_size() {
    let server = Server::start().await;
    let mut raw = server.open("/send?id=a&count=11&size=3&close=4000&reason=all").await;
    for number in 0..10 {
        raw.expect_text(&format!("{number} x")).await;
    }
    raw.expect_text("10 ").await;
    raw.expect(&close_frame(&payload(4000, "all"))).await;
    raw.close(4000, "").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));

    let mut raw = server.open("/send?size=1").await;
    raw.expect_text("x").await;
    let mut raw = server.open("/send?count=2&size=4&kind=binary").await;
    raw.expect(&[0x82, 4, 0, 1, 2, 3, 0x82, 4, 1, 2, 3, 4]).await;
}

#[tokio::test]
async fn sending_waits_first_and_between_then_echoes() {
    let server = Server::start().await;
    let started = Instant::now();
    let mut raw = server.open("/send?count=3&size=2&delay=100&interval=40").await;
    raw.silent_for(50).await;
    for number in 0..3 {
        raw.expect_text(&format!("{number} ")).await;
    }
    assert!(started.elapsed() >= Duration::from_millis(180));
    raw.text("and on").await;
    raw.expect_text("and on").await;
}

#[tokio::test]
async fn asked_sends_after_the_first_message() {
    let server = Server::start().await;
    let mut raw = server.open("/send?count=2&size=2&asked").await;
    raw.silent_for(50).await;
    raw.text("go").await;
    raw.expect_text("0 ").await;
    raw.expect_text("1 ").await;
}

#[tokio::test]
async fn a_flood_arrives_complete() {
    let server = Server::start().await;
    let mut client = server.client("/send?count=20000&size=100&kind=binary&close=1000").await;
    let (mut messages, mut bytes) = (0, 0);
    while let Message::Binary(payload) = within(client.next()).await.unwrap().unwrap() {
        messages += 1;
        bytes += payload.len();
    }
    assert_eq!((messages, bytes), (20_000, 2_000_000));
}

#[tokio::test]
async fn a_close_in_the_middle_of_a_flood_stops_it() {
    let server = Server::start().await;
    let mut client = server.client("/send?id=a&count=10000000&size=1000").await;
    within(client.next()).await.unwrap().unwrap();
    client.close(normal(1000, "stop")).await.unwrap();
    // Messages already sent still arrive, then the answer.
    while let Message::Text(_) = within(client.next()).await.unwrap().unwrap() {}
    drop(client);
    assert_eq!(server.saw("a").await["close"]["reason"], "stop");
}

#[tokio::test]
async fn a_close_while_a_send_waits_is_answered_at_once() {
    let server = Server::start().await;
    for wait in ["delay=60000", "count=2&size=0&interval=60000"] {
        let mut raw = server.open(&format!("/send?{wait}")).await;
        if wait.contains("interval") {
            raw.expect_text("").await;
        }
        raw.close(1000, "").await;
        assert_eq!(raw.until_end().await, Ok(close_frame(&payload(1000, ""))));
    }
}

#[tokio::test]
async fn finish_sends_messages_after_done() {
    let server = Server::start().await;
    let mut raw = server.open("/finish?id=a&count=2&interval=30&close=4002&reason=end").await;
    raw.text("not yet").await;
    raw.silent_for(50).await;
    raw.text("done").await;
    raw.expect_text("finish 0").await;
    raw.expect_text("finish 1").await;
    raw.expect(&close_frame(&payload(4002, "end"))).await;
    raw.close(4002, "end").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    drop(raw);
    let report = server.saw("a").await;
    assert_eq!(report["last"], "done");
    assert_eq!(report["end"], "fin");
}

#[tokio::test]
async fn finish_answers_a_close_instead_of_done() {
    let server = Server::start().await;
    let mut raw = server.open("/finish").await;
    raw.close(1001, "").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(1001, ""))));
}

#[tokio::test]
async fn deaf_fills_the_clients_buffer_and_counts_everything_when_it_reads() {
    let server = Server::start().await;
    let mut raw = server.open("/deaf?id=a&for=400").await;
    let message = masked(0x82, &vec![0; 1 << 20]);
    let mut sent = 0_u64;
    // More than any socket buffer: the last writes cannot complete while the peer does not read.
    let stuck = async {
        for _ in 0..12 {
            raw.stream.write_all(&message).await.unwrap();
            sent += 1;
        }
    };
    let mut stuck = Box::pin(stuck);
    assert!(timeout(Duration::from_millis(200), &mut stuck).await.is_err());
    assert_eq!(server.known("a", 0).await["messages"], 0);
    within(stuck).await;
    raw.close(1000, "").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(1000, ""))));
    drop(raw);
    let report = server.saw("a").await;
    assert_eq!(report["messages"], sent);
    assert_eq!(report["bytes"], sent << 20);
}

#[tokio::test]
async fn deaf_without_a_time_never_reads_the_close() {
    let server = Server::with_limit(Duration::from_millis(300)).await;
    let mut raw = server.open("/deaf?id=a").await;
    raw.close(1000, "").await;
    raw.silent_for(100).await;
    server.assert_end("a", "limit", None).await;
}

#[tokio::test]
async fn read_acknowledges_the_bytes_and_answers_the_close() {
    let server = Server::start().await;
    let mut raw = server.open("/read?ack=1000").await;
    let message = masked(0x82, &[0; 1000]);
    raw.write(&message).await;
    raw.expect_text(&message.len().to_string()).await;
    raw.write(&message).await;
    raw.expect_text(&(2 * message.len()).to_string()).await;
    raw.close(4000, "bye").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4000, "bye"))));
}

#[tokio::test]
async fn read_with_a_rate_takes_no_more_bytes_per_second() {
    let server = Server::start().await;
    let mut raw = server.open("/read?id=a&rate=200000").await;
    let begun = std::time::Instant::now();
    raw.write(&masked(0x82, &vec![0; 100_000])).await;
    raw.close(1000, "").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(1000, ""))));
    assert!(begun.elapsed() > Duration::from_millis(400), "it took {:?}", begun.elapsed());
    drop(raw);
    assert_eq!(server.saw("a").await["bytes"], 100_000);
}
