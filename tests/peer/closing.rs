//! Closing from this end.

use crate::server::at;
use crate::support::*;
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseCode, CloseFrame, Message, ReadyState, WebSocket};
use onclose_test_macros::peer_test;
use std::time::Duration;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const LATER: CloseFrame = CloseFrame::from_static(4001, "later");

#[peer_test]
async fn our_code_and_reason_reach_the_peer_and_come_back() {
    let place = at("/echo");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    let closed = within(10_000, "the end", ws.close(ASKED)).await;
    assert_eq!((closed.code().as_u16(), closed.reason(), closed.was_clean()), (4000, "asked", true));
    assert_eq!((closed.cause(), closed.requested(), closed.was_open()), (CloseCause::Local, Some(&ASKED), true));
    assert_eq!(place.saw().await.close(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn an_empty_frame_is_sent_as_one() {
    let place = at("/echo");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    let closed = within(10_000, "the end", ws.close(CloseFrame::EMPTY)).await;
    assert_eq!(closed.requested(), Some(&CloseFrame::EMPTY));
    assert_eq!((closed.code(), closed.was_clean()), (CloseCode::NO_STATUS, true));
    let (code, reason) = place.saw().await.close().unwrap();
    assert_eq!((code, reason.as_str()), (1005, ""));
}

#[peer_test]
async fn the_first_frame_wins_from_whichever_handle() {
    let place = at("/echo");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    let (sender, receiver) = ws.split();
    let clone = sender.clone();
    let waiters = [receiver.close(ASKED), sender.close(LATER), clone.close(CloseFrame::NORMAL), clone.finish(LATER)];
    for waiter in waiters {
        let closed = within(10_000, "the end", waiter).await;
        assert_eq!((closed.requested(), closed.code().as_u16()), (Some(&ASKED), 4000));
    }
    let saw = place.saw().await;
    assert_eq!(saw.close(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn closing_begins_although_nobody_polls() {
    let place = at("/echo");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    ws.close(ASKED);
    assert_eq!(ws.state(), ReadyState::Closing);
    until("it has ended", || ws.state() == ReadyState::Closed).await;
    assert_eq!(place.saw().await.close(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn a_peer_that_never_answers_costs_the_close_timeout() {
    let uncaught = Uncaught::watch();
    let place = at("/answer?none");
    let ws = WebSocket::builder(&place.url).close_timeout(Duration::from_millis(300)).connect().await.unwrap();
    let late = ws.closed();
    let begun = now();
    let closed = within(4_000, "the deadline", ws.close(ASKED)).await;
    assert!(now() - begun >= 290.0, "it did not wait");
    assert_eq!((closed.cause(), closed.timed_out()), (CloseCause::Local, true));
    assert_eq!((closed.code(), closed.was_clean()), (CloseCode::ABNORMAL, false));
    assert_eq!((closed.requested(), ws.state()), (Some(&ASKED), ReadyState::Closed));
    assert_eq!(late.await, closed);
    uncaught.none().await;
}

#[peer_test]
async fn data_the_peer_does_not_read_does_not_hold_up_closing() {
    let ws = WebSocket::builder(&at("/deaf").url)
        .send_high_water_mark(usize::MAX)
        .close_timeout(Duration::from_millis(500))
        .connect()
        .await
        .unwrap();
    for _ in 0..24 {
        ws.send(vec![0; 1 << 20]).await.unwrap();
    }
    let closed = within(8_000, "the deadline", ws.close(ASKED)).await;
    assert_eq!((closed.cause(), closed.timed_out(), closed.requested()), (CloseCause::Local, true, Some(&ASKED)));
}

#[peer_test]
async fn the_peers_other_code_is_told_beside_what_we_asked() {
    let ws = WebSocket::connect(&at("/answer?code=4044&reason=no").url).await.unwrap();
    let closed = within(10_000, "the end", ws.close(ASKED)).await;
    assert_eq!((closed.code().as_u16(), closed.reason()), (4044, "no"));
    assert_eq!((closed.cause(), closed.requested()), (CloseCause::Local, Some(&ASKED)));
}

#[peer_test]
async fn a_late_answer_within_the_deadline_is_waited_for() {
    let ws = WebSocket::connect(&at("/answer?code=4045&delay=700").url).await.unwrap();
    let closed = within(10_000, "the end", ws.close(ASKED)).await;
    assert_eq!((closed.code().as_u16(), closed.was_clean()), (4045, true));
}

#[peer_test]
async fn a_peer_that_drops_instead_of_answering_leaves_our_frame_in_requested() {
    for route in ["/answer?how=fin", "/answer?how=rst"] {
        let mut ws = WebSocket::connect(&at(route).url).await.unwrap();
        let closed = within(10_000, "the end", ws.close(ASKED)).await;
        assert_eq!(
            (closed.code(), closed.was_clean(), closed.cause()),
            (CloseCode::ABNORMAL, false, CloseCause::Local)
        );
        assert_eq!(closed.requested(), Some(&ASKED));
        assert!(ws.recv().await.is_none(), "what we asked for is no error");
    }
}

#[peer_test]
async fn closing_while_connecting_gives_up_and_says_so() {
    let uncaught = Uncaught::watch();
    let place = at("/echo?accept_delay=300");
    let ws = WebSocket::builder(&place.url).open().unwrap();
    let closed = within(4_000, "the end", ws.close(ASKED)).await;
    assert_eq!((closed.cause(), closed.code(), closed.was_open()), (CloseCause::Local, CloseCode::ABNORMAL, false));
    assert_eq!(closed.requested(), Some(&ASKED));
    assert_eq!(ws.opened().await.unwrap_err().close_info(), Some(&closed));
    place.has_no_orphan().await;
    uncaught.none().await;
}

#[peer_test]
async fn neither_end_nor_event_is_reported_before_the_browser_reports_it() {
    for through_the_sink in [false, true] {
        let place = at("/answer?delay=200&code=4046");
        let ws = WebSocket::connect(&place.url).await.unwrap();
        let events = Count::default();
        let _listening = listen(ws.as_raw(), "close", {
            let events = events.clone();
            move |_| events.add()
        });
        let (mut sender, mut receiver) = ws.split();
        let (_, waker) = Bell::new();
        let mut ended = if through_the_sink {
            assert!(poll_once(&mut SinkExt::close(&mut sender), &waker).is_pending());
            sender.closed()
        } else {
            sender.close(ASKED)
        };
        assert_eq!((sender.state(), events.get()), (ReadyState::Closing, 0));
        assert!(poll_once(&mut ended, &waker).is_pending());
        assert!(within(10_000, "the end of the stream", receiver.recv()).await.is_none());
        assert_eq!(sender.state(), ReadyState::Closed, "the stream ends with the connection");
        until("the browser has told everybody", || events.get() == 1).await;
        assert_eq!(within(100, "a known end", ended).await.code().as_u16(), 4046);
        for _ in 0..100 {
            assert!(receiver.next().await.is_none());
        }
    }
}

#[peer_test]
async fn finish_hears_the_peer_out_and_sends_nothing_more() {
    let place = at("/finish?count=5&interval=30&close=4010");
    let mut ws = WebSocket::connect(&place.url).await.unwrap();
    ws.send("done").await.unwrap();
    let ended = ws.finish(ASKED);
    assert_eq!(ws.send("more").await.unwrap_err().into_message(), Some(Message::from("more")));
    for number in 0..5 {
        let message = within(10_000, "a message", ws.recv()).await.unwrap().unwrap();
        assert_eq!(message, Message::from(format!("finish {number}")));
    }
    assert!(within(10_000, "the end", ws.recv()).await.is_none());
    let closed = ended.await;
    assert_eq!((closed.code().as_u16(), closed.cause(), closed.requested()), (4010, CloseCause::Remote, Some(&ASKED)));
    assert_eq!(place.saw().await.last().as_deref(), Some("done"));
}

#[peer_test]
async fn finish_closes_a_peer_that_does_not_at_its_deadline() {
    let place = at("/echo");
    let ws = WebSocket::builder(&place.url).close_timeout(Duration::from_millis(200)).connect().await.unwrap();
    let closed = within(4_000, "the deadline", ws.finish(ASKED)).await;
    assert_eq!(closed.cause(), CloseCause::Local);
    assert_eq!(place.saw().await.close(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn what_was_sent_before_closing_arrives_before_the_close() {
    let place = at("/echo");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    for number in 0..100 {
        ws.send(format!("{number}")).await.unwrap();
    }
    within(10_000, "the end", ws.close(ASKED)).await;
    let saw = place.saw().await;
    assert_eq!((saw.messages(), saw.last().as_deref()), (100.0, Some("99")));
    assert_eq!(saw.close(), Some((4000, "asked".to_owned())));
}
