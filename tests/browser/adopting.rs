//! Sockets that were made by somebody else, and given back.

use crate::support::*;
use onclose::{Cause, CloseCode, CloseEvent, CloseFrame, ReadyState, WebSocket};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_socket_whose_end_has_gone_is_adopted_without_a_hang() {
    let raw = refused();
    fail(&raw);
    onclose::closed(&raw).await.unwrap();
    let mut ws = WebSocket::adopt(raw);
    assert_eq!(ws.state(), ReadyState::Closed);
    let closed = within(2_000, "the end", ws.closed()).await;
    assert_eq!((closed.cause(), closed.code(), closed.was_open()), (Cause::Deadline, CloseCode::ABNORMAL, false));
    assert!(ws.recv().await.unwrap().is_err() && ws.recv().await.is_none());
    assert!(ws.send("x").await.unwrap_err().is_closed());
}

#[wasm_bindgen_test]
async fn a_socket_adopted_between_error_and_close_gets_the_real_event() {
    let raw = refused();
    let adopted = Rc::new(RefCell::new(None));
    let _listening = listen(&raw, "error", {
        let (adopted, raw) = (Rc::clone(&adopted), raw.clone());
        move |_| *adopted.borrow_mut() = Some(WebSocket::adopt(raw.clone()))
    });
    fail(&raw);
    until("an error is reported", || adopted.borrow().is_some()).await;
    let ws = adopted.borrow_mut().take().unwrap();
    assert_eq!(within(2_000, "the end", ws.closed()).await.cause(), Cause::Lost);
}

#[wasm_bindgen_test]
async fn a_closing_socket_is_adopted_and_waited_for() {
    let raw = refused();
    raw.close().unwrap();
    let ws = WebSocket::adopt(raw);
    assert!(ws.try_send("x").unwrap_err().is_closed());
    assert_eq!(within(2_000, "the end", ws.closed()).await.code(), CloseCode::ABNORMAL);
}

#[wasm_bindgen_test]
async fn a_connecting_socket_is_adopted_and_its_refusal_told() {
    let ws = WebSocket::adopt(refused());
    fail(ws.as_raw());
    let error = within(5_000, "the end", ws.opened()).await.unwrap_err();
    assert_eq!(error.closed().unwrap().cause(), Cause::Lost);
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
