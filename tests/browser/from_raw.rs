//! Existing sockets that are wrapped, and sockets that are released by `into_raw`.

use crate::support::*;
use crate::synthetic::{count_listeners, listeners};
use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, ReadyState, WebSocket};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn from_raw_after_the_close_event_resolves_with_timeout() {
    let raw = connecting_socket();
    abort(&raw);
    within("the close", onclose::closed(&raw)).await.unwrap();
    let timers = Timers::record();
    // Longer than the test waits, so it is the grace time that elapses.
    let mut ws = WebSocket::builder("").connect_timeout(NEVER).close_timeout(NEVER).from_raw(raw);
    assert_eq!((ws.state(), timers.delays()), (ReadyState::Closed, vec![250]));
    let info = within("the close info", ws.closed()).await;
    assert_eq!((info.cause(), info.timed_out(), info.code()), (CloseCause::Timeout, true, CloseCode::ABNORMAL));
    assert_eq!((info.was_open(), info.requested()), (false, None));
    assert!(ready("the error", ws.recv()).unwrap().is_err());
    assert!(ready("the end of the stream", ws.recv()).is_none());
    assert!(ready("the error", ws.send("x")).unwrap_err().is_closed());
}

#[wasm_bindgen_test]
async fn from_raw_between_error_and_close_gets_the_event_of_the_browser() {
    let raw = connecting_socket();
    let wrapped = Rc::new(RefCell::new(None));
    let _listener = listen(&raw, "error", {
        let (wrapped, raw) = (Rc::clone(&wrapped), raw.clone());
        move |_| *wrapped.borrow_mut() = Some(WebSocket::from_raw(raw.clone()))
    });
    abort(&raw);
    until("the browser fires error", || wrapped.borrow().is_some()).await;
    let ws = wrapped.borrow_mut().take().unwrap();
    let info = within("the close", ws.closed()).await;
    assert_eq!((info.cause(), info.timed_out()), (CloseCause::Lost, false));
}

#[wasm_bindgen_test]
async fn from_raw_of_a_closing_socket_waits_for_the_close() {
    let raw = connecting_socket();
    raw.close().unwrap();
    let ws = WebSocket::builder("").close_timeout(NEVER).from_raw(raw);
    assert!(ws.try_send("x").unwrap_err().is_closed());
    let info = within("the close", ws.closed()).await;
    assert_eq!((info.cause(), info.timed_out(), info.code()), (CloseCause::Lost, false, CloseCode::ABNORMAL));
}

#[wasm_bindgen_test]
async fn from_raw_of_a_connecting_socket_reports_its_failure() {
    let ws = WebSocket::from_raw(connecting_socket());
    abort(ws.as_raw());
    let error = within("the failure", ws.opened()).await.unwrap_err();
    assert_eq!(error.close_info().unwrap().cause(), CloseCause::Lost);
}

#[wasm_bindgen_test]
fn from_trait_wraps_as_from_raw_does() {
    let raw = connecting_socket();
    count_listeners(&raw);
    let ws: WebSocket = raw.clone().into();
    assert_eq!((ws.state(), listeners(&raw).as_str()), (ReadyState::Connecting, "close error message open"));
    assert!(js_sys::Object::is(ws.as_raw(), &raw));
    assert_eq!(raw.binary_type(), web_sys::BinaryType::Arraybuffer);
    CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
    assert_eq!(ready("the close info", ws.closed()).code(), 4001);

    let raw = connecting_socket();
    drop(WebSocket::from(raw.clone()));
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSING, "dropping it closes the socket");
}

#[wasm_bindgen_test]
fn listeners_are_removed_as_soon_as_nothing_needs_them() {
    let raw = connecting_socket();
    count_listeners(&raw);
    let (sender, receiver) = WebSocket::from_raw(raw.clone()).split();
    assert_eq!(listeners(&raw), "close error message open");
    drop(receiver);
    assert_eq!(listeners(&raw), "close error open");
    let closed = sender.closed();
    drop(sender);
    // A blocked connection fires only `error`.
    assert_eq!(listeners(&raw), "close error", "only what a waiter needs");
    drop(closed);
    assert_eq!(listeners(&raw), "");

    let raw = connecting_socket();
    count_listeners(&raw);
    let ws = WebSocket::from_raw(raw.clone());
    let closed = ws.closed();
    let raw = ws.into_raw();
    assert_eq!(listeners(&raw), "close error open");
    drop(closed);
    assert_eq!(listeners(&raw), "");
    let raw = WebSocket::from_raw(raw).into_raw();
    assert_eq!(listeners(&raw), "");
    let (observer, listener) = (onclose::closed(&raw), onclose::on_close(&raw, |_| {}));
    assert_eq!(listeners(&raw), "close close error");
    drop((observer, listener));
    assert_eq!(listeners(&raw), "");
    let (ws, observer) = (WebSocket::from_raw(raw.clone()), onclose::closed(&raw));
    CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
    assert_eq!(listeners(&raw), "", "the close frees them although handles are alive");
    drop((ws, observer));
}

#[wasm_bindgen_test]
fn into_raw_restores_the_binary_type() {
    let raw = connecting_socket();
    assert_eq!(raw.binary_type(), web_sys::BinaryType::Blob);
    let ws = WebSocket::from_raw(raw);
    assert_eq!(ws.as_raw().binary_type(), web_sys::BinaryType::Arraybuffer);
    assert_eq!(ws.into_raw().binary_type(), web_sys::BinaryType::Blob);
}

#[wasm_bindgen_test]
async fn into_raw_leaves_the_socket_connecting_and_sets_no_attribute() {
    let uncaught = UncaughtErrors::watch();
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let raw = ws.into_raw();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING);
    assert!(raw.onclose().is_none() && raw.onerror().is_none() && raw.onopen().is_none() && raw.onmessage().is_none());
    abort(&raw);
    within("the close", onclose::closed(&raw)).await.unwrap();
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn closed_resolves_after_into_raw_of_a_closed_socket() {
    let raw = connecting_socket();
    abort(&raw);
    within("the close", onclose::closed(&raw)).await.unwrap();
    let ws = WebSocket::builder("").close_timeout(NEVER).from_raw(raw);
    let closed = ws.closed();
    drop(ws.into_raw());
    assert_eq!(within("the close info", closed).await.cause(), CloseCause::Timeout);
}

#[wasm_bindgen_test]
async fn closed_resolves_after_into_raw_of_a_blocked_socket() {
    let ws = WebSocket::builder(&blocked_port_url(7)).close_timeout(NEVER).open().unwrap();
    let closed = ws.closed();
    drop(ws.into_raw());
    // WebKit fires `error` alone.
    let cause = if engine() == Engine::WebKit { CloseCause::Blocked } else { CloseCause::Lost };
    assert_eq!(within("the close info", closed).await.cause(), cause);
}

#[wasm_bindgen_test]
fn after_into_raw_other_handles_cannot_send_or_close_but_get_the_close_info() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let (sender, early) = (ws.sender(), ws.closed());
    let raw = ws.into_raw();
    assert!(sender.try_send("x").unwrap_err().is_closed());
    assert!(ready("the error", sender.send("x")).unwrap_err().is_closed());
    let late = sender.close(CloseFrame::NORMAL);
    drop(sender);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING, "closed by a handle");
    CloseEvent::new(4001, "theirs", true).dispatch(&raw).unwrap();
    for closed in [early, late] {
        let info = ready("the close info", closed);
        assert_eq!((info.reason(), info.requested()), ("theirs", None));
    }
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING, "closed by the event");
}

#[wasm_bindgen_test]
fn closing_a_sink_after_into_raw_does_not_wait() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let mut sender = ws.sender();
    let raw = ws.into_raw();
    ready("the close of the sink", futures_util::SinkExt::close(&mut sender)).unwrap();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING);
}
