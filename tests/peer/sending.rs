//! Sending: what is said about it has to be true.

use crate::server::at;
use crate::support::*;
use futures_util::future::{Either, join_all, select};
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseCode, CloseFrame, Message, ReadyState, WebSocket};
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

#[peer_test]
async fn a_send_while_connecting_waits_for_the_open() {
    let place = at("/echo?accept_delay=100");
    let mut ws = WebSocket::builder(&place.url).open().unwrap();
    assert!(ws.try_send("too early").unwrap_err().is_connecting());
    within(10_000, "the open", ws.send("in time")).await.unwrap();
    assert_eq!(ws.state(), ReadyState::Open);
    ws.opened().await.unwrap();
    assert_eq!(within(10_000, "an echo", ws.recv()).await.unwrap().unwrap(), Message::from("in time"));
}

#[peer_test]
async fn after_the_end_every_way_to_send_gives_the_message_back() {
    let mut ws = WebSocket::connect(&at("/close?code=4001&delay=30").url).await.unwrap();
    let closed = within(10_000, "the end", ws.closed()).await;
    for error in [
        ws.send("one").await.unwrap_err(),
        ws.try_send("one").unwrap_err(),
        SinkExt::send(&mut ws, Message::from("one")).await.unwrap_err(),
        ws.sender().feed(Message::from("one")).await.unwrap_err(),
    ] {
        assert!(error.is_closed());
        assert_eq!(error.close_info(), Some(&closed));
        assert_eq!(error.into_message(), Some(Message::from("one")));
    }
    let mut sink = std::pin::pin!(ws);
    let error = futures_util::Sink::start_send(sink.as_mut(), Message::from("two")).unwrap_err();
    assert_eq!(error.into_message(), Some(Message::from("two")));
}

#[peer_test]
async fn once_closing_has_begun_nothing_is_swallowed() {
    let place = at("/answer?delay=300");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    let ended = ws.close(ASKED);
    let error = ws.try_send(vec![7]).unwrap_err();
    assert!(error.is_closed() && error.close_info().is_none());
    assert_eq!(error.into_message(), Some(Message::Binary(vec![7])));
    assert_eq!(ws.send("x").await.unwrap_err().into_message(), Some(Message::from("x")));
    within(10_000, "the end", ended).await;
    assert_eq!(place.saw().await.messages(), 0.0);
}

#[peer_test]
async fn once_the_peer_closes_nothing_is_swallowed() {
    // TCP is held, so the socket is closing for a while in some engines before the event comes.
    let place = at("/close?code=4001&delay=30&then=hold");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    let mut refused = 0;
    while ws.state() != ReadyState::Closed {
        // What the browser would swallow is not called sent.
        let open = ws.as_raw().ready_state() == web_sys::WebSocket::OPEN;
        match ws.try_send("x") {
            Ok(()) => assert!(open),
            Err(error) => {
                assert!(!open && error.is_closed());
                assert_eq!(error.into_message(), Some(Message::from("x")));
                refused += 1;
            }
        }
        sleep(5).await;
    }
    assert!(refused > 0 || engine() != Engine::Chromium, "Chromium is closing for two seconds");
    assert!(ws.try_send("x").unwrap_err().is_closed());
}

#[peer_test]
async fn once_another_script_closes_nothing_is_swallowed() {
    let place = at("/answer?code=4040&delay=200");
    let mut ws = WebSocket::connect(&place.url).await.unwrap();
    ws.as_raw().close_with_code(4000).unwrap();
    for error in [
        ws.try_send("x").unwrap_err(),
        ws.send("x").await.unwrap_err(),
        SinkExt::send(&mut ws, Message::from("x")).await.unwrap_err(),
    ] {
        assert!(error.is_closed() && error.close_info().is_none());
        assert_eq!(error.into_message(), Some(Message::from("x")));
    }
    assert_eq!(ws.buffered_amount(), 0, "nothing was handed to the browser");
    assert_eq!(within(10_000, "the end", ws.closed()).await.code().as_u16(), 4040);
    assert_eq!(place.saw().await.messages(), 0.0);
}

#[peer_test]
async fn flush_means_handed_to_the_network() {
    let mut ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(usize::MAX).connect().await.unwrap();
    for _ in 0..8 {
        ws.send(vec![1; 1 << 20]).await.unwrap();
    }
    within(15_000, "the flush", ws.flush()).await.unwrap();
    assert_eq!(ws.buffered_amount(), 0);
    for _ in 0..8 {
        assert_eq!(within(15_000, "an echo", ws.recv()).await.unwrap().unwrap().len(), 1 << 20);
    }
    ws.flush().await.unwrap();
}

#[peer_test]
async fn a_flush_is_about_what_was_sent_before_it() {
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let (sender, busy) = (ws.sender(), Rc::new(std::cell::Cell::new(true)));
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
            within(15_000, "the flush", sender.flush()).await.unwrap();
        }
    };
    let flushed = matches!(select(std::pin::pin!(reading), std::pin::pin!(flushing)).await, Either::Right(_));
    busy.set(false);
    assert!(flushed, "the connection ended");
}

#[peer_test]
async fn a_flush_that_closing_overtakes_is_told_by_a_clean_end() {
    let place = at("/echo");
    let ws = WebSocket::builder(&place.url).send_high_water_mark(usize::MAX).connect().await.unwrap();
    for _ in 0..8 {
        ws.send(vec![1; 1 << 20]).await.unwrap();
    }
    let flush = ws.flush();
    let ended = ws.close(ASKED);
    within(15_000, "the flush", flush).await.unwrap();
    assert!(ended.await.was_clean());
    assert_eq!(place.saw().await.messages(), 8.0);
}

#[peer_test]
async fn closing_a_sink_flushes_closes_and_waits_for_the_end() {
    let place = at("/echo");
    let ws = WebSocket::builder(&place.url).default_close_frame(ASKED).connect().await.unwrap();
    let (mut sender, receiver) = ws.split();
    let ended = receiver.closed();
    let messages = futures_util::stream::iter((0..50).map(|_| Ok(Message::from(vec![5; 50_000]))));
    within(15_000, "the forward", messages.forward(&mut sender)).await.unwrap();
    assert_eq!(sender.state(), ReadyState::Closed, "it waited for the end");
    let closed = within(100, "a known end", ended).await;
    assert_eq!((closed.cause(), closed.requested(), closed.was_clean()), (CloseCause::Local, Some(&ASKED), true));
    let saw = place.saw().await;
    assert_eq!((saw.messages(), saw.close()), (50.0, Some((4000, "asked".to_owned()))));
    SinkExt::close(&mut sender).await.unwrap();
}

#[peer_test]
async fn closing_a_sink_does_not_wait_for_a_socket_that_is_given_back_meanwhile() {
    let ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(1).connect().await.unwrap();
    let (mut sink, waits) = (ws.sender(), ws.sender());
    let (mut ws, raw) = (Some(ws), Rc::new(RefCell::new(None)));
    let (_, gives_back) = Bell::with({
        let raw = Rc::clone(&raw);
        move || *raw.borrow_mut() = ws.take().map(WebSocket::into_raw)
    });
    sink.try_send("fills the buffer until the next turn").expect("room");
    let mut sending = waits.send("waits for room");
    assert!(poll_once(&mut sending, &gives_back).is_pending());

    // Closing wakes who waits for room, before it waits for an end that nobody is left to bring about.
    let (_, waker) = Bell::new();
    assert!(poll_once(&mut SinkExt::close(&mut sink), &waker).is_ready());
    let raw = raw.take().expect("it was given back");
    assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
    raw.close().expect("no arguments");
}

#[peer_test]
async fn a_send_future_that_is_dropped_has_not_sent() {
    let place = at("/echo");
    let ws = WebSocket::builder(&place.url).connect().await.unwrap();
    drop(ws.send("never polled"));
    ws.send("polled").await.unwrap();
    within(10_000, "the end", ws.close(ASKED)).await;
    let saw = place.saw().await;
    assert_eq!((saw.messages(), saw.last().as_deref()), (1.0, Some("polled")));
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
    within(20_000, "all of them", sends).await;
    for _ in 0..400 {
        assert_eq!(within(10_000, "an echo", ws.recv()).await.unwrap().unwrap().len(), 1_024);
    }
    assert_eq!(ws.close(ASKED).await.code(), CloseCode::new(4000));
}
