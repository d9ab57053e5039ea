//! Messages, and the end of the stream after them.

use crate::server::at;
use crate::support::*;
use futures_util::stream::{FusedStream, StreamExt as _, TryStreamExt as _};
use onclose::{CloseCause, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use std::time::Duration;

/// What `recv_limit` charges for each message beside its size.
const OVERHEAD: usize = 64;
const TOO_MUCH: CloseFrame = CloseFrame::from_static(4002, "too much");

#[peer_test]
async fn messages_before_the_close_are_delivered_after_it_is_known() {
    let mut ws = WebSocket::connect(&at("/send?count=500&size=100&close=4003&reason=all").url).await.unwrap();
    // The connection is closed before the first message is taken.
    let info = within("the close", ws.closed()).await;
    assert_eq!((info.code().as_u16(), info.reason()), (4003, "all"));
    for number in 0..500 {
        let message = ready("a message", ws.recv()).unwrap().unwrap();
        let text = message.as_text().unwrap();
        assert_eq!((text.len(), text.split(' ').next().unwrap()), (100, number.to_string().as_str()));
    }
    assert!(ready("the end of the stream", ws.recv()).is_none() && ws.is_terminated());
    assert!(ready("the end of the stream", ws.next()).is_none());
}

#[peer_test]
async fn clean_close_is_no_error_for_try_collect() {
    let ws = WebSocket::connect(&at("/send?count=20&size=1000&kind=binary&close=1000").url).await.unwrap();
    let messages: Vec<Message> = within("all messages", ws.try_collect()).await.unwrap();
    for (number, message) in messages.iter().enumerate() {
        let expected: Vec<u8> = (0..1000).map(|index| ((number + index) % 256) as u8).collect();
        assert_eq!(*message, Message::Binary(expected));
    }
    assert_eq!(messages.len(), 20);
}

#[peer_test]
async fn select_gets_the_end_of_the_stream() {
    for route in ["/close?asked&code=1000&text=one", "/drop?asked&how=fin"] {
        let mut ws = WebSocket::connect(&at(route).url).await.unwrap();
        ws.send("begin").await.unwrap();
        let reading = async {
            loop {
                futures_util::select! {
                    message = ws.next() => if message.is_none() { break },
                    complete => panic!("the stream is terminated before it has returned None"),
                }
            }
        };
        within("the end of the stream", reading).await;
        assert!(ws.is_terminated());
    }
}

#[peer_test]
async fn loss_is_reported_after_the_messages_before_it() {
    let server = at("/obey");
    let mut ws = WebSocket::connect(&server.url).await.unwrap();
    let received = Counter::default();
    let _listener = listen(ws.as_raw(), "message", {
        let received = received.clone();
        move |_| received.increment()
    });
    server.command("say=a").await;
    server.command("say=b").await;
    // A reset discards what the client's system has received and not yet passed on.
    until("both have arrived", || received.get() == 2).await;
    server.command("end=rst").await;
    within("the close", ws.closed()).await;
    for text in ["a", "b"] {
        assert_eq!(ready("a message", ws.recv()).unwrap().unwrap(), Message::from(text));
    }
    assert!(ready("the error", ws.recv()).unwrap().unwrap_err().is_lost());
    assert!(ready("the end of the stream", ws.recv()).is_none());
}

#[peer_test]
async fn messages_after_the_close_frame_of_the_peer_are_not_delivered() {
    let mut ws = WebSocket::connect(&at("/close?asked&code=4004&text=before&after=3").url).await.unwrap();
    ws.send("begin").await.unwrap();
    assert_eq!(within("the message", ws.recv()).await.unwrap().unwrap(), Message::from("before"));
    // Chromium takes data after a Close frame for a protocol error, the others ignore it.
    let end = within("the end of the stream", ws.recv()).await;
    let info = ready("the close info", ws.closed());
    match end {
        None => assert_eq!((info.code().as_u16(), info.cause()), (4004, CloseCause::Remote)),
        Some(result) => assert_eq!((result.unwrap_err().is_lost(), info.cause()), (true, CloseCause::Lost)),
    }
}

#[peer_test]
async fn messages_after_our_close_are_not_delivered() {
    let mut ws =
        WebSocket::builder(&at("/answer?late=5&interval=20").url).close_timeout(NEVER).connect().await.unwrap();
    let closed = ws.close(TOO_MUCH);
    assert!(within("the end of the stream", ws.recv()).await.is_none());
    assert_eq!(ready("the close info", closed).cause(), CloseCause::Local);
}

#[peer_test]
async fn empty_and_large_messages_are_echoed_unchanged() {
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let large: String = "€uro 😀 ".repeat(20_000);
    let bytes: Vec<u8> = (0..1_000_000u32).map(|index| index as u8).collect();
    for message in [Message::from(""), Message::from(Vec::new()), Message::from(large), Message::from(bytes)] {
        ws.send(message.clone()).await.unwrap();
        assert!(within("the echo", ws.recv()).await.unwrap().unwrap() == message);
    }
}

#[peer_test]
async fn sending_binary_changes_neither_binary_type_nor_order() {
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let sent: Vec<Message> = (0..8u8)
        .flat_map(|number| [Message::from(vec![number; 200_000]), Message::from(format!("text {number}"))])
        .collect();
    let (sender, raw, all) = (ws.sender(), ws.as_raw().clone(), sent.clone());
    let sending = async {
        for message in all {
            sender.send(message).await.unwrap();
            assert_eq!(raw.binary_type(), web_sys::BinaryType::Arraybuffer);
        }
    };
    let receiving = async {
        for expected in &sent {
            assert!(within("the echo", ws.recv()).await.unwrap().unwrap() == *expected);
        }
    };
    futures_util::future::join(sending, receiving).await;
}

#[peer_test]
async fn slow_reader_with_a_limit_closes_the_connection() {
    let server = at("/send?count=200&size=1000&kind=binary");
    let limit = 10 * (1_000 + OVERHEAD);
    let builder = WebSocket::builder(&server.url).recv_limit(limit, TOO_MUCH).close_timeout(NEVER);
    let mut ws = builder.connect().await.unwrap();
    let info = within("the close", ws.closed()).await;
    // The code is the peer's answer.
    assert_eq!((info.code().as_u16(), info.requested(), info.cause()), (4002, Some(&TOO_MUCH), CloseCause::Local));
    for _ in 0..10 {
        assert_eq!(ready("a message", ws.recv()).unwrap().unwrap().len(), 1_000);
    }
    assert!(ready("the error", ws.recv()).unwrap().unwrap_err().is_overflow());
    assert!(ready("the end of the stream", ws.recv()).is_none());
    assert_eq!(server.record().await.close_frame(), Some((4002, "too much".to_owned())));
}

#[peer_test]
async fn changed_binary_type_is_an_unreadable_message() {
    let uncaught = UncaughtErrors::watch();
    let server = at("/echo");
    let mut ws = WebSocket::connect(&server.url).await.unwrap();
    ws.as_raw().set_binary_type(web_sys::BinaryType::Blob);
    ws.send(vec![1, 2, 3]).await.unwrap();
    assert!(within("the error", ws.recv()).await.unwrap().unwrap_err().is_unreadable());
    assert!(within("the end of the stream", ws.recv()).await.is_none());
    assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
    uncaught.assert_none().await;
}

#[peer_test]
async fn text_larger_than_the_limit_is_not_copied_into_wasm_memory() {
    let server = at("/send?asked&count=1&size=40000000");
    let builder = WebSocket::builder(&server.url).recv_limit(64 << 10, TOO_MUCH).close_timeout(NEVER);
    let mut ws = builder.connect().await.unwrap();
    let before = wasm_memory_bytes();
    ws.send("begin").await.unwrap();
    assert!(within("the error", ws.recv()).await.unwrap().unwrap_err().is_overflow());
    let grown = wasm_memory_bytes() - before;
    assert!(grown <= f64::from(1 << 20), "a text of 40 MB grew wasm memory by {grown} bytes");
    assert_eq!(within("the close", ws.closed()).await.requested(), Some(&TOO_MUCH));
}

#[peer_test]
async fn empty_messages_count_towards_the_limit() {
    let server = at("/send?asked&count=500000&size=0");
    let builder = WebSocket::builder(&server.url).recv_limit(64 << 10, TOO_MUCH).close_timeout(NEVER);
    let mut ws = builder.connect().await.unwrap();
    let before = wasm_memory_bytes();
    ws.send("begin").await.unwrap();
    assert_eq!(within("the close", ws.closed()).await.requested(), Some(&TOO_MUCH));
    for _ in 0..(64 << 10) / OVERHEAD {
        assert!(ready("a message", ws.recv()).unwrap().unwrap().is_empty());
    }
    assert!(ready("the error", ws.recv()).unwrap().unwrap_err().is_overflow());
    let grown = wasm_memory_bytes() - before;
    assert!(grown <= f64::from(1 << 20), "empty messages grew wasm memory by {grown} bytes");
}

#[peer_test]
async fn finish_waits_for_a_slow_answer_as_long_as_messages_arrive() {
    let server = at("/finish?count=40&interval=50&close=4002");
    let mut ws = WebSocket::builder(&server.url).close_timeout(Duration::from_millis(1_000)).connect().await.unwrap();
    ws.send("done").await.unwrap();
    let closed = ws.finish(TOO_MUCH);
    let messages: Vec<Message> = within("all messages", (&mut ws).try_collect()).await.unwrap();
    assert_eq!(messages.len(), 40, "the answer was cut off");
    assert_eq!(within("the close", closed).await.cause(), CloseCause::Remote);
}

#[peer_test]
async fn finish_that_times_out_is_an_error_of_the_stream() {
    let server = at("/obey");
    let mut ws = WebSocket::builder(&server.url).close_timeout(Duration::from_millis(300)).connect().await.unwrap();
    let closed = ws.finish(TOO_MUCH);
    server.command("say=part").await;
    assert_eq!(within("the message", ws.recv()).await.unwrap().unwrap(), Message::from("part"));
    let error = within("the error", ws.recv()).await.unwrap().unwrap_err();
    assert!(!error.is_lost() && !error.is_overflow(), "{error}");
    assert!(within("the end of the stream", ws.recv()).await.is_none());
    assert_eq!(within("the close", closed).await.cause(), CloseCause::Local);
}

#[peer_test]
async fn wasm_memory_of_a_burst_is_used_again_by_the_next_connection() {
    // Each socket stays open after its burst was read.
    let mut open = Vec::new();
    let mut burst = async || {
        let mut ws = WebSocket::connect(&at("/send?asked&count=20000&size=0").url).await.unwrap();
        // Nothing is read until all have arrived. The server waits to be asked, because messages that arrive between the
        // open and this task would not be counted.
        let received = Counter::default();
        let _listener = listen(ws.as_raw(), "message", {
            let received = received.clone();
            move |_| received.increment()
        });
        ws.send("begin").await.unwrap();
        until("all have arrived", || received.get() == 20_000).await;
        for _ in 0..20_000 {
            ready("a message", ws.recv()).unwrap().unwrap();
        }
        open.push(ws);
    };
    burst().await;
    let before = wasm_memory_bytes();
    for _ in 0..4 {
        burst().await;
    }
    assert_eq!(wasm_memory_bytes(), before, "capacity of an empty queue is kept");
}
