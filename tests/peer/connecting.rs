//! Connecting: subprotocols, what arrives with the handshake, existing sockets, and attempts that are abandoned.

use crate::server::at;
use crate::support::*;
use onclose::{CloseCause, CloseFrame, Message, ReadyState, WebSocket};
use onclose_test_macros::peer_test;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

#[peer_test]
async fn subprotocol_that_was_not_offered_is_never_reported() {
    // Engines that do not fail the connection ignore the subprotocol.
    match within("the open or the failure", WebSocket::connect(&at("/echo?protocol=unasked").url)).await {
        Ok(ws) => assert_eq!(ws.protocol(), ""),
        Err(error) => assert_eq!(error.close_info().unwrap().cause(), CloseCause::Lost),
    }
}

#[peer_test]
async fn subprotocol_that_the_server_chose_is_reported() {
    let ws = WebSocket::builder(&at("/echo?protocol=v1").url).protocols(["v2", "v1"]).connect().await.unwrap();
    assert_eq!((ws.protocol().as_str(), ws.extensions().contains("unasked")), ("v1", false));
    let ws = WebSocket::builder(&at("/echo").url).protocols(vec![String::from("v2")]).connect().await.unwrap();
    assert_eq!(ws.protocol(), "v2");
    assert!(ws.url().contains("/echo"));
}

#[peer_test]
async fn any_number_of_subprotocols_is_offered_in_order() {
    for protocols in [&[][..], &["v1"], &["v2", "v1"], &["a", "b.c", "d-e", "f!"]] {
        let server = at("/echo");
        let ws = WebSocket::builder(&server.url).protocols(protocols).connect().await.unwrap();
        assert_eq!(ws.protocol(), *protocols.first().unwrap_or(&""));
        drop(ws);
        assert_eq!(server.record().await.protocols(), protocols);
    }
}

#[peer_test]
async fn messages_and_close_before_the_first_poll_are_kept() {
    for limit in [None, Some(1_000)] {
        let builder = WebSocket::builder(&at("/send?count=3&size=10&kind=binary&close=4003").url);
        let builder = if let Some(bytes) = limit { builder.recv_limit(bytes, ASKED) } else { builder };
        let mut ws = builder.open().unwrap();
        let events = Counter::default();
        let _listener = listen(ws.as_raw(), "close", {
            let events = events.clone();
            move |_| events.increment()
        });
        until("the browser has fired close", || events.get() == 1).await;
        ready("the open", ws.opened()).unwrap();
        for number in 0..3u8 {
            let expected: Vec<u8> = (number..number + 10).collect();
            assert_eq!(ready("a message", ws.recv()).unwrap().unwrap(), Message::Binary(expected));
        }
        assert!(ready("the end of the stream", ws.recv()).is_none());
        assert_eq!(ready("the close info", ws.closed()).code().as_u16(), 4003);
    }
}

#[peer_test]
async fn from_raw_works_in_each_ready_state() {
    let raw = web_sys::WebSocket::new(&at("/echo").url).unwrap();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING);
    let mut ws = WebSocket::from_raw(raw.clone());
    within("the open", ws.opened()).await.unwrap();
    ws.send("one").await.unwrap();
    assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap(), Message::from("one"));

    let raw = ws.into_raw();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
    let mut ws = WebSocket::from_raw(raw);
    ready("the open", ws.opened()).unwrap();
    ws.send(vec![2]).await.unwrap();
    assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap(), Message::from(vec![2]));
    let info = within("the close", ws.close(ASKED)).await;
    assert_eq!((info.code().as_u16(), info.cause(), info.was_open()), (4000, CloseCause::Local, true));

    let raw = web_sys::WebSocket::new(&at("/answer?code=4050").url).unwrap();
    until("it is open", || raw.ready_state() == web_sys::WebSocket::OPEN).await;
    raw.close().unwrap();
    let mut ws = WebSocket::builder("").close_timeout(NEVER).from_raw(raw.clone());
    assert_eq!(ws.state(), ReadyState::Closing);
    assert!(ready("the error", ws.send("x")).unwrap_err().is_closed());
    assert!(within("the end of the stream", ws.recv()).await.is_none());
    let info = ready("the close info", ws.closed());
    assert_eq!((info.code().as_u16(), info.cause(), info.requested()), (4050, CloseCause::Remote, None));

    drop(ws);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSED);
    let mut ws = WebSocket::builder("").close_timeout(NEVER).from_raw(raw);
    assert_eq!(ws.state(), ReadyState::Closed);
    assert!(ws.try_send("x").unwrap_err().is_closed());
    // The event has fired before, so the code is unknown and the close is not called clean.
    let error = within("the error", ws.recv()).await.unwrap().unwrap_err();
    assert_eq!(error.close_info().unwrap().cause(), CloseCause::Timeout);
    assert!(ready("the end of the stream", ws.recv()).is_none());
}

#[peer_test]
async fn connect_future_dropped_right_after_the_open_closes_with_the_default_frame() {
    let uncaught = UncaughtErrors::watch();
    let server = at("/echo");
    let mut connect = WebSocket::connect(&server.url);
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut connect, &waker).is_pending());
    until("it is open", || counter.wake_count() == 1).await;
    drop(connect);
    assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
    uncaught.assert_none().await;
}
