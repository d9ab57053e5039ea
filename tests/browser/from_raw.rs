//! Sockets that were made by somebody else, and given back.

use crate::support::*;
use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, ReadyState, WebSocket};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_socket_whose_end_has_gone_is_adopted_without_a_hang() {
    let raw = refused();
    fail(&raw);
    onclose::closed(&raw).await.unwrap();
    let mut ws = WebSocket::from_raw(raw);
    assert_eq!(ws.state(), ReadyState::Closed);
    let closed = within(2_000, "the end", ws.closed()).await;
    assert_eq!((closed.cause(), closed.code(), closed.was_open()), (CloseCause::Timeout, CloseCode::ABNORMAL, false));
    assert!(ws.recv().await.unwrap().is_err() && ws.recv().await.is_none());
    assert!(ws.send("x").await.unwrap_err().is_closed());
}

#[wasm_bindgen_test]
async fn a_socket_adopted_between_error_and_close_gets_the_real_event() {
    let raw = refused();
    let adopted = Rc::new(RefCell::new(None));
    let _listening = listen(&raw, "error", {
        let (adopted, raw) = (Rc::clone(&adopted), raw.clone());
        move |_| *adopted.borrow_mut() = Some(WebSocket::from_raw(raw.clone()))
    });
    fail(&raw);
    until("an error is reported", || adopted.borrow().is_some()).await;
    let ws = adopted.borrow_mut().take().unwrap();
    assert_eq!(within(2_000, "the end", ws.closed()).await.cause(), CloseCause::Lost);
}

#[wasm_bindgen_test]
async fn a_closing_socket_is_adopted_and_waited_for() {
    let raw = refused();
    raw.close().unwrap();
    let ws = WebSocket::from_raw(raw);
    assert!(ws.try_send("x").unwrap_err().is_closed());
    assert_eq!(within(2_000, "the end", ws.closed()).await.code(), CloseCode::ABNORMAL);
}

#[wasm_bindgen_test]
async fn a_connecting_socket_is_adopted_and_its_refusal_told() {
    let ws = WebSocket::from_raw(refused());
    fail(ws.as_raw());
    let error = within(5_000, "the end", ws.opened()).await.unwrap_err();
    assert_eq!(error.close_info().unwrap().cause(), CloseCause::Lost);
}

/// Counts, by event, the listeners that are registered on a socket from now on.
fn count_listeners(raw: &web_sys::WebSocket) -> js_sys::Function {
    let count = js_sys::Function::new_with_args(
        "socket",
        "const on = [];
         const add = socket.addEventListener, remove = socket.removeEventListener;
         socket.addEventListener = function (type, ...rest) { on.push(type); return add.call(this, type, ...rest); };
         socket.removeEventListener = function (type, ...rest) {
             on.splice(on.indexOf(type), 1);
             return remove.call(this, type, ...rest);
         };
         return () => on.sort().join(' ');",
    );
    count.call1(&JsValue::NULL, raw).unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn each_listener_goes_when_nobody_needs_it_any_more() {
    let raw = refused();
    let count = count_listeners(&raw);
    let on = || count.call0(&JsValue::NULL).unwrap().as_string().unwrap();
    let (sender, receiver) = WebSocket::from_raw(raw.clone()).split();
    assert_eq!(on(), "close error message open");
    drop(receiver);
    assert_eq!(on(), "close error open");
    let ended = sender.closed();
    drop(sender);
    assert_eq!(on(), "close", "only what a waiter needs");
    drop(ended);
    assert_eq!(on(), "");

    let raw = refused();
    let count = count_listeners(&raw);
    let on = || count.call0(&JsValue::NULL).unwrap().as_string().unwrap();
    let ws = WebSocket::from_raw(raw.clone());
    let ended = ws.closed();
    let raw = ws.into_raw();
    assert_eq!(on(), "close error open");
    drop(ended);
    assert_eq!(on(), "");
    let raw = WebSocket::from_raw(raw).into_raw();
    assert_eq!(on(), "");
    let (observer, listener) = (onclose::closed(&raw), onclose::on_close(&raw, |_| {}));
    assert_eq!(on(), "close close error");
    drop((observer, listener));
    assert_eq!(on(), "");
    let (ws, observer) = (WebSocket::from_raw(raw.clone()), onclose::closed(&raw));
    CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
    assert_eq!(on(), "", "the end frees them, whoever still holds handles");
    drop((ws, observer));
}

#[wasm_bindgen_test]
async fn what_is_given_back_has_its_binary_type() {
    let raw = refused();
    assert_eq!(raw.binary_type(), web_sys::BinaryType::Blob);
    let ws = WebSocket::from_raw(raw);
    assert_eq!(ws.as_raw().binary_type(), web_sys::BinaryType::Arraybuffer);
    assert_eq!(ws.into_raw().binary_type(), web_sys::BinaryType::Blob);
}

#[wasm_bindgen_test]
async fn a_closed_socket_that_is_adopted_and_given_back_leaves_no_one_waiting() {
    let raw = refused();
    fail(&raw);
    onclose::closed(&raw).await.unwrap();
    let ws = WebSocket::from_raw(raw);
    let ended = ws.closed();
    drop(ws.into_raw());
    assert_eq!(within(2_000, "the end", ended).await.cause(), CloseCause::Timeout);
}

#[wasm_bindgen_test]
async fn a_blocked_socket_that_is_given_back_leaves_no_one_waiting() {
    let ws = WebSocket::builder(&blocked_at(7)).open().unwrap();
    let ended = ws.closed();
    drop(ws.into_raw());
    // `error` alone, or `close` too.
    let cause = if engine() == Engine::WebKit { CloseCause::Blocked } else { CloseCause::Lost };
    assert_eq!(within(5_000, "the end", ended).await.cause(), cause);
}

#[wasm_bindgen_test]
async fn what_is_given_back_is_left_as_it_was() {
    let uncaught = Uncaught::watch();
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let raw = ws.into_raw();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING);
    assert!(raw.onclose().is_none() && raw.onerror().is_none() && raw.onopen().is_none() && raw.onmessage().is_none());
    fail(&raw);
    within(5_000, "the end", onclose::closed(&raw)).await.unwrap();
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn after_giving_it_back_other_handles_neither_send_nor_close_and_still_hear_the_end() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let (sender, early) = (ws.sender(), ws.closed());
    let raw = ws.into_raw();
    assert!(sender.try_send("x").unwrap_err().is_closed());
    assert!(within(2_000, "an answer", sender.send("x")).await.unwrap_err().is_closed());
    let late = sender.close(CloseFrame::NORMAL);
    drop(sender);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING, "it was not closed");
    CloseEvent::new(4001, "theirs", true).dispatch(&raw).unwrap();
    for closed in [early.await, late.await] {
        assert_eq!((closed.reason(), closed.requested()), ("theirs", None));
    }
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING, "nor when the end was heard");
}

#[wasm_bindgen_test]
async fn a_sink_of_what_was_given_back_closes_without_waiting() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let mut sender = ws.sender();
    let raw = ws.into_raw();
    within(2_000, "the close", futures_util::SinkExt::close(&mut sender)).await.unwrap();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING);
}
