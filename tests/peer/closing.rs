//! Closes that this endpoint starts.

use crate::server::{at, at_unanswered_close};
use crate::support::*;
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseCode, CloseFrame, Message, ReadyState, WebSocket};
use onclose_test_macros::peer_test;
use std::time::Duration;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const LATER: CloseFrame = CloseFrame::from_static(4001, "later");

#[peer_test]
async fn code_and_reason_reach_the_peer_and_come_back() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    let info = within("the close", ws.close(ASKED)).await;
    assert_eq!((info.code().as_u16(), info.reason(), info.was_clean()), (4000, "asked", true));
    assert_eq!((info.cause(), info.requested(), info.was_open()), (CloseCause::Local, Some(&ASKED), true));
    assert_eq!(server.record().await.close_frame(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn empty_frame_is_sent_without_a_code() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    let info = within("the close", ws.close(CloseFrame::EMPTY)).await;
    assert_eq!(info.requested(), Some(&CloseFrame::EMPTY));
    assert_eq!((info.code(), info.was_clean()), (CloseCode::NO_STATUS, true));
    assert_eq!(server.record().await.close_frame(), Some((1005, String::new())));
}

#[peer_test]
async fn first_frame_is_used_whichever_handle_it_came_from() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    let (sender, receiver) = ws.split();
    let clone = sender.clone();
    let futures = [receiver.close(ASKED), sender.close(LATER), clone.close(CloseFrame::NORMAL), clone.finish(LATER)];
    for future in futures {
        let info = within("the close", future).await;
        assert_eq!((info.requested(), info.code().as_u16()), (Some(&ASKED), 4000));
    }
    assert_eq!(server.record().await.close_frame(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn close_starts_without_being_polled() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    ws.close(ASKED);
    assert_eq!(ws.state(), ReadyState::Closing);
    until("it is closed", || ws.state() == ReadyState::Closed).await;
    assert_eq!(server.record().await.close_frame(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn peer_that_never_answers_is_given_the_close_timeout() {
    let uncaught = UncaughtErrors::watch();
    let server = at_unanswered_close();
    let builder = WebSocket::builder(&server.url).close_timeout(Duration::from_millis(300));
    let ws = builder.connect().await.unwrap();
    let early = ws.closed();
    let timers = Timers::record();
    let closed = ws.close(ASKED);
    assert_eq!(timers.delays(), [300]);
    let info = within("the close timeout", closed).await;
    assert_eq!((info.cause(), info.timed_out()), (CloseCause::Local, true));
    assert_eq!((info.code(), info.was_clean()), (CloseCode::ABNORMAL, false));
    assert_eq!((info.requested(), ws.state()), (Some(&ASKED), ReadyState::Closed));
    assert_eq!(ready("the close info", early), info);
    server.answer_close().await;
    uncaught.assert_none().await;
}

#[peer_test]
async fn unread_data_does_not_delay_the_close_timeout() {
    let builder = WebSocket::builder(&at("/deaf").url).send_high_water_mark(usize::MAX);
    let ws = builder.close_timeout(Duration::from_millis(300)).connect().await.unwrap();
    for _ in 0..24 {
        ws.send(vec![0; 1 << 20]).await.unwrap();
    }
    let info = within("the close timeout", ws.close(ASKED)).await;
    assert_eq!((info.cause(), info.timed_out(), info.requested()), (CloseCause::Local, true, Some(&ASKED)));
}

#[peer_test]
async fn different_code_of_the_peer_is_reported_beside_the_requested_frame() {
    let ws = WebSocket::connect(&at("/answer?code=4044&reason=no").url).await.unwrap();
    let info = within("the close", ws.close(ASKED)).await;
    assert_eq!((info.code().as_u16(), info.reason()), (4044, "no"));
    assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&ASKED)));
}

#[peer_test]
async fn peer_that_drops_tcp_instead_of_answering_leaves_the_requested_frame() {
    for route in ["/answer?how=fin", "/answer?how=rst"] {
        let mut ws = WebSocket::connect(&at(route).url).await.unwrap();
        let info = within("the close", ws.close(ASKED)).await;
        assert_eq!((info.code(), info.was_clean(), info.cause()), (CloseCode::ABNORMAL, false, CloseCause::Local));
        assert_eq!((info.requested(), info.timed_out()), (Some(&ASKED), false));
        assert!(ready("the end of the stream", ws.recv()).is_none(), "a close that was asked for is no error");
    }
}

#[peer_test]
async fn close_during_the_handshake_leaves_no_orphan() {
    let uncaught = UncaughtErrors::watch();
    let server = at("/echo?accept_delay=1000");
    let ws = WebSocket::builder(&server.url).close_timeout(NEVER).open().unwrap();
    server.until_handshake().await;
    let info = within("the close", ws.close(ASKED)).await;
    assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&ASKED)));
    // On a busy machine it may have opened first.
    let code = if info.was_open() { ASKED.code().unwrap() } else { CloseCode::ABNORMAL };
    assert_eq!((info.code(), info.timed_out()), (code, false));
    server.record().await;
    uncaught.assert_none().await;
}

#[peer_test]
async fn close_is_not_reported_before_the_browser_reports_it() {
    for through_the_sink in [false, true] {
        let server = at_unanswered_close();
        let ws = WebSocket::builder(&server.url).close_timeout(NEVER).connect().await.unwrap();
        let events = Counter::default();
        let _listener = listen(ws.as_raw(), "close", {
            let events = events.clone();
            move |_| events.increment()
        });
        let (mut sender, mut receiver) = ws.split();
        let mut closed = if through_the_sink {
            assert!(poll(&mut SinkExt::close(&mut sender)).is_pending());
            sender.closed()
        } else {
            sender.close(ASKED)
        };
        server.until("the Close frame", |record| record.close_frame().is_some()).await;
        assert_eq!((sender.state(), events.get()), (ReadyState::Closing, 0));
        assert!(poll(&mut closed).is_pending() && poll(&mut receiver.recv()).is_pending());
        server.command("close=4046&reason=late").await;
        assert!(within("the end of the stream", receiver.recv()).await.is_none());
        assert_eq!(sender.state(), ReadyState::Closed, "the stream ends with the connection");
        let info = ready("the close info", closed);
        assert_eq!((info.code().as_u16(), info.reason(), info.was_clean()), (4046, "late", true));
        until("the event has reached the later listener", || events.get() == 1).await;
        for _ in 0..100 {
            assert!(ready("the end of the stream", receiver.next()).is_none());
        }
    }
}

#[peer_test]
async fn finish_delivers_messages_until_the_peer_closes() {
    let server = at("/finish?count=5&interval=30&close=4010");
    let mut ws = WebSocket::builder(&server.url).close_timeout(NEVER).connect().await.unwrap();
    ws.send("done").await.unwrap();
    let closed = ws.finish(ASKED);
    assert_eq!(ready("the error", ws.send("more")).unwrap_err().into_message(), Some(Message::from("more")));
    for number in 0..5 {
        let message = within("a message", ws.recv()).await.unwrap().unwrap();
        assert_eq!(message, Message::from(format!("finish {number}")));
    }
    assert!(within("the end of the stream", ws.recv()).await.is_none());
    let info = ready("the close info", closed);
    assert_eq!((info.code().as_u16(), info.cause(), info.requested()), (4010, CloseCause::Remote, Some(&ASKED)));
    assert_eq!(server.record().await.last_text().as_deref(), Some("done"));
}

#[peer_test]
async fn finish_closes_after_its_timeout() {
    let server = at("/echo");
    let builder = WebSocket::builder(&server.url).close_timeout(Duration::from_millis(200));
    let ws = builder.connect().await.unwrap();
    let timers = Timers::record();
    let closed = ws.finish(ASKED);
    assert_eq!((ws.state(), timers.delays()), (ReadyState::Open, vec![200]));
    // The answer may take longer than the second timeout.
    assert_eq!(within("the close", closed).await.cause(), CloseCause::Local);
    assert_eq!(server.record().await.close_frame(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn messages_sent_before_close_arrive_before_the_close_frame() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    for number in 0..100 {
        ws.send(format!("{number}")).await.unwrap();
    }
    ws.close(ASKED);
    let record = server.record().await;
    assert_eq!((record.messages(), record.last_text().as_deref()), (100, Some("99")));
    assert_eq!(record.close_frame(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn dropping_a_socket_to_a_blocked_port_while_its_close_is_awaited_ends_as_blocked() {
    let ws = WebSocket::builder(&blocked_port_url(31)).open().unwrap();
    let closed = ws.closed();
    drop(ws);
    let info = within("the close", closed).await;
    assert!(!info.timed_out(), "{info}");
}
