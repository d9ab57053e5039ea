//! Backpressure by a peer that reads slowly or not at all.
//!
//! WebKit hands what it is given to another process, whatever the network does with it, so there these tests assert only
//! what does not depend on when that happens. `tests/browser/send_buffer.rs` has the same in every engine, simulated.

use crate::server::{at, full_socket};
use crate::support::*;
use futures_util::SinkExt;
use futures_util::future::join_all;
use onclose::{CloseCause, CloseFrame, Message, WebSocket, WebSocketBuilder};
use onclose_test_macros::peer_test;
use std::time::Duration;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const MARK: usize = 1 << 20;

/// Connects to a peer that does not read, with a buffer that is filled far above the mark.
///
/// `None` in WebKit, whose buffer cannot be filled.
async fn stalled_sender(builder: WebSocketBuilder) -> Option<WebSocket> {
    let raw = full_socket().await;
    if engine() == Engine::WebKit {
        until("the other process has taken everything", || raw.buffered_amount() == 0).await;
        return None;
    }
    Some(builder.send_high_water_mark(MARK).from_raw(raw))
}

#[peer_test]
async fn waiting_for_capacity_is_no_busy_loop() {
    let Some(ws) = stalled_sender(WebSocket::builder("")).await else { return };
    let mut send = ws.send("waits");
    let (counter, waker) = CountingWaker::new();
    let timers = Timers::record();
    assert!(poll_once(&mut send, &waker).is_pending());
    // The interval doubles until it is the longest, once the network takes no more.
    until("the buffer is polled every 64 ms", || timers.delays().ends_with(&[64, 64, 64])).await;
    assert_eq!(counter.wake_count(), 0, "woken without capacity");
}

#[peer_test]
async fn send_above_the_mark_waits_and_continues_when_there_is_capacity() {
    const COUNT: u32 = 24;
    let server = at("/deaf?for=1500");
    let ws = WebSocket::builder(&server.url).send_high_water_mark(MARK).connect().await.unwrap();
    let (mut was_full, mut most) = (false, 0);
    for _ in 0..COUNT {
        if let Err(error) = ws.try_send(vec![0; 1 << 20]) {
            assert!(error.is_full() && !error.is_closed());
            was_full = true;
            within("capacity", ws.send(error.into_message().unwrap())).await.unwrap();
        }
        most = most.max(ws.buffered_amount() as usize);
    }
    // Within one task, only WebKit's buffer can shrink, in workers.
    assert!(was_full || engine() == Engine::WebKit, "the mark was never reached");
    // The mark is raised up to 16 MiB while the network is faster than the polls.
    assert!(most < (16 << 20) + (1 << 20), "{most} bytes were buffered");
    within("the flush", ws.flush()).await.unwrap();
    // WebKit gives up what it has not sent five seconds after `close`.
    server.until("the server has read all messages", |record| record.messages() == COUNT).await;
    assert_eq!(within("the close", ws.close(ASKED)).await.code().as_u16(), 4000);
}

#[peer_test]
async fn waiting_sends_and_flushes_fail_when_the_connection_closes() {
    let builder = WebSocket::builder("").close_timeout(Duration::from_millis(300));
    let Some(ws) = stalled_sender(builder).await else { return };
    let sender = ws.sender();
    let (mut sends, flush) = (join_all([sender.send("one"), sender.send("two")]), sender.flush());
    assert!(poll(&mut sends).is_pending());
    ws.close(ASKED);
    for (result, text) in ready("the errors", sends).into_iter().zip(["one", "two"]) {
        assert_eq!(result.unwrap_err().into_message(), Some(Message::from(text)));
    }
    let error = within("the flush", flush).await.unwrap_err();
    assert!(error.is_closed() && error.message().is_none());
}

#[peer_test]
async fn closing_a_sink_gives_up_on_a_peer_that_does_not_read() {
    let builder = WebSocket::builder("").close_timeout(Duration::from_millis(300));
    let Some(mut ws) = stalled_sender(builder).await else { return };
    assert!(poll(&mut ws.feed(Message::from("waits"))).is_pending(), "sent above the mark");
    let error = within("the close of the sink", SinkExt::close(&mut ws)).await.unwrap_err();
    assert!(error.is_closed(), "{error}");
}

#[peer_test]
async fn into_raw_while_a_sink_closes_fails_the_sink() {
    let builder = WebSocket::builder("").close_timeout(NEVER);
    let Some(ws) = stalled_sender(builder).await else { return };
    let mut sender = ws.sender();
    let mut closing = SinkExt::close(&mut sender);
    assert!(poll(&mut closing).is_pending());
    let raw = ws.into_raw();
    // What becomes of the buffered bytes is no longer observed.
    assert!(ready("the close of the sink", closing).unwrap_err().is_closed());
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSING);
}

#[peer_test]
async fn high_water_mark_of_zero_sends_one_message_after_the_other() {
    let mut ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(0).connect().await.unwrap();
    for _ in 0..5 {
        within("capacity", ws.send(vec![1; 10_000])).await.unwrap();
    }
    for _ in 0..5 {
        assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap().len(), 10_000);
    }
}

#[peer_test]
async fn text_fills_the_buffer_by_its_utf8_length() {
    let ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(2_500).connect().await.unwrap();
    ws.try_send("€".repeat(1_000)).unwrap();
    if engine() != Engine::WebKit {
        // Nothing has left yet in the task that sent it.
        assert_eq!(ws.buffered_amount(), 3_000);
        assert!(ws.try_send("x").unwrap_err().is_full());
    }
    within("the flush", ws.flush()).await.unwrap();
    ws.try_send("x").unwrap();
}

#[peer_test]
async fn closing_a_sink_waits_for_a_slow_reader_as_long_as_bytes_leave() {
    let server = at("/deaf?for=800");
    let builder = WebSocket::builder(&server.url).send_high_water_mark(usize::MAX).close_timeout(NEVER);
    let mut ws = builder.connect().await.unwrap();
    for _ in 0..10 {
        ws.send(vec![0; 1 << 20]).await.unwrap();
    }
    within("the close of the sink", SinkExt::close(&mut ws)).await.unwrap();
    assert_eq!(server.record().await.messages(), 10);
}

#[peer_test]
async fn messages_wait_in_order_for_a_peer_that_reads_slowly() {
    let server = at("/read?rate=4000000&ack=1000000");
    let mut ws = WebSocket::builder(&server.url).send_high_water_mark(1 << 16).connect().await.unwrap();
    let senders: Vec<_> = (0..4).map(|_| ws.sender()).collect();
    let sends = join_all(senders.iter().map(|sender| async move {
        for _ in 0..20 {
            sender.send(vec![0; 1 << 16]).await.unwrap();
        }
        sender.flush().await.unwrap();
    }));
    within("all sends", sends).await;
    server.until("the server has read all messages", |record| record.messages() == 80).await;
    assert!(within("an acknowledgement", ws.recv()).await.unwrap().is_ok());
    assert!(within("the close", ws.close(ASKED)).await.was_clean());
}

#[peer_test]
async fn close_on_a_slow_uplink_is_no_timeout_while_bytes_leave() {
    let server = at("/read?rate=4000000");
    let builder = WebSocket::builder(&server.url).send_high_water_mark(usize::MAX);
    let ws = builder.close_timeout(Duration::from_millis(1_000)).connect().await.unwrap();
    for _ in 0..16 {
        ws.send(vec![0; 1 << 20]).await.unwrap();
    }
    let info = within("the close", ws.close(ASKED)).await;
    if engine() != Engine::WebKit {
        assert!(!info.timed_out(), "{info}");
        assert_eq!(server.record().await.messages(), 16);
    } else {
        // WebKit's buffer shows no progress, and it gives up what it has not sent five seconds after `close`.
        assert_eq!(info.cause(), CloseCause::Local);
    }
}

#[peer_test]
async fn peer_that_closes_and_reads_nothing_more_is_given_the_close_timeout() {
    // A task that sends, one that reads, and one that waits for the close.
    let server = at("/close?asked&code=1013&with=deaf");
    let builder = WebSocket::builder(&server.url).send_high_water_mark(usize::MAX);
    let mut ws = builder.close_timeout(Duration::from_millis(500)).connect().await.unwrap();
    let (sender, closed) = (ws.sender(), ws.closed());
    for _ in 0..24 {
        if sender.send(vec![0; 1 << 20]).await.is_err() {
            break;
        }
    }
    let reading = async { while let Some(Ok(_)) = ws.recv().await {} };
    within("the end of the stream", reading).await;
    let info = within("the close", closed).await;
    assert_ne!(info.cause(), CloseCause::Local, "{info}");
}

#[peer_test]
async fn what_has_left_before_a_loss_was_flushed() {
    let server = at("/obey");
    let mut ws = WebSocket::connect(&server.url).await.unwrap();
    ws.send("x").await.unwrap();
    let flushed = ws.sender();
    until("it has left", || flushed.buffered_amount() == 0).await;
    server.until("the server has read it", |record| record.messages() == 1).await;
    server.command("end=rst").await;
    assert_eq!(within("the close", ws.closed()).await.cause(), CloseCause::Lost);
    ready("the flush", flushed.flush()).unwrap();
    within("the close of the sink", SinkExt::close(&mut ws)).await.unwrap();
}

#[peer_test]
async fn sink_does_not_wait_for_the_network_after_each_message() {
    let server = at("/deaf?for=500");
    let mut ws = WebSocket::builder(&server.url).connect().await.unwrap();
    for _ in 0..100 {
        ready("the sink", SinkExt::send(&mut ws, Message::from(vec![0; 1_000]))).unwrap();
    }
    within("the close", ws.close(ASKED)).await;
    assert_eq!(server.record().await.messages(), 100);
}
