//! Sending: when it succeeds, when it fails, and what `flush` means.

use crate::server::at;
use crate::support::*;
use futures_util::future::{Either, join_all, select};
use futures_util::{Sink, SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseCode, CloseFrame, Message, ReadyState, WebSocket};
use onclose_test_macros::peer_test;
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::rc::Rc;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

#[peer_test]
async fn send_while_connecting_waits_for_the_open() {
    let mut ws = WebSocket::builder(&at("/echo?accept_delay=100").url).open().unwrap();
    assert!(ws.try_send("too early").unwrap_err().is_connecting());
    within("the send", ws.send("in time")).await.unwrap();
    assert_eq!(ws.state(), ReadyState::Open);
    ready("the open", ws.opened()).unwrap();
    assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap(), Message::from("in time"));
}

#[peer_test]
async fn every_way_to_send_after_the_close_returns_the_message() {
    let mut ws = WebSocket::connect(&at("/close?code=4001").url).await.unwrap();
    let info = within("the close", ws.closed()).await;
    for error in [
        ready("the error", ws.send("one")).unwrap_err(),
        ws.try_send("one").unwrap_err(),
        ready("the error", SinkExt::send(&mut ws, Message::from("one"))).unwrap_err(),
        ready("the error", ws.sender().feed(Message::from("one"))).unwrap_err(),
        Pin::new(&mut ws).start_send(Message::from("one")).unwrap_err(),
    ] {
        assert!(error.is_closed());
        assert_eq!(error.close_info(), Some(&info));
        assert_eq!(error.into_message(), Some(Message::from("one")));
    }
}

#[peer_test]
async fn send_after_our_close_has_started_returns_the_message() {
    let server = at("/answer");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    let closed = ws.close(ASKED);
    let error = ws.try_send(vec![7]).unwrap_err();
    assert!(error.is_closed() && error.close_info().is_none());
    assert_eq!(error.into_message(), Some(Message::Binary(vec![7])));
    assert_eq!(ready("the error", ws.send("x")).unwrap_err().into_message(), Some(Message::from("x")));
    within("the close", closed).await;
    assert_eq!(server.record().await.messages(), 0);
}

#[peer_test]
async fn send_after_the_peer_has_started_to_close_returns_the_message() {
    // TCP is held, so that some engines are CLOSING for a while before they fire the event.
    let ws = WebSocket::connect(&at("/close?asked&code=4001&then=hold").url).await.unwrap();
    ws.send("begin").await.unwrap();
    while ws.state() != ReadyState::Closed {
        // Once the socket is not open, the browser discards what is sent.
        let is_open = ws.as_raw().ready_state() == web_sys::WebSocket::OPEN;
        match ws.try_send("x") {
            Ok(()) => assert!(is_open),
            Err(error) => {
                assert!(!is_open && error.is_closed());
                assert_eq!(error.into_message(), Some(Message::from("x")));
            }
        }
        sleep(5).await;
    }
    assert!(ws.try_send("x").unwrap_err().is_closed());
}

#[peer_test]
async fn send_after_another_script_has_closed_returns_the_message() {
    let server = at("/answer?code=4040");
    let mut ws = WebSocket::connect(&server.url).await.unwrap();
    ws.as_raw().close_with_code(4000).unwrap();
    for error in [
        ws.try_send("x").unwrap_err(),
        ready("the error", ws.send("x")).unwrap_err(),
        ready("the error", SinkExt::send(&mut ws, Message::from("x"))).unwrap_err(),
    ] {
        assert!(error.is_closed() && error.close_info().is_none());
        assert_eq!(error.into_message(), Some(Message::from("x")));
    }
    assert_eq!(ws.buffered_amount(), 0, "handed to the browser");
    assert_eq!(within("the close", ws.closed()).await.code().as_u16(), 4040);
    assert_eq!(server.record().await.messages(), 0);
}

#[peer_test]
async fn flush_waits_until_the_buffer_of_the_browser_is_empty() {
    let mut ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(usize::MAX).connect().await.unwrap();
    for _ in 0..8 {
        ws.send(vec![1; 1 << 20]).await.unwrap();
    }
    within("the flush", ws.flush()).await.unwrap();
    assert_eq!(ws.buffered_amount(), 0);
    for _ in 0..8 {
        assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap().len(), 1 << 20);
    }
    ready("the flush", ws.flush()).unwrap();
}

#[peer_test]
async fn flush_does_not_wait_for_messages_sent_after_it() {
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let (sender, busy) = (ws.sender(), Rc::new(Cell::new(true)));
    wasm_bindgen_futures::spawn_local({
        let busy = Rc::clone(&busy);
        async move {
            while busy.get() && sender.send(vec![0; 256 << 10]).await.is_ok() {
                sleep(0).await;
            }
        }
    });
    let sender = ws.sender();
    let reading = async { while let Some(Ok(_)) = ws.recv().await {} };
    let flushing = async {
        for _ in 0..3 {
            sender.send(vec![1; 1 << 20]).await.unwrap();
            within("the flush", sender.flush()).await.unwrap();
        }
    };
    let flushed = matches!(select(pin!(reading), pin!(flushing)).await, Either::Right(_));
    busy.set(false);
    assert!(flushed, "the connection closed");
}

#[peer_test]
async fn flush_overtaken_by_a_clean_close_succeeds() {
    let server = at("/echo");
    let builder = WebSocket::builder(&server.url).send_high_water_mark(usize::MAX).close_timeout(NEVER);
    let ws = builder.connect().await.unwrap();
    for _ in 0..2 {
        ws.send(vec![1; 1 << 20]).await.unwrap();
    }
    let flush = ws.flush();
    let closed = ws.close(ASKED);
    within("the flush", flush).await.unwrap();
    assert!(within("the close", closed).await.was_clean());
    assert_eq!(server.record().await.messages(), 2);
}

#[peer_test]
async fn closing_a_sink_flushes_closes_and_waits_for_the_close() {
    let server = at("/echo");
    let builder = WebSocket::builder(&server.url).default_close_frame(ASKED).close_timeout(NEVER);
    let (mut sender, receiver) = builder.connect().await.unwrap().split();
    let closed = receiver.closed();
    let messages = futures_util::stream::iter((0..50).map(|_| Ok(Message::from(vec![5; 50_000]))));
    within("the forward", messages.forward(&mut sender)).await.unwrap();
    assert_eq!(sender.state(), ReadyState::Closed, "it did not wait for the close");
    let info = ready("the close info", closed);
    assert_eq!((info.cause(), info.requested(), info.was_clean()), (CloseCause::Local, Some(&ASKED), true));
    let record = server.record().await;
    assert_eq!((record.messages(), record.close_frame()), (50, Some((4000, "asked".to_owned()))));
    ready("the close of the sink", SinkExt::close(&mut sender)).unwrap();
}

#[peer_test]
async fn dropped_send_future_has_not_sent() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    drop(ws.send("never polled"));
    ws.send("polled").await.unwrap();
    ws.close(ASKED);
    let record = server.record().await;
    assert_eq!((record.messages(), record.last_text().as_deref()), (1, Some("polled")));
}

#[peer_test]
async fn many_tasks_send_through_handles_of_one_connection() {
    let mut ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(4_096).connect().await.unwrap();
    let senders: Vec<_> = (0..20).map(|_| ws.sender()).collect();
    let sends = join_all(senders.iter().map(|sender| async move {
        for _ in 0..20 {
            sender.send(vec![9; 1_024]).await.unwrap();
        }
    }));
    within("all sends", sends).await;
    for _ in 0..400 {
        assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap().len(), 1_024);
    }
    assert_eq!(within("the close", ws.close(ASKED)).await.code(), CloseCode::new(4000));
}
