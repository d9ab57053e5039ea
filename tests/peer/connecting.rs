//! Connecting: what is offered, what comes with the handshake, and what it leaves when it is given up.

use crate::server::at;
use crate::support::*;
use onclose::{CloseCause, CloseFrame, Message, ReadyState, WebSocket};
use onclose_test_macros::peer_test;
use std::time::Duration;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

#[peer_test]
async fn a_protocol_that_nobody_asked_for_is_refused_or_not_reported() {
    match within(30_000, "an answer", WebSocket::connect(&at("/echo?protocol=unasked").url)).await {
        Ok(ws) => assert_eq!((engine(), ws.protocol().as_str()), (Engine::Firefox, "")),
        Err(error) => assert_eq!(error.close_info().unwrap().cause(), CloseCause::Lost),
    }
}

#[peer_test]
async fn the_protocol_that_the_server_chose_is_told() {
    let ws = WebSocket::builder(&at("/echo?protocol=v1").url).protocols(["v2", "v1"]).connect().await.unwrap();
    assert_eq!((ws.protocol().as_str(), ws.extensions().contains("unasked")), ("v1", false));
    let ws = WebSocket::builder(&at("/echo").url).protocols(vec![String::from("v2")]).connect().await.unwrap();
    assert_eq!(ws.protocol(), "v2");
    assert!(ws.url().contains("/echo"));
}

#[peer_test]
async fn protocols_are_offered_as_a_list_however_many_there_are() {
    for protocols in [&[][..], &["v1"], &["v2", "v1"], &["a", "b.c", "d-e", "f!"]] {
        let place = at("/echo");
        let ws = WebSocket::builder(&place.url).protocols(protocols).connect().await.unwrap();
        assert_eq!(ws.protocol(), *protocols.first().unwrap_or(&""));
        drop(ws);
        assert_eq!(place.saw().await.protocols(), protocols);
    }
}

#[peer_test]
async fn what_comes_with_the_handshake_is_kept_however_late_anybody_polls() {
    for limit in [None, Some(1_000)] {
        let place = at("/send?count=3&size=10&kind=binary&close=4003");
        let builder = WebSocket::builder(&place.url);
        let builder = if let Some(bytes) = limit { builder.recv_limit(bytes, ASKED) } else { builder };
        let mut ws = builder.open().unwrap();
        let over = Count::default();
        let _listening = listen(ws.as_raw(), "close", {
            let over = over.clone();
            move |_| over.add()
        });
        until("all has come, and the end", || over.get() == 1).await;
        ws.opened().await.unwrap();
        for number in 0..3u8 {
            let expected: Vec<u8> = (number..number + 10).collect();
            assert_eq!(ws.recv().await.unwrap().unwrap(), Message::Binary(expected));
        }
        assert!(ws.recv().await.is_none());
        assert_eq!(ws.closed().await.code().as_u16(), 4003);
    }
}

#[peer_test]
async fn a_socket_is_adopted_in_each_of_its_four_states() {
    let raw = web_sys::WebSocket::new(&at("/echo").url).unwrap();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING);
    let mut ws = WebSocket::from_raw(raw.clone());
    within(10_000, "the open", ws.opened()).await.unwrap();
    ws.send("one").await.unwrap();
    assert_eq!(within(10_000, "an echo", ws.recv()).await.unwrap().unwrap(), Message::from("one"));

    let raw = ws.into_raw();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
    let mut ws = WebSocket::from_raw(raw);
    ws.opened().await.unwrap();
    ws.send(vec![2]).await.unwrap();
    assert_eq!(within(10_000, "an echo", ws.recv()).await.unwrap().unwrap(), Message::from(vec![2]));
    let closed = within(10_000, "the end", ws.close(ASKED)).await;
    assert_eq!((closed.code().as_u16(), closed.cause(), closed.was_open()), (4000, CloseCause::Local, true));

    let raw = web_sys::WebSocket::new(&at("/answer?delay=200&code=4050").url).unwrap();
    until("it is open", || raw.ready_state() == web_sys::WebSocket::OPEN).await;
    raw.close().unwrap();
    let mut ws = WebSocket::from_raw(raw.clone());
    assert_eq!(ws.state(), ReadyState::Closing);
    assert!(ws.send("x").await.unwrap_err().is_closed());
    assert!(within(10_000, "the end", ws.recv()).await.is_none());
    let closed = within(100, "a known end", ws.closed()).await;
    assert_eq!((closed.code().as_u16(), closed.cause(), closed.requested()), (4050, CloseCause::Remote, None));

    drop(ws);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSED);
    let mut ws = WebSocket::from_raw(raw);
    assert_eq!(ws.state(), ReadyState::Closed);
    assert!(ws.try_send("x").unwrap_err().is_closed());
    // The event has gone, so nobody knows how it ended: it is not called clean.
    let error = within(2_000, "the end", ws.recv()).await.unwrap().unwrap_err();
    assert_eq!(error.close_info().unwrap().cause(), CloseCause::Timeout);
    assert!(ws.recv().await.is_none());
}

#[peer_test]
async fn a_timeout_beyond_what_timers_count_is_not_over_at_once() {
    let endless = WebSocket::builder(&at("/handshake?fault=hang").url).connect_timeout(Duration::MAX).open().unwrap();
    let soon = WebSocket::builder(&at("/handshake?fault=hang").url).connect_timeout(Duration::from_millis(200));
    assert!(within(10_000, "the deadline", soon.connect()).await.unwrap_err().is_timeout());
    assert_eq!(endless.state(), ReadyState::Connecting);
    drop(endless);

    let place = at("/answer?none");
    let endless = WebSocket::builder(&place.url).close_timeout(Duration::MAX).connect().await.unwrap();
    let soon = WebSocket::builder(&place.url).close_timeout(Duration::from_millis(200)).connect().await.unwrap();
    let mut ended = endless.close(ASKED);
    assert!(within(10_000, "the deadline", soon.close(ASKED)).await.timed_out());
    let (_, waker) = Bell::new();
    assert!(poll_once(&mut ended, &waker).is_pending());
}

#[peer_test]
async fn a_connect_that_is_dropped_when_it_has_just_opened_says_goodbye() {
    let uncaught = Uncaught::watch();
    let place = at("/echo");
    let mut connect = Box::pin(WebSocket::connect(&place.url));
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut connect, &waker).is_pending());
    until("it has opened", || bell.rung() == 1).await;
    drop(connect);
    assert_eq!(place.saw().await.close(), Some((1000, String::new())));
    uncaught.none().await;
}
