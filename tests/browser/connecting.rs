//! Sockets of our own that never open.

use crate::support::*;
use futures_util::future::FusedFuture;
use futures_util::stream::FusedStream;
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, Message, ReadyState, WebSocket};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

#[wasm_bindgen_test]
async fn a_refused_connection_keeps_its_close_event() {
    let error = within(30_000, "a refusal", WebSocket::connect(&nobody_at(4))).await.unwrap_err();
    let closed = error.close_info().unwrap();
    assert_eq!((closed.code(), closed.was_clean(), closed.was_open()), (CloseCode::ABNORMAL, false, false));
    assert_eq!((closed.cause(), closed.requested()), (CloseCause::Lost, None));
    assert!(error.open_error().is_none() && !error.is_timeout() && !error.is_blocked());
    assert!(error.to_string().contains("1006"), "{error}");
}

#[wasm_bindgen_test]
fn a_bad_url_is_a_typed_error() {
    for url in ["nonsense:", "ftp://127.0.0.1/", "ws://[", "ws://127.0.0.1:99999/"] {
        let error = WebSocket::builder(url).open().expect_err(url);
        assert_eq!(error.name(), "SyntaxError", "{url}");
        assert!(!error.message().is_empty());
    }
    let error = WebSocket::builder("ws://[").open().unwrap_err();
    assert!(error.to_string().starts_with("failed to create WebSocket: SyntaxError"), "{error}");
}

#[wasm_bindgen_test]
async fn bad_protocols_are_a_typed_error() {
    for protocols in [vec!["a, b"], vec![""], vec!["same", "same"]] {
        let error = WebSocket::builder(NOBODY).protocols(protocols).connect().await.unwrap_err();
        assert_eq!(error.open_error().unwrap().name(), "SyntaxError");
        assert!(error.close_info().is_none());
    }
}

#[wasm_bindgen_test]
async fn no_protocols_is_not_an_empty_protocol() {
    let ws = WebSocket::builder(NOBODY).protocols([""; 0]).open().unwrap();
    assert_eq!(ws.state(), ReadyState::Connecting);
}

#[wasm_bindgen_test]
async fn a_port_the_browser_blocks_ends_in_every_engine() {
    let error = within(5_000, "an answer", WebSocket::connect(&blocked_at(5))).await.unwrap_err();
    let closed = error.close_info().unwrap();
    // `error` alone, or `close` too.
    let cause = if engine() == Engine::WebKit { CloseCause::Blocked } else { CloseCause::Lost };
    assert_eq!((closed.cause(), closed.code(), closed.was_open()), (cause, CloseCode::ABNORMAL, false));
    assert_eq!(error.is_blocked(), cause == CloseCause::Blocked);
}

/// A `WebSocket` class whose page has a policy that lets it connect to nowhere; `None` in workers.
async fn blocked_class() -> Option<js_sys::Function> {
    let make = js_sys::Function::new_no_args(
        r#"if (typeof document === "undefined") return Promise.resolve(null);
           const frame = document.createElement("iframe");
           frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="connect-src 'none'">`;
           const loaded = new Promise(done => frame.onload = () => done(frame.contentWindow.WebSocket));
           document.body.append(frame);
           return loaded;"#,
    );
    let promise: js_sys::Promise = make.call0(&JsValue::NULL).unwrap().unchecked_into();
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap().dyn_into().ok()
}

#[wasm_bindgen_test]
async fn what_a_pages_policy_blocks_is_told_as_that_and_not_as_a_timeout() {
    let uncaught = Uncaught::watch();
    let Some(class) = blocked_class().await else { return };
    let real = global("WebSocket");
    js_sys::Reflect::set(&js_sys::global(), &"WebSocket".into(), &class).unwrap();
    let opened = WebSocket::builder(&nobody_at(8)).open();
    js_sys::Reflect::set(&js_sys::global(), &"WebSocket".into(), &real).unwrap();
    // Chromium makes a socket and fires `error` alone; the others throw.
    assert_eq!(opened.is_ok(), engine() == Engine::Chromium);
    match opened {
        Err(error) => assert!(!error.name().is_empty(), "{error}"),
        Ok(ws) => {
            let error = within(5_000, "an answer", ws.opened()).await.unwrap_err();
            assert!(error.is_blocked() && !error.is_timeout(), "{error}");
            assert_eq!(ws.closed().await.code(), CloseCode::ABNORMAL);
        }
    }
    // The same as somebody else's socket.
    let arguments = js_sys::Array::of1(&nobody_at(8).into());
    if let Ok(raw) = js_sys::Reflect::construct(&class, &arguments) {
        let raw: web_sys::WebSocket = raw.unchecked_into();
        let (observed, ws) = (onclose::closed(&raw), WebSocket::from_raw(raw));
        assert_eq!(within(5_000, "an answer", ws.closed()).await.cause(), CloseCause::Blocked);
        within(5_000, "an answer", observed).await.unwrap_err();
    }
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn close_while_connecting_says_that_its_code_was_not_sent() {
    let uncaught = Uncaught::watch();
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let closed = within(2_000, "the end", ws.close(ASKED)).await;
    assert_eq!((closed.cause(), closed.code()), (CloseCause::Local, CloseCode::ABNORMAL));
    assert_eq!((closed.requested(), closed.was_open()), (Some(&ASKED), false));
    assert_eq!(ws.opened().await.unwrap_err().close_info(), Some(&closed));
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn dropping_while_connecting_is_quiet_and_still_answers() {
    let uncaught = Uncaught::watch();
    let ws = WebSocket::builder(NOBODY).default_close_frame(ASKED).open().unwrap();
    let (raw, closed) = (ws.as_raw().clone(), ws.closed());
    drop(ws);
    assert!(raw.ready_state() >= 2, "it is closed at once");
    let closed = within(2_000, "the end", closed).await;
    assert_eq!((closed.cause(), closed.requested()), (CloseCause::Local, Some(&ASKED)));
    uncaught.none().await;
}

/// Has every socket that is made noted in a list, until it is stopped and gives the list.
fn note_sockets() -> js_sys::Function {
    let start = js_sys::Function::new_no_args(
        "const real = WebSocket, made = [];
         globalThis.WebSocket = function (...given) { made.push(new real(...given)); return made.at(-1); };
         return () => { globalThis.WebSocket = real; return made; };",
    );
    start.call0(&JsValue::NULL).unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn dropping_the_connect_future_closes_the_socket() {
    let uncaught = Uncaught::watch();
    let mut connect = Box::pin(WebSocket::connect(NOBODY));
    let (bell, waker) = Bell::new();
    let stop = note_sockets();
    let pending = poll_once(&mut connect, &waker).is_pending();
    let made = js_sys::Array::from(&stop.call0(&JsValue::NULL).unwrap());
    assert!(pending && made.length() == 1);
    let raw: web_sys::WebSocket = made.get(0).unchecked_into();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING);
    drop(connect);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSING);
    within(5_000, "the end", onclose::closed(&raw)).await.unwrap();
    assert_eq!(bell.rung(), 0, "nobody is woken for a future that is gone");
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn try_send_while_connecting_gives_the_message_back() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let error = ws.try_send("early").unwrap_err();
    assert!(error.is_connecting() && !error.is_closed() && !error.is_full());
    assert_eq!(error.into_message(), Some(Message::from("early")));
}

#[wasm_bindgen_test]
async fn a_send_that_waits_for_the_open_gets_its_message_back_when_there_is_none() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    fail(ws.as_raw());
    let error = within(5_000, "the end", ws.send(vec![1, 2, 3])).await.unwrap_err();
    assert!(error.is_closed());
    assert_eq!(error.close_info().unwrap().code(), CloseCode::ABNORMAL);
    assert_eq!(error.into_message(), Some(Message::Binary(vec![1, 2, 3])));
}

#[wasm_bindgen_test]
async fn the_sink_of_a_refused_connection_fails_and_its_close_returns() {
    let mut ws = WebSocket::builder(NOBODY).open().unwrap();
    fail(ws.as_raw());
    let error = within(5_000, "the end", SinkExt::send(&mut ws, Message::from("x"))).await.unwrap_err();
    assert!(error.is_closed());
    within(2_000, "the close", SinkExt::close(&mut ws)).await.unwrap();
}

#[wasm_bindgen_test]
async fn closing_the_sink_while_connecting_gives_the_attempt_up() {
    let mut ws = WebSocket::builder(NOBODY).default_close_frame(ASKED).open().unwrap();
    within(2_000, "the close", SinkExt::close(&mut ws)).await.unwrap();
    assert_eq!(ws.closed().await.requested(), Some(&ASKED));
}

#[wasm_bindgen_test]
async fn the_stream_of_a_refused_connection_yields_one_error_and_then_the_end_for_ever() {
    let mut ws = WebSocket::builder(NOBODY).open().unwrap();
    assert!(!ws.is_terminated());
    fail(ws.as_raw());
    let error = within(5_000, "the end", ws.next()).await.unwrap().unwrap_err();
    assert!(error.is_lost() && !error.is_overflow() && !error.is_unreadable());
    for _ in 0..1_000 {
        assert!(ws.next().await.is_none());
    }
    assert!(ws.is_terminated());
}

#[wasm_bindgen_test]
async fn a_connect_that_takes_too_long_ends_at_its_deadline() {
    let ws = WebSocket::builder("").connect_timeout(Duration::from_millis(50)).from_raw(silent());
    let error = within(5_000, "the deadline", ws.opened()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.close_info().unwrap().cause(), CloseCause::Timeout);
    assert!(ws.as_raw().ready_state() >= web_sys::WebSocket::CLOSING, "the browser is not left trying");
    assert_eq!(ws.closed().await.requested(), None, "it was nobody's wish");
}

#[wasm_bindgen_test]
async fn every_waiter_on_every_handle_gets_the_same_end() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let early: Vec<_> = (0..50).map(|_| ws.closed()).collect();
    fail(ws.as_raw());
    let (sender, receiver) = ws.split();
    let clone = sender.clone();
    let first = within(5_000, "the end", sender.closed()).await;
    let clones = early.iter().map(Clone::clone).collect::<Vec<_>>();
    for future in early.into_iter().chain(clones).chain([clone.closed(), receiver.closed(), sender.close(ASKED)]) {
        assert!(!future.is_terminated());
        assert_eq!(within(2_000, "a known end", future).await, first);
    }
    drop((sender, receiver));
    let mut last = clone.closed();
    assert_eq!((&mut last).await, first);
    assert!(last.is_terminated() && !last.clone().is_terminated(), "another future of the same end starts anew");
    assert_eq!(last.clone().await, first);
}

#[wasm_bindgen_test]
async fn an_end_asked_for_between_error_and_close_is_the_browsers() {
    let ws = Rc::new(WebSocket::builder(NOBODY).open().unwrap());
    let raw = ws.as_raw().clone();
    let asked = Rc::new(RefCell::new(None));
    let _listening = listen(&raw, "error", {
        let (ws, asked) = (Rc::clone(&ws), Rc::clone(&asked));
        move |_| *asked.borrow_mut() = Some([ws.closed(), ws.close(ASKED)])
    });
    fail(&raw);
    until("an error is reported", || asked.borrow().is_some()).await;
    let asked = asked.borrow_mut().take().unwrap();
    for ended in asked {
        let closed = within(2_000, "the end", ended).await;
        assert_eq!(
            (closed.cause(), closed.code(), closed.requested()),
            (CloseCause::Lost, CloseCode::ABNORMAL, Some(&ASKED))
        );
    }
}

#[wasm_bindgen_test]
async fn a_dispatched_close_ends_it_and_leaves_no_connection() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let raw = ws.as_raw().clone();
    CloseEvent::new(4001, "kicked", true).dispatch(&raw).unwrap();
    let closed = within(2_000, "a known end", ws.closed()).await;
    assert_eq!((closed.code().as_u16(), closed.reason(), closed.cause()), (4001, "kicked", CloseCause::Remote));
    assert_eq!(ws.state(), ReadyState::Closed);
    assert!(raw.ready_state() >= 2, "the real socket does not go on");
    CloseEvent::new(4002, "again", true).dispatch(&raw).unwrap();
    assert_eq!(ws.closed().await, closed, "the end does not change");
}

#[wasm_bindgen_test]
async fn a_dispatched_error_does_not_end_it() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    ws.as_raw().dispatch_event(&web_sys::Event::new("error").unwrap()).unwrap();
    assert_eq!(ws.state(), ReadyState::Connecting);
}

#[wasm_bindgen_test]
async fn a_waker_may_drop_close_and_reconnect_at_once() {
    let uncaught = Uncaught::watch();
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let (raw, mut closed, sender) = (ws.as_raw().clone(), ws.closed(), ws.sender());
    let held = Rc::new(RefCell::new(Some((ws, sender))));
    let next = Rc::new(RefCell::new(None));
    let (bell, waker) = Bell::with({
        let (held, next) = (Rc::clone(&held), Rc::clone(&next));
        move || {
            let (ws, sender) = held.borrow_mut().take().unwrap();
            sender.close(ASKED);
            assert!(ws.try_send("late").is_err());
            drop((ws, sender));
            *next.borrow_mut() = Some(WebSocket::builder(NOBODY).open().unwrap());
        }
    });
    assert!(poll_once(&mut closed, &waker).is_pending());
    CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
    assert_eq!(bell.rung(), 1);
    assert_eq!(closed.await.code(), CloseCode::new(4001));
    let next = next.borrow_mut().take().unwrap();
    fail(next.as_raw());
    within(5_000, "the second end", next.closed()).await;
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn sockets_in_every_state_are_dropped_without_a_sound() {
    let uncaught = Uncaught::watch();
    let mut sockets = Vec::new();
    for round in 0..12 {
        let ws = WebSocket::builder(NOBODY).open().unwrap();
        sockets.push(ws.as_raw().clone());
        let (sender, mut receiver) = ws.split();
        let mut closed = sender.closed();
        let (_, waker) = Bell::new();
        assert!(poll_once(&mut closed, &waker).is_pending());
        assert!(poll_once(&mut Box::pin(receiver.recv()), &waker).is_pending());
        if round % 3 == 0 {
            sender.close(ASKED);
        }
        sleep(round % 5).await;
        if round % 2 == 0 {
            drop(sender);
            drop(receiver);
            drop(closed);
        } else {
            drop(closed);
            drop(receiver);
            sleep(1).await;
            drop(sender);
        }
    }
    until("all are closed", || sockets.iter().all(|raw| raw.ready_state() == web_sys::WebSocket::CLOSED)).await;
    uncaught.none().await;
}
