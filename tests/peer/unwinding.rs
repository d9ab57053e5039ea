//! Panics that unwind: one in a user's closure or task ends that, and nothing of ours.

use crate::server::at;
use crate::support::*;
use onclose::{CloseCode, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use std::panic::catch_unwind;
use wasm_bindgen::JsCast;

#[peer_test]
async fn a_waker_that_panics_leaves_the_socket_whole() {
    assert!(catch_unwind(|| panic!("on purpose")).is_err(), "panics do not unwind, so this tests nothing");

    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let (bell, waker) = Bell::with(|| panic!("on purpose"));
    {
        let mut recv = Box::pin(ws.recv());
        assert!(poll_once(&mut recv, &waker).is_pending());
    }
    // The reader is woken inside the browser's event, and what it throws is nobody's but the page's.
    let thrown = Count::default();
    let listening = listen(&js_sys::global().unchecked_into(), "error", {
        let thrown = thrown.clone();
        move |event| {
            event.unchecked_into::<web_sys::Event>().prevent_default();
            thrown.add();
        }
    });
    ws.send("first").await.unwrap();
    until("the waker has panicked", || bell.rung() > 0).await;
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("first"));

    let closed = within(10_000, "the end", ws.close(CloseFrame::NORMAL)).await;
    assert_eq!(closed.code(), CloseCode::NORMAL);
    drop(listening);
}
