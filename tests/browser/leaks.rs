//! What sockets and futures leave behind: no events, no console output, no wakers, no JavaScript values.

use crate::support::*;
use futures_util::SinkExt as _;
use onclose::{CloseEvent, CloseFrame, Message, WebSocket, closed, on_close};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn drop_dispatches_no_event() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let raw = ws.as_raw().clone();
    let trusted = Rc::new(RefCell::new(Vec::new()));
    let _listeners = ["open", "message", "error", "close"].map(|event| {
        let trusted = Rc::clone(&trusted);
        listen(&raw, event, move |event| trusted.borrow_mut().push(get(&event, "isTrusted").is_truthy()))
    });
    drop(ws);
    assert!(trusted.borrow().is_empty(), "an event before the browser's");
    within("the close", closed(&raw)).await.unwrap();
    until("the browser has fired error and close", || trusted.borrow().len() == 2).await;
    drop(WebSocket::from_raw(raw.clone()));
    drop((closed(&raw), on_close(&raw, |_| {})));
    // Runs after any timer that a drop could have set to 0 ms.
    sleep(0).await;
    assert_eq!(*trusted.borrow(), [true, true]);
}

/// Collects console output until the returned function is called, which returns it.
fn capture_console() -> js_sys::Function {
    let stop = evaluate(
        "(() => {
             const lines = [], original = {};
             for (const level of ['debug', 'error', 'info', 'log', 'trace', 'warn']) {
                 original[level] = console[level];
                 console[level] = (...words) => lines.push(level + ': ' + words.join(' '));
             }
             return () => { Object.assign(console, original); return lines.join('; '); };
         })()",
    );
    stop.unchecked_into()
}

// With `panic = "unwind"`, wasm-bindgen's debug glue logs exceptions before it passes them on to be caught.
#[cfg_attr(panic = "unwind", ignore = "wasm-bindgen's debug glue logs exceptions that are caught")]
#[wasm_bindgen_test]
async fn failures_write_nothing_to_the_console() {
    let stop = capture_console();
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    abort(ws.as_raw());
    let failed = within("the failure", ws.opened()).await;
    let late = ready("the error", ws.send("late"));
    drop(ws);
    let invalid_url = ready("the error", WebSocket::connect("ws://["));
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    let pending = poll(&mut connect).is_pending();
    drop(connect);
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    dispatch(ws.as_raw(), "new Event('message')");
    CloseEvent::new(1006, "", false).dispatch(ws.as_raw()).unwrap();
    drop(ws);
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let info = within("the close", ws.close(CloseFrame::EMPTY)).await;
    let output = stop.call0(&JsValue::NULL).unwrap();
    assert_eq!(output.as_string().unwrap(), "");
    assert!(failed.is_err() && late.is_err() && invalid_url.is_err() && pending && !info.was_open());
}

type Wait<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Everything on a connecting socket that can be waited for.
fn waits<'a>(ws: &'a WebSocket, reader: &'a mut WebSocket, sink: &'a mut onclose::WebSocketSender) -> [Wait<'a>; 7] {
    let (opened, send, closed) = (ws.opened(), ws.send("x"), ws.closed());
    let observed = onclose::closed(ws.as_raw());
    [
        Box::pin(async { drop(opened.await) }),
        Box::pin(async { drop(send.await) }),
        Box::pin(async { drop(closed.await) }),
        Box::pin(async { drop(observed.await) }),
        Box::pin(async { drop(reader.recv().await) }),
        Box::pin(async { drop(sink.feed(Message::from("x")).await) }),
        Box::pin(async { drop(WebSocket::connect(UNREACHABLE_URL).await) }),
    ]
}

#[wasm_bindgen_test]
fn dropped_futures_keep_no_waker() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let (mut reader, mut sink) = (WebSocket::builder(UNREACHABLE_URL).open().unwrap(), ws.sender());
    let (counter, waker) = CountingWaker::new();
    let mut waits = waits(&ws, &mut reader, &mut sink);
    for wait in &mut waits {
        assert!(poll_once(wait, &waker).is_pending());
    }
    drop(waker);
    drop(waits);
    drop(sink);
    // A reader's waker is kept until the reader is dropped, because another `recv` may follow.
    drop(reader);
    assert!(counter.is_released());
    abort(ws.as_raw());
    assert_eq!(counter.wake_count(), 0);
}

#[wasm_bindgen_test]
fn close_releases_all_wakers_while_the_futures_are_alive() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let (mut reader, mut sink) = (WebSocket::builder(UNREACHABLE_URL).open().unwrap(), ws.sender());
    let raws = [ws.as_raw().clone(), reader.as_raw().clone()];
    let (counter, waker) = CountingWaker::new();
    let [opened, send, closed, observed, recv, feed, connect] = waits(&ws, &mut reader, &mut sink);
    let mut waits = [opened, send, closed, observed, recv, feed];
    for wait in &mut waits {
        assert!(poll_once(wait, &waker).is_pending());
    }
    drop((waker, connect));
    for raw in &raws {
        CloseEvent::new(4001, "", true).dispatch(raw).unwrap();
    }
    assert_eq!((counter.wake_count(), counter.is_released()), (6, true));
    drop(waits);
}

/// Does something many times, after which Rust holds no more JavaScript values than after the first time.
///
/// What the first time leaves to be freed a little later is less than what so many times would leak.
async fn leaves_nothing(what: &str, mut act: impl AsyncFnMut()) {
    // Also creates what is created once, such as a table of cached strings.
    sleep(0).await;
    act().await;
    let before = live_js_values();
    for _ in 0..32 {
        act().await;
    }
    until(&format!("no more values are held than before {what}"), || live_js_values() <= before).await;
}

#[wasm_bindgen_test]
async fn no_javascript_value_is_held_for_dropped_observers() {
    let raw = connecting_socket();
    leaves_nothing("a future that was dropped", async || {
        let mut future = closed(&raw);
        assert!(poll(&mut future).is_pending());
    })
    .await;
    leaves_nothing("a future that resolved", async || {
        let future = closed(&raw);
        CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
        ready("the event", future).unwrap();
    })
    .await;
    leaves_nothing("a listener that was dropped", async || drop(on_close(&raw, |_| {}))).await;
    leaves_nothing("a detached listener that got its event", async || {
        on_close(&raw, |_| {}).detach();
        CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
    })
    .await;
    abort(&raw);
}

#[wasm_bindgen_test]
async fn no_javascript_value_is_held_for_dropped_sockets() {
    let open = || WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    leaves_nothing("a drop while connecting", async || drop(open())).await;
    leaves_nothing("a connect that was never polled", async || drop(WebSocket::connect(UNREACHABLE_URL))).await;
    leaves_nothing("a connect that was dropped", async || {
        let mut connect = WebSocket::connect(UNREACHABLE_URL);
        assert!(poll(&mut connect).is_pending());
    })
    .await;
    leaves_nothing("a drop while the close is awaited", async || {
        let closed = open().closed();
        closed.await;
    })
    .await;
    leaves_nothing("a close with all handles alive and an unread message", async || {
        let mut ws = open();
        let (sender, closed) = (ws.sender(), ws.closed());
        assert!(poll(&mut ws.recv()).is_pending());
        dispatch(ws.as_raw(), "new Event('message')");
        abort(ws.as_raw());
        closed.await;
        drop((ws, sender));
    })
    .await;
    leaves_nothing("a message callback, dropped or at the end of the stream", async || {
        for ends in [false, true] {
            let ws = open();
            let raw = ws.as_raw().clone();
            let (sender, receiver) = ws.split();
            let listener = receiver.on_message(|_| {});
            dispatch(&raw, "new Event('message')");
            if ends {
                CloseEvent::new(4001, "", true).dispatch(&raw).unwrap();
            }
            drop((sender, listener));
        }
    })
    .await;
    leaves_nothing("getters that throw, and an exception without properties", async || {
        let ws = open();
        let raw = ws.as_raw().clone();
        let event = run_script(
            "Object.defineProperty(socket, 'readyState', { value: 1, configurable: true });
             socket.dispatchEvent(new Event('open'));
             socket.send = () => { throw null; };
             const get = () => { throw new Error('on purpose'); };
             return Object.defineProperties(new Event('close'), { code: { get }, reason: { get }, wasClean: { get } });",
            &raw,
        );
        assert!(!ws.try_send("x").unwrap_err().is_closed());
        raw.dispatch_event(event.unchecked_ref()).unwrap();
        run_script("delete socket.readyState", &raw);
        assert!(!ready("the close info", ws.closed()).was_clean());
    })
    .await;
    let mut raw = Some(connecting_socket());
    leaves_nothing("into_raw", async || raw = raw.take().map(|raw| WebSocket::from_raw(raw).into_raw())).await;
    abort(&raw.unwrap());
}
