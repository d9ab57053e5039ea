//! Connections that never open.

use crate::support::*;
use crate::synthetic::Simulation;
use futures_util::future::FusedFuture;
use futures_util::stream::FusedStream;
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, Message, ReadyState, WebSocket};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

#[wasm_bindgen_test]
async fn refused_connection_keeps_its_close_event() {
    let error = within("the refusal", WebSocket::connect(&unreachable_url(4))).await.unwrap_err();
    let info = error.close_info().unwrap();
    assert_eq!((info.code(), info.was_clean(), info.was_open()), (CloseCode::ABNORMAL, false, false));
    assert_eq!((info.cause(), info.timed_out(), info.requested()), (CloseCause::Lost, false, None));
    assert!(error.open_error().is_none() && !error.is_timeout() && !error.is_blocked());
    assert_eq!(error.to_string(), "could not connect: refused or unreachable: 1006 Abnormal Closure, not clean");
}

#[wasm_bindgen_test]
fn invalid_url_is_an_open_error() {
    for url in ["nonsense:", "ftp://127.0.0.1/", "ws://[", "ws://127.0.0.1:99999/"] {
        let error = WebSocket::builder(url).open().expect_err(url);
        assert_eq!(error.name(), "SyntaxError", "{url}");
        assert!(!error.message().is_empty());
    }
    let error = WebSocket::builder("ws://[").open().unwrap_err();
    assert!(error.to_string().starts_with("failed to create WebSocket: SyntaxError"), "{error}");
}

#[wasm_bindgen_test]
fn invalid_protocols_are_an_open_error() {
    for protocols in [vec!["a, b"], vec![""], vec!["same", "same"]] {
        let connect = WebSocket::builder(UNREACHABLE_URL).protocols(protocols).connect();
        let error = ready("the error", connect).unwrap_err();
        assert_eq!(error.open_error().unwrap().name(), "SyntaxError");
        assert!(error.close_info().is_none());
    }
}

#[wasm_bindgen_test]
fn empty_protocol_list_offers_no_protocol() {
    let ws = WebSocket::builder(UNREACHABLE_URL).protocols([""; 0]).open().unwrap();
    assert_eq!(ws.state(), ReadyState::Connecting);
}

#[wasm_bindgen_test]
async fn blocked_port_ends_in_every_engine() {
    let error = within("the refusal", WebSocket::connect(&blocked_port_url(5))).await.unwrap_err();
    let info = error.close_info().unwrap();
    // WebKit fires `error` alone.
    let cause = if engine() == Engine::WebKit { CloseCause::Blocked } else { CloseCause::Lost };
    assert_eq!((info.cause(), info.code(), info.was_open()), (cause, CloseCode::ABNORMAL, false));
    assert_eq!((error.is_blocked(), info.timed_out()), (cause == CloseCause::Blocked, false));
}

/// Returns the `WebSocket` class of an iframe whose Content-Security-Policy allows no connection; `None` in workers, which
/// have no iframes.
async fn class_blocked_by_csp() -> Option<js_sys::Function> {
    let loaded = evaluate(
        r#"typeof document === "undefined" ? Promise.resolve(null) : new Promise(done => {
               const iframe = document.createElement("iframe");
               iframe.srcdoc = `<meta http-equiv="Content-Security-Policy" content="connect-src 'none'">`;
               iframe.onload = () => done(iframe.contentWindow.WebSocket);
               document.body.append(iframe);
           })"#,
    );
    let loaded: js_sys::Promise = loaded.unchecked_into();
    within("the iframe", wasm_bindgen_futures::JsFuture::from(loaded)).await.unwrap().dyn_into().ok()
}

#[wasm_bindgen_test]
async fn csp_violation_is_blocked_and_not_a_timeout() {
    let uncaught = UncaughtErrors::watch();
    let Some(class) = class_blocked_by_csp().await else { return };
    let opened = {
        let _patch = PatchedGlobal::set("WebSocket", &class);
        WebSocket::builder(&unreachable_url(8)).open()
    };
    // Chromium creates a socket and fires `error` alone; the others throw.
    assert_eq!(opened.is_ok(), engine() == Engine::Chromium);
    match opened {
        Err(error) => assert!(!error.name().is_empty(), "{error}"),
        Ok(ws) => {
            let error = within("the refusal", ws.opened()).await.unwrap_err();
            assert!(error.is_blocked() && !error.is_timeout(), "{error}");
            assert_eq!(ready("the close info", ws.closed()).code(), CloseCode::ABNORMAL);
        }
    }
    // The same for an existing socket.
    let arguments = js_sys::Array::of1(&unreachable_url(8).into());
    if let Ok(raw) = js_sys::Reflect::construct(&class, &arguments) {
        let raw: web_sys::WebSocket = raw.unchecked_into();
        let (observed, ws) = (onclose::closed(&raw), WebSocket::from_raw(raw));
        let info = within("the refusal", ws.closed()).await;
        assert_eq!((info.cause(), info.timed_out()), (CloseCause::Blocked, false));
        within("AlreadyClosed", observed).await.unwrap_err();
    }
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn close_while_connecting_keeps_the_frame_that_was_not_sent() {
    let uncaught = UncaughtErrors::watch();
    let ws = WebSocket::builder(UNREACHABLE_URL).close_timeout(NEVER).open().unwrap();
    let info = within("the close", ws.close(ASKED)).await;
    assert_eq!((info.cause(), info.timed_out(), info.code()), (CloseCause::Local, false, CloseCode::ABNORMAL));
    assert_eq!((info.requested(), info.was_open()), (Some(&ASKED), false));
    assert_eq!(ready("the error", ws.opened()).unwrap_err().close_info(), Some(&info));
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn drop_while_connecting_closes_and_still_reports_the_close() {
    let uncaught = UncaughtErrors::watch();
    let builder = WebSocket::builder(UNREACHABLE_URL).default_close_frame(ASKED).close_timeout(NEVER);
    let ws = builder.open().unwrap();
    let (raw, closed) = (ws.as_raw().clone(), ws.closed());
    drop(ws);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSING);
    let info = within("the close", closed).await;
    assert_eq!((info.cause(), info.timed_out(), info.requested()), (CloseCause::Local, false, Some(&ASKED)));
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn try_send_while_connecting_returns_the_message() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let error = ws.try_send("early").unwrap_err();
    assert!(error.is_connecting() && !error.is_closed() && !error.is_full());
    assert_eq!(error.into_message(), Some(Message::from("early")));
}

#[wasm_bindgen_test]
async fn send_waiting_for_the_open_returns_the_message_when_the_connection_fails() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    abort(ws.as_raw());
    let error = within("the error", ws.send(vec![1, 2, 3])).await.unwrap_err();
    assert!(error.is_closed());
    assert_eq!(error.close_info().unwrap().code(), CloseCode::ABNORMAL);
    assert_eq!(error.into_message(), Some(Message::Binary(vec![1, 2, 3])));
}

#[wasm_bindgen_test]
async fn sink_of_a_failed_connection_returns_an_error_and_closes() {
    let mut ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    abort(ws.as_raw());
    let error = within("the error", SinkExt::send(&mut ws, Message::from("x"))).await.unwrap_err();
    assert!(error.is_closed());
    within("the close", SinkExt::close(&mut ws)).await.unwrap();
}

#[wasm_bindgen_test]
async fn closing_the_sink_while_connecting_aborts_the_attempt() {
    let builder = WebSocket::builder(UNREACHABLE_URL).default_close_frame(ASKED).close_timeout(NEVER);
    let mut ws = builder.open().unwrap();
    within("the close", SinkExt::close(&mut ws)).await.unwrap();
    let info = ready("the close info", ws.closed());
    assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&ASKED)));
}

#[wasm_bindgen_test]
async fn stream_of_a_failed_connection_yields_one_error_and_then_none() {
    let mut ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    assert!(!ws.is_terminated());
    abort(ws.as_raw());
    let error = within("the error", ws.next()).await.unwrap().unwrap_err();
    assert!(error.is_lost() && !error.is_overflow() && !error.is_unreadable());
    for _ in 0..1_000 {
        assert!(ready("the end of the stream", ws.next()).is_none());
    }
    assert!(ws.is_terminated());
}

#[wasm_bindgen_test]
async fn connect_timeout_closes_the_attempt_and_reports_timeout() {
    let ws = WebSocket::builder("").connect_timeout(Duration::from_millis(50)).from_raw(stalled_socket());
    let simulation = Simulation::start(ws.as_raw(), web_sys::WebSocket::CONNECTING);
    let error = within("the connect timeout", ws.opened()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let info = error.close_info().unwrap();
    assert_eq!((info.cause(), info.timed_out(), info.requested()), (CloseCause::Timeout, true, None));
    assert_eq!(simulation.closed_with(), Some(1000), "the browser continues to connect");
}

#[wasm_bindgen_test]
async fn timeouts_beyond_what_set_timeout_takes_do_not_elapse_at_once() {
    const LONGEST_MS: u32 = i32::MAX as u32;
    let (long, short) = (Duration::MAX, Duration::from_millis(20));
    let timers = Timers::record();
    let [endless, bounded] =
        [long, short].map(|timeout| WebSocket::builder("").connect_timeout(timeout).from_raw(stalled_socket()));
    assert_eq!(timers.delays(), [LONGEST_MS, 20]);
    assert!(within("the connect timeout", bounded.opened()).await.unwrap_err().is_timeout());
    assert!(poll(&mut endless.opened()).is_pending());

    let timers = Timers::record();
    let [(mut endless, _), (bounded, _)] = [long, short].map(|timeout| {
        let ws = WebSocket::builder("").close_timeout(timeout).from_raw(stalled_socket());
        (ws.close(ASKED), ws)
    });
    assert_eq!(timers.delays()[1..], [LONGEST_MS, 75_000, 20]);
    assert!(within("the close timeout", bounded).await.timed_out());
    assert!(poll(&mut endless).is_pending());
}

#[wasm_bindgen_test]
async fn every_waiter_on_every_handle_gets_the_same_close_info() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let early: Vec<_> = (0..50).map(|_| ws.closed()).collect();
    abort(ws.as_raw());
    let (sender, receiver) = ws.split();
    let clone = sender.clone();
    let first = within("the close", sender.closed()).await;
    let clones = early.iter().map(Clone::clone).collect::<Vec<_>>();
    for future in early.into_iter().chain(clones).chain([clone.closed(), receiver.closed(), sender.close(ASKED)]) {
        assert!(!future.is_terminated());
        assert_eq!(ready("the close info", future), first);
    }
    drop((sender, receiver));
    let mut last = clone.closed();
    assert_eq!(ready("the close info", &mut last), first);
    assert!(last.is_terminated() && !last.clone().is_terminated(), "a clone is another future");
    assert_eq!(ready("the close info", last.clone()), first);
}

#[wasm_bindgen_test]
async fn closed_and_close_between_error_and_close_get_the_event_of_the_browser() {
    let ws = Rc::new(WebSocket::builder(UNREACHABLE_URL).close_timeout(NEVER).open().unwrap());
    let raw = ws.as_raw().clone();
    let futures = Rc::new(RefCell::new(None));
    let _listener = listen(&raw, "error", {
        let (ws, futures) = (Rc::clone(&ws), Rc::clone(&futures));
        move |_| *futures.borrow_mut() = Some([ws.closed(), ws.close(ASKED)])
    });
    abort(&raw);
    until("the browser fires error", || futures.borrow().is_some()).await;
    let futures = futures.borrow_mut().take().unwrap();
    for future in futures {
        let info = within("the close", future).await;
        assert_eq!(
            (info.cause(), info.timed_out(), info.code(), info.requested()),
            (CloseCause::Lost, false, CloseCode::ABNORMAL, Some(&ASKED))
        );
    }
}

#[wasm_bindgen_test]
fn dispatched_close_closes_the_raw_socket() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let raw = ws.as_raw().clone();
    CloseEvent::new(4001, "kicked", true).dispatch(&raw).unwrap();
    let info = ready("the close info", ws.closed());
    assert_eq!((info.code().as_u16(), info.reason(), info.cause()), (4001, "kicked", CloseCause::Remote));
    assert_eq!((ws.state(), info.timed_out()), (ReadyState::Closed, false));
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSING);
    CloseEvent::new(4002, "again", true).dispatch(&raw).unwrap();
    assert_eq!(ready("the close info", ws.closed()), info, "the close info has changed");
}

#[wasm_bindgen_test]
fn dispatched_error_does_not_close() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    dispatch(ws.as_raw(), "new Event('error')");
    assert_eq!(ws.state(), ReadyState::Connecting);
}

#[wasm_bindgen_test]
async fn waker_may_close_drop_and_reconnect() {
    let uncaught = UncaughtErrors::watch();
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let (raw, mut closed, sender) = (ws.as_raw().clone(), ws.closed(), ws.sender());
    let handles = Rc::new(RefCell::new(Some((ws, sender))));
    let next = Rc::new(RefCell::new(None));
    let (counter, waker) = CountingWaker::with_action({
        let (handles, next) = (Rc::clone(&handles), Rc::clone(&next));
        move || {
            let (ws, sender) = handles.borrow_mut().take().unwrap();
            sender.close(ASKED);
            assert!(ws.try_send("late").is_err());
            drop((ws, sender));
            *next.borrow_mut() = Some(WebSocket::builder(UNREACHABLE_URL).open().unwrap());
        }
    });
    assert!(poll_once(&mut closed, &waker).is_pending());
    CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
    assert_eq!(counter.wake_count(), 1);
    assert_eq!(ready("the close info", closed).code(), CloseCode::new(4001));
    let next = next.borrow_mut().take().unwrap();
    abort(next.as_raw());
    within("the second close", next.closed()).await;
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn drop_in_any_state_raises_no_error() {
    let uncaught = UncaughtErrors::watch();
    let mut sockets = Vec::new();
    for round in 0..12 {
        let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
        sockets.push(ws.as_raw().clone());
        let (sender, mut receiver) = ws.split();
        let mut closed = sender.closed();
        assert!(poll(&mut closed).is_pending());
        assert!(poll(&mut receiver.recv()).is_pending());
        if round % 3 == 0 {
            sender.close(ASKED);
        }
        // In whatever state the socket is by then.
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
    uncaught.assert_none().await;
}
