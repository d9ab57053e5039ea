//! Waiting for room: a peer that reads slowly, or not at all.

use crate::server::at;
use crate::support::*;
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseFrame, Message, WebSocket, WebSocketBuilder};
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

/// A socket to a peer that does not read, with far more in its buffer than its mark and all that a network takes.
///
/// `None` in WebKit, which takes what it is given into another process, whatever the network does with it.
async fn stuffed(builder: WebSocketBuilder) -> Option<WebSocket> {
    let raw = web_sys::WebSocket::new(&at("/deaf").url).unwrap();
    until("it is open", || raw.ready_state() == web_sys::WebSocket::OPEN).await;
    // Not from Rust's memory, which browsers refuse where it is shared.
    let piece = js_sys::Uint8Array::new_with_length(1 << 20);
    for _ in 0..24 {
        raw.send_with_js_u8_array(&piece).unwrap();
    }
    if engine() == Engine::WebKit {
        until("the other process has taken it all", || raw.buffered_amount() == 0).await;
        return None;
    }
    Some(builder.send_high_water_mark(1 << 20).from_raw(raw))
}

#[peer_test]
async fn waiting_for_room_is_no_busy_loop() {
    let Some(ws) = stuffed(WebSocket::builder("")).await else { return };
    let timers = js_sys::Function::new_no_args(
        "const real = globalThis.setTimeout; let count = 0;
         globalThis.setTimeout = (...args) => { count += 1; return real(...args); };
         return () => { globalThis.setTimeout = real; return count; };",
    );
    let sender = ws.sender();
    let mut send = sender.send("waits");
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut send, &waker).is_pending());
    sleep(300).await; // the pauses have grown
    let stop: js_sys::Function =
        wasm_bindgen::JsCast::unchecked_into(timers.call0(&wasm_bindgen::JsValue::NULL).unwrap());
    sleep(1_000).await;
    let count = stop.call0(&wasm_bindgen::JsValue::NULL).unwrap().as_f64().unwrap();
    assert!((2.0..40.0).contains(&count), "{count} timers in a second");
    assert_eq!(bell.rung(), 0, "it was woken for nothing");
}

#[peer_test]
async fn above_the_mark_a_send_waits_and_goes_on_when_there_is_room() {
    const MARK: usize = 1 << 20;
    const SIZE: usize = 1 << 20;
    let place = at("/deaf?for=1500");
    let ws = WebSocket::builder(&place.url).send_high_water_mark(MARK).connect().await.unwrap();
    let (mut full, mut sent) = (false, 0.0);
    let mut most = 0;
    while sent < 24.0 {
        if let Err(error) = ws.try_send(vec![0; SIZE]) {
            assert!(error.is_full() && !error.is_closed());
            full = true;
            within(20_000, "room", ws.send(error.into_message().unwrap())).await.unwrap();
        }
        sent += 1.0;
        most = most.max(ws.buffered_amount() as usize);
    }
    assert!(full, "the mark was never reached");
    assert!(most < MARK + SIZE, "{most} bytes were buffered");
    within(20_000, "the flush", ws.flush()).await.unwrap();
    within(10_000, "the end", ws.close(ASKED)).await;
    assert_eq!(place.saw().await.messages(), sent);
}

#[peer_test]
async fn a_send_that_waits_for_room_fails_with_its_message_at_the_end() {
    let builder = WebSocket::builder("").close_timeout(Duration::from_millis(300));
    let Some(ws) = stuffed(builder).await else { return };
    let sender = ws.sender();
    let waiting = join_all([sender.send("one"), sender.send("two")]);
    let flushing = sender.flush();
    ws.close(ASKED);
    for (error, text) in within(8_000, "the refusals", waiting).await.into_iter().zip(["one", "two"]) {
        assert_eq!(error.unwrap_err().into_message(), Some(Message::from(text)));
    }
    let error = within(8_000, "the flush", flushing).await.unwrap_err();
    assert!(error.is_closed() && error.message().is_none());
}

#[peer_test]
async fn a_sink_waits_for_room_too_and_its_close_gives_up_on_a_peer_that_does_not_read() {
    let builder = WebSocket::builder("").close_timeout(Duration::from_millis(300));
    let Some(mut ws) = stuffed(builder).await else { return };
    let taken = Rc::new(RefCell::new(0));
    let mut feed = futures_util::stream::repeat_with({
        let taken = Rc::clone(&taken);
        move || {
            *taken.borrow_mut() += 1;
            Ok(Message::from(vec![0; 1 << 20]))
        }
    })
    .take(8);
    let (_, waker) = Bell::new();
    assert!(poll_once(&mut ws.send_all(&mut feed), &waker).is_pending(), "it never waits");
    assert_eq!(*taken.borrow(), 1, "a sink takes no more than it has room for");
    let error = within(8_000, "the close", SinkExt::close(&mut ws)).await.unwrap_err();
    assert!(error.is_closed(), "{error}");
}

#[peer_test]
async fn a_buffer_of_nothing_still_sends_one_message_after_the_other() {
    let mut ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(0).connect().await.unwrap();
    for _ in 0..5 {
        within(10_000, "room", ws.send(vec![1; 10_000])).await.unwrap();
    }
    for _ in 0..5 {
        assert_eq!(within(10_000, "an echo", ws.recv()).await.unwrap().unwrap().len(), 10_000);
    }
}

#[peer_test]
async fn text_fills_the_buffer_by_its_utf8() {
    let ws = WebSocket::builder(&at("/echo").url).send_high_water_mark(2_500).connect().await.unwrap();
    ws.try_send("€".repeat(1_000)).unwrap();
    // In the same turn, so browsers that count what the script has given them have handed nothing on.
    match engine() {
        Engine::WebKit => assert!(ws.buffered_amount() <= 3_000),
        _ => {
            assert_eq!(ws.buffered_amount(), 3_000);
            assert!(ws.try_send("x").unwrap_err().is_full());
        }
    }
    within(10_000, "the flush", ws.flush()).await.unwrap();
    ws.try_send("x").unwrap();
}

#[peer_test]
async fn closing_a_sink_waits_for_a_slow_reader_as_long_as_bytes_leave() {
    let place = at("/deaf?for=800");
    let builder =
        WebSocket::builder(&place.url).send_high_water_mark(usize::MAX).close_timeout(Duration::from_secs(60));
    let mut ws = builder.connect().await.unwrap();
    for _ in 0..10 {
        ws.send(vec![0; 1 << 20]).await.unwrap();
    }
    // Far less than the timeout: it is the buffer that is waited for.
    within(30_000, "the close", SinkExt::close(&mut ws)).await.unwrap();
    assert_eq!(place.saw().await.messages(), 10.0);
}
