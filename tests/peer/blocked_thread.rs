//! A busy thread: what arrived while it was blocked counts, although timers rang first.
//!
//! Firefox runs a timer that is late before the events of the network that arrived before it was due.

use crate::server::at;
use crate::support::*;
use onclose::{CloseCause, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use std::time::Duration;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

/// Blocks the thread, as a long computation does.
fn block(millis: u32) {
    let begun = now();
    while now() - begun < f64::from(millis) {}
}

#[peer_test]
async fn close_that_was_answered_while_the_thread_was_blocked_is_no_timeout() {
    for _ in 0..3 {
        let builder = WebSocket::builder(&at("/answer?delay=50").url).close_timeout(Duration::from_millis(600));
        let ws = builder.connect().await.unwrap();
        let closed = ws.close(ASKED);
        // The Close frame leaves, then the thread is blocked for longer than the timeout.
        sleep(10).await;
        block(1_000);
        let info = within("the close", closed).await;
        assert!(!info.timed_out(), "{info}");
        assert_eq!((info.code().as_u16(), info.cause()), (4000, CloseCause::Local));
    }
}

#[peer_test]
async fn connection_that_opened_while_the_thread_was_blocked_is_no_timeout() {
    for _ in 0..3 {
        let builder = WebSocket::builder(&at("/echo?accept_delay=50").url).connect_timeout(Duration::from_millis(600));
        let ws = builder.open().unwrap();
        sleep(10).await;
        block(1_000);
        within("the open", ws.opened()).await.unwrap();
    }
}

#[peer_test]
async fn messages_that_arrived_while_the_thread_was_blocked_come_before_the_timeout_of_finish() {
    let server = at("/finish?count=3&interval=20&close=4002");
    let mut ws = WebSocket::builder(&server.url).close_timeout(Duration::from_millis(600)).connect().await.unwrap();
    ws.send("done").await.unwrap();
    let closed = ws.finish(ASKED);
    sleep(10).await;
    block(1_000);
    for number in 0..3 {
        let message = within("a message", ws.recv()).await.unwrap().unwrap();
        assert_eq!(message, Message::from(format!("finish {number}")));
    }
    assert!(within("the end of the stream", ws.recv()).await.is_none());
    assert_eq!(within("the close", closed).await.cause(), CloseCause::Remote);
}

#[peer_test]
async fn slow_error_listener_of_another_script_does_not_turn_a_loss_into_a_block() {
    for route in ["/drop?asked&how=fin", "/drop?asked&how=rst"] {
        let raw = web_sys::WebSocket::new(&at(route).url).unwrap();
        let _listener = listen(&raw, "error", |_| block(400));
        let ws = WebSocket::from_raw(raw.clone());
        within("the open", ws.opened()).await.unwrap();
        let (closed, observed) = (ws.closed(), onclose::closed(&raw));
        ws.send("begin").await.unwrap();
        let info = within("the close", closed).await;
        assert_eq!((info.cause(), info.code().as_u16()), (CloseCause::Lost, 1006), "{route}");
        assert_eq!(within("the event", observed).await.unwrap().code(), 1006, "{route}");
    }
}

#[peer_test]
async fn slow_error_listener_of_another_script_does_not_turn_a_refusal_into_a_block() {
    let raw = web_sys::WebSocket::new(&at("/refuse").url).unwrap();
    let _listener = listen(&raw, "error", |_| block(400));
    let ws = WebSocket::from_raw(raw.clone());
    let observed = onclose::closed(&raw);
    let error = within("the refusal", ws.opened()).await.unwrap_err();
    assert_eq!(error.close_info().map(onclose::CloseInfo::cause), Some(CloseCause::Lost), "{error}");
    assert_eq!(within("the event", observed).await.unwrap().code(), 1006);
}
