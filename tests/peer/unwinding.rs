//! Panics that unwind: one in a user's closure or task ends that, and nothing of ours.

use crate::server::at;
use crate::support::*;
use onclose::{CloseCode, CloseEvent, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use std::panic::catch_unwind;
use wasm_bindgen::JsCast;

/// What a closure throws inside a browser's event is the page's; here it was meant.
fn not_reported() -> Listening {
    listen(&js_sys::global().unchecked_into(), "error", |event| {
        event.unchecked_into::<web_sys::Event>().prevent_default();
    })
}

#[peer_test]
async fn a_waker_that_panics_leaves_the_socket_whole() {
    assert!(catch_unwind(|| panic!("on purpose")).is_err(), "panics do not unwind, so this tests nothing");

    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let (bell, waker) = Bell::with(|| panic!("on purpose"));
    {
        let mut recv = Box::pin(ws.recv());
        assert!(poll_once(&mut recv, &waker).is_pending());
    }
    let _listening = not_reported();
    ws.send("first").await.unwrap();
    until("the waker has panicked", || bell.rung() > 0).await;
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("first"));

    let closed = within(10_000, "the end", ws.close(CloseFrame::NORMAL)).await;
    assert_eq!(closed.code(), CloseCode::NORMAL);
}

#[peer_test]
async fn a_message_closure_that_panics_at_the_end_leaves_nobody_waiting_for_it() {
    let ws = WebSocket::connect(&at("/drop?how=fin&delay=50").url).await.unwrap();
    let mut ended = ws.closed();
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut ended, &waker).is_pending());
    let panicked = Count::default();
    let _listening = not_reported();
    let (_sender, receiver) = ws.split();
    let _listener = receiver.on_message({
        let panicked = panicked.clone();
        move |message| {
            panicked.add();
            message.expect("the connection is lost, on purpose");
        }
    });
    until("the closure has panicked", || panicked.get() > 0).await;
    assert_eq!(bell.rung(), 1);
}

#[peer_test]
async fn a_message_closure_that_panics_is_the_end_of_reading_and_nothing_piles_up() {
    let ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let _listening = not_reported();
    let raw = ws.as_raw().clone();
    let (sender, receiver) = ws.split();
    let deliver = || {
        let init = web_sys::MessageEventInit::new();
        init.set_data(&"a value that is held".into());
        let event = web_sys::MessageEvent::new_with_event_init_dict("message", &init).unwrap();
        raw.dispatch_event(&event).unwrap();
    };
    let called = Count::default();
    let _listener = receiver.on_message({
        let called = called.clone();
        move |_| {
            called.add();
            panic!("on purpose");
        }
    });
    deliver();
    assert_eq!((called.get(), called.owners()), (1, 1));
    let before = held();
    deliver();
    deliver();
    assert_eq!((called.get(), held()), (1, before));
    assert_eq!(within(10_000, "the end", sender.close(CloseFrame::NORMAL)).await.code(), CloseCode::NORMAL);
}

#[peer_test]
async fn a_detached_listener_that_panics_is_freed() {
    let _listening = not_reported();
    let raw = web_sys::WebSocket::new(NOBODY).unwrap();
    let dispatch = || CloseEvent::new(1000, "", true).dispatch(&raw).unwrap();
    // What is made once.
    onclose::on_close(&raw, |_| panic!("on purpose")).detach();
    dispatch();
    let before = held();
    onclose::on_close(&raw, |_| panic!("on purpose")).detach();
    dispatch();
    assert_eq!(held(), before);
    fail(&raw);
}
