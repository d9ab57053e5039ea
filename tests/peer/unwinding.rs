//! `panic = "unwind"`: a panic in a user's callback or task stops that, and leaves the crate's state intact.

use crate::server::at;
use crate::support::*;
use onclose::{CloseCode, CloseEvent, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasm_bindgen::JsCast;

/// Keeps the browser from reporting what callbacks throw inside of its events, on purpose.
fn silence_errors() -> EventListener {
    listen(&js_sys::global().unchecked_into(), "error", |event| {
        event.unchecked_into::<web_sys::Event>().prevent_default();
    })
}

#[peer_test]
async fn panicking_waker_leaves_the_socket_usable() {
    assert!(catch_unwind(|| panic!("on purpose")).is_err(), "panics do not unwind, so this would test nothing");

    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let (counter, waker) = CountingWaker::with_action(|| panic!("on purpose"));
    assert!(poll_once(&mut ws.recv(), &waker).is_pending());
    let _listener = silence_errors();
    ws.send("first").await.unwrap();
    until("the waker has panicked", || counter.wake_count() > 0).await;
    assert_eq!(within("the message", ws.recv()).await.unwrap().unwrap(), Message::from("first"));

    assert_eq!(within("the close", ws.close(CloseFrame::NORMAL)).await.code(), CloseCode::NORMAL);
}

#[peer_test]
async fn waker_that_panics_while_a_remote_handle_sends_closes_the_connection() {
    let socket = WebSocket::builder(&at("/echo").url).send_high_water_mark(1).connect().await.unwrap();
    let raw = socket.as_raw().clone();
    let (remote, mut driver) = socket.into_remote();
    assert!(poll(&mut driver).is_pending());
    let (counter, driver_waker) = CountingWaker::new();
    assert!(poll_once(&mut driver, &driver_waker).is_pending());
    ready("capacity", remote.send("one")).unwrap();
    let (_counter, waker) = CountingWaker::with_action(|| panic!("on purpose"));
    let mut waits = remote.send("two");
    if poll_once(&mut waits, &waker).is_ready() {
        // In its workers, the buffer can shrink within one task.
        assert_eq!(engine(), Engine::WebKit);
        return;
    }
    until("there is capacity", || raw.buffered_amount() == 0).await;
    let before = counter.wake_count();
    let mut next = remote.send("three");
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut next))).is_err(), "it wakes the first send, whose waker panics");
    assert!(counter.wake_count() > before, "the driver's task is not woken");
    let info = within("the driver", driver).await;
    assert_eq!(info, within("the close", remote.closed()).await);
    assert!(ready("a late send", remote.send("late")).unwrap_err().is_driver_dropped());
}

#[peer_test]
async fn message_callback_that_panics_at_the_close_does_not_prevent_other_wakes() {
    let ws = WebSocket::connect(&at("/drop?asked&how=fin").url).await.unwrap();
    let mut closed = ws.closed();
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut closed, &waker).is_pending());
    let panicked = Counter::default();
    let _listener = silence_errors();
    let (sender, receiver) = ws.split();
    let _guard = receiver.on_message({
        let panicked = panicked.clone();
        move |message| {
            panicked.increment();
            message.expect("the connection is lost, on purpose");
        }
    });
    sender.send("begin").await.unwrap();
    until("the callback has panicked", || panicked.get() > 0).await;
    assert_eq!(counter.wake_count(), 1);
}

#[peer_test]
async fn panicking_message_callback_stops_receiving_and_queues_nothing() {
    let ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let _listener = silence_errors();
    let raw = ws.as_raw().clone();
    let (sender, receiver) = ws.split();
    let deliver = || {
        let init = web_sys::MessageEventInit::new();
        init.set_data(&"a value that would be held".into());
        let event = web_sys::MessageEvent::new_with_event_init_dict("message", &init).unwrap();
        raw.dispatch_event(&event).unwrap();
    };
    let calls = Counter::default();
    let _guard = receiver.on_message({
        let calls = calls.clone();
        move |_| {
            calls.increment();
            panic!("on purpose");
        }
    });
    deliver();
    assert_eq!((calls.get(), calls.owners()), (1, 1));
    let before = live_js_values();
    deliver();
    deliver();
    assert_eq!((calls.get(), live_js_values()), (1, before));
    assert_eq!(within("the close", sender.close(CloseFrame::NORMAL)).await.code(), CloseCode::NORMAL);
}

#[peer_test]
async fn detached_listener_that_panics_is_freed() {
    let _listener = silence_errors();
    let raw = connecting_socket();
    let dispatch = || CloseEvent::new(1000, "", true).dispatch(&raw).unwrap();
    // The first time creates what is created once.
    onclose::on_close(&raw, |_| panic!("on purpose")).detach();
    dispatch();
    let before = live_js_values();
    onclose::on_close(&raw, |_| panic!("on purpose")).detach();
    dispatch();
    assert_eq!(live_js_values(), before);
    abort(&raw);
}
