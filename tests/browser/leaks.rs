//! What is left behind: events, words, wakers, values. Nothing.

use crate::support::*;
use futures_util::SinkExt as _;
use onclose::{CloseEvent, CloseFrame, Message, WebSocket, closed, on_close};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn dropping_dispatches_nothing_on_the_socket() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let raw = ws.as_raw().clone();
    let trusted = Rc::new(RefCell::new(Vec::new()));
    let _listening: Vec<_> = ["open", "message", "error", "close"]
        .map(|event| {
            let trusted = Rc::clone(&trusted);
            listen(&raw, event, move |event| trusted.borrow_mut().push(get(&event, "isTrusted").is_truthy()))
        })
        .into();
    drop(ws);
    assert!(trusted.borrow().is_empty(), "not before the browser does");
    within(5_000, "the end", closed(&raw)).await.unwrap();
    until("error and close have been reported", || trusted.borrow().len() == 2).await;
    drop(WebSocket::from_raw(raw.clone()));
    drop((closed(&raw), on_close(&raw, |_| {})));
    // Whatever a drop may have queued runs before this.
    sleep(0).await;
    assert_eq!(*trusted.borrow(), [true, true]);
}

/// Collects what is written to the console until it is stopped.
fn overhear() -> js_sys::Function {
    let start = js_sys::Function::new_no_args(
        "const said = [], real = {};
         for (const level of ['debug', 'error', 'info', 'log', 'trace', 'warn']) {
             real[level] = console[level];
             console[level] = (...words) => said.push(level + ': ' + words.join(' '));
         }
         return () => { Object.assign(console, real); return said.join('; '); };",
    );
    start.call0(&JsValue::NULL).unwrap().unchecked_into()
}

// With panics that unwind, wasm-bindgen's glue for debugging (no other) writes down what it then hands on to be caught.
#[cfg_attr(panic = "unwind", ignore = "wasm-bindgen's debug glue reports exceptions that are caught")]
#[wasm_bindgen_test]
async fn nothing_is_written_to_the_console_whatever_fails() {
    let stop = overhear();
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    fail(ws.as_raw());
    let refusal = ws.opened().await;
    let late = ws.send("late").await;
    drop(ws);
    let bad_url = WebSocket::connect("ws://[").await;
    let mut connect = Box::pin(WebSocket::connect(NOBODY));
    let (_, waker) = Bell::new();
    let pending = poll_once(&mut connect, &waker).is_pending();
    drop(connect);
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    ws.as_raw().dispatch_event(&web_sys::Event::new("message").unwrap()).unwrap();
    CloseEvent::new(1006, "", false).dispatch(ws.as_raw()).unwrap();
    drop(ws);
    let ended = WebSocket::builder(NOBODY).open().unwrap().close(CloseFrame::EMPTY).await;
    let said = stop.call0(&JsValue::NULL).unwrap();
    assert_eq!(said.as_string().unwrap(), "");
    assert!(refusal.is_err() && late.is_err() && bad_url.is_err() && pending && !ended.was_open());
}

type Wait<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Everything on a connecting socket that can be waited for.
fn waits<'a>(ws: &'a WebSocket, receiver: &'a mut WebSocket, sink: &'a mut onclose::WebSocketSender) -> [Wait<'a>; 7] {
    let (opened, sent, ended) = (ws.opened(), ws.send("x"), ws.closed());
    let observed = closed(ws.as_raw());
    [
        Box::pin(async { drop(opened.await) }),
        Box::pin(async { drop(sent.await) }),
        Box::pin(async { drop(ended.await) }),
        Box::pin(async { drop(observed.await) }),
        Box::pin(async { drop(receiver.recv().await) }),
        Box::pin(async { drop(sink.feed(Message::from("x")).await) }),
        Box::pin(async { drop(WebSocket::connect(NOBODY).await) }),
    ]
}

#[wasm_bindgen_test]
fn a_wait_that_is_dropped_lets_go_of_its_waker() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let (mut receiver, mut sink) = (WebSocket::builder(NOBODY).open().unwrap(), ws.sender());
    let (bell, waker) = Bell::new();
    let mut waits = waits(&ws, &mut receiver, &mut sink).into_iter().enumerate().collect::<Vec<_>>();
    for (_, wait) in &mut waits {
        assert!(poll_once(wait, &waker).is_pending());
    }
    drop(waker);
    drop(waits);
    drop(sink);
    // A reader's waker goes with the reader, since another `recv` may follow.
    drop(receiver);
    assert_eq!(Arc::strong_count(&bell), 1);
    fail(ws.as_raw());
    assert_eq!(bell.rung(), 0);
}

#[wasm_bindgen_test]
fn the_end_lets_go_of_wakers_although_the_futures_live() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let (mut receiver, mut sink) = (WebSocket::builder(NOBODY).open().unwrap(), ws.sender());
    let other = receiver.as_raw().clone();
    let (bell, waker) = Bell::new();
    let [opened, sent, ended, observed, received, fed, connect] = waits(&ws, &mut receiver, &mut sink);
    let mut waits = [opened, sent, ended, observed, received, fed];
    for wait in &mut waits {
        assert!(poll_once(wait, &waker).is_pending());
    }
    drop((waker, connect));
    CloseEvent::new(4001, "", true).dispatch(ws.as_raw()).unwrap();
    CloseEvent::new(4001, "", true).dispatch(&other).unwrap();
    assert_eq!((bell.rung(), Arc::strong_count(&bell)), (6, 1));
    drop(waits);
}

/// Does something eight times, after which Rust holds no more JavaScript values than before.
async fn leaves_nothing(what: &str, mut act: impl AsyncFnMut()) {
    // What is made once for all, such as a table of cached strings or another test's last timer.
    act().await;
    sleep(300).await;
    let before = held();
    for _ in 0..8 {
        act().await;
    }
    until(&format!("no more is held than before, after {what}"), || held() <= before).await;
}

#[wasm_bindgen_test]
async fn no_javascript_value_is_held_for_an_observer_that_has_gone() {
    let raw = refused();
    let (_, waker) = Bell::new();
    leaves_nothing("a future that was dropped", async || {
        let mut future = closed(&raw);
        assert!(poll_once(&mut future, &waker).is_pending());
    })
    .await;
    leaves_nothing("a future that resolved", async || {
        let future = closed(&raw);
        CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
        future.await.unwrap();
    })
    .await;
    leaves_nothing("a listener that was dropped", async || drop(on_close(&raw, |_| {}))).await;
    leaves_nothing("a listener that was detached and heard it", async || {
        on_close(&raw, |_| {}).detach();
        CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
    })
    .await;
    fail(&raw);
}

#[wasm_bindgen_test]
async fn no_javascript_value_is_held_for_a_socket_that_has_gone() {
    let (_, waker) = Bell::new();
    leaves_nothing("a drop while connecting", async || drop(WebSocket::builder(NOBODY).open().unwrap())).await;
    leaves_nothing("a connect that was dropped", async || {
        let mut connect = Box::pin(WebSocket::connect(NOBODY));
        assert!(poll_once(&mut connect, &waker).is_pending());
    })
    .await;
    leaves_nothing("a drop with a future that is awaited", async || {
        let ended = WebSocket::builder(NOBODY).open().unwrap().closed();
        ended.await;
    })
    .await;
    leaves_nothing("an end with everything still there, and unread messages", async || {
        let mut ws = WebSocket::builder(NOBODY).open().unwrap();
        let (sender, ended) = (ws.sender(), ws.closed());
        assert!(poll_once(&mut Box::pin(ws.recv()), &waker).is_pending());
        ws.as_raw().dispatch_event(&web_sys::Event::new("message").unwrap()).unwrap();
        fail(ws.as_raw());
        ended.await;
        drop((ws, sender));
    })
    .await;
    leaves_nothing("a closure that reads, dropped or at its end", async || {
        for ends in [false, true] {
            let ws = WebSocket::builder(NOBODY).open().unwrap();
            let raw = ws.as_raw().clone();
            let (sender, receiver) = ws.split();
            let listener = receiver.on_message(|_| {});
            raw.dispatch_event(&web_sys::Event::new("message").unwrap()).unwrap();
            if ends {
                CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
            }
            drop((sender, listener));
        }
    })
    .await;
    leaves_nothing("fields that throw, and nothing that is thrown", async || {
        let ws = WebSocket::builder(NOBODY).open().unwrap();
        let raw = ws.as_raw().clone();
        let meddle = "Object.defineProperty(socket, 'readyState', { value: 1, configurable: true });
            socket.dispatchEvent(new Event('open'));
            socket.send = () => { throw null; };
            const get = () => { throw new Error('on purpose'); };
            return Object.defineProperties(new Event('close'), { code: { get }, reason: { get }, wasClean: { get } });";
        let event = js_sys::Function::new_with_args("socket", meddle).call1(&JsValue::NULL, &raw).unwrap();
        assert!(!ws.try_send("x").unwrap_err().is_closed());
        raw.dispatch_event(event.unchecked_ref()).unwrap();
        js_sys::Function::new_with_args("socket", "delete socket.readyState").call1(&JsValue::NULL, &raw).unwrap();
        assert!(!ws.closed().await.was_clean());
    })
    .await;
    let mut raw = Some(refused());
    leaves_nothing("giving it back", async || raw = raw.take().map(|raw| WebSocket::from_raw(raw).into_raw())).await;
    fail(&raw.unwrap());
}
