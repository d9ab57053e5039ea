//! Sockets that do what no browser does by itself: some other script, or a host that is none.

use crate::support::*;
use futures_util::Sink;
use onclose::{CloseCause, CloseCode, CloseFrame, Message, ReadyState, WebSocket};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

pub(crate) fn run(script: &str, socket: &web_sys::WebSocket) -> JsValue {
    js_sys::Function::new_with_args("socket", script).call1(&JsValue::NULL, socket).unwrap()
}

fn dispatch(socket: &web_sys::WebSocket, event: &str) {
    let event = js_sys::Function::new_no_args(&format!("return {event};")).call0(&JsValue::NULL).unwrap();
    socket.dispatch_event(event.unchecked_ref()).unwrap();
}

#[wasm_bindgen_test]
async fn what_a_send_throws_keeps_its_name_and_the_message() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    run(
        "Object.defineProperty(socket, 'readyState', { value: 1, configurable: true });
         socket.send = () => { throw new DOMException('too tired', 'QuotaExceededError'); };",
        ws.as_raw(),
    );
    dispatch(ws.as_raw(), "new Event('open')");
    assert_eq!(ws.state(), ReadyState::Open);
    for message in [Message::from("text"), Message::from(vec![1, 2])] {
        for error in [ws.try_send(message.clone()).unwrap_err(), ws.send(message.clone()).await.unwrap_err()] {
            assert!(!error.is_closed() && !error.is_full() && !error.is_connecting(), "{error}");
            let told = error.to_string();
            assert!(told.contains("QuotaExceededError") && told.contains("too tired"), "{told}");
            assert_eq!(error.into_message(), Some(message.clone()));
        }
    }
    assert_eq!(ws.state(), ReadyState::Open, "one message that was not taken ends nothing");
    run("delete socket.readyState", ws.as_raw());
}

#[wasm_bindgen_test]
async fn anything_can_be_thrown_at_a_send() {
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    run("Object.defineProperty(socket, 'readyState', { value: 1, configurable: true })", ws.as_raw());
    dispatch(ws.as_raw(), "new Event('open')");
    for thrown in ["'words'", "null", "undefined", "7", "Symbol()", "{ get name() { throw 1 } }"] {
        run(&format!("socket.send = () => {{ throw ({thrown}); }}"), ws.as_raw());
        let error = ws.try_send("x").unwrap_err();
        assert!(!error.is_closed() && !error.to_string().is_empty(), "{thrown}");
        assert_eq!(error.into_message(), Some(Message::from("x")));
    }
    run("delete socket.readyState", ws.as_raw());
}

#[wasm_bindgen_test]
async fn a_close_that_throws_ends_at_its_deadline() {
    let uncaught = Uncaught::watch();
    let ws = WebSocket::builder("").close_timeout(Duration::from_millis(50)).from_raw(silent());
    run("socket.close = () => { throw new DOMException('no', 'InvalidAccessError'); }", ws.as_raw());
    let closed = within(4_000, "the deadline", ws.close(ASKED)).await;
    assert_eq!((closed.cause(), closed.timed_out()), (CloseCause::Local, true));
    assert_eq!((closed.code(), closed.requested()), (CloseCode::ABNORMAL, Some(&ASKED)));
    run("delete socket.close", ws.as_raw());
    fail(ws.as_raw());
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn events_of_every_class_are_taken_for_what_they_are_named() {
    let uncaught = Uncaught::watch();
    for class in ["Event", "CustomEvent", "MessageEvent", "ErrorEvent", "CloseEvent"] {
        let mut ws = WebSocket::builder(NOBODY).open().unwrap();
        dispatch(ws.as_raw(), &format!("new {class}('error')"));
        assert_eq!(ws.state(), ReadyState::Connecting, "an error alone ends nothing");
        dispatch(ws.as_raw(), &format!("new {class}('message')"));
        dispatch(ws.as_raw(), &format!("new {class}('close')"));
        let closed = within(1_000, "a known end", ws.closed()).await;
        // A `CloseEvent` without fields has the code 0.
        let code = if class == "CloseEvent" { 0 } else { 1006 };
        assert_eq!((closed.code().as_u16(), closed.reason(), closed.was_clean()), (code, "", false), "{class}");
        assert!(ws.recv().await.unwrap().unwrap_err().is_unreadable(), "{class}");
        assert!(ws.recv().await.is_none());
    }
    uncaught.none().await;
}

/// What a page puts in the place of `setTimeout`: it ends a socket, and sets nothing.
struct Meddler(JsValue);

impl Meddler {
    fn end(socket: &web_sys::WebSocket) -> Self {
        let kept = global("setTimeout");
        run(
            "globalThis.setTimeout = () => {
                 socket.dispatchEvent(new CloseEvent('close', { code: 4002, wasClean: true }));
                 return 0;
             }",
            socket,
        );
        Self(kept)
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        js_sys::Reflect::set(&js_sys::global(), &"setTimeout".into(), &self.0).unwrap();
    }
}

#[wasm_bindgen_test]
fn a_timer_that_ends_what_it_is_set_for_while_it_is_set_panics_nowhere() {
    let (_bell, waker) = Bell::new();

    let observed = refused();
    let mut end = onclose::closed(&observed);
    {
        let _meddler = Meddler::end(&observed);
        dispatch(&observed, "new Event('error')");
    }
    let Poll::Ready(Ok(event)) = poll_once(&mut end, &waker) else { panic!("the end was missed") };
    assert_eq!(event.code(), 4002);
    fail(&observed);

    let ws = WebSocket::builder(NOBODY).send_high_water_mark(1).open().unwrap();
    run(
        "for (const [key, value] of [['readyState', 1], ['bufferedAmount', 9]])
             Object.defineProperty(socket, key, { value, configurable: true });
         socket.send = () => {};",
        ws.as_raw(),
    );
    dispatch(ws.as_raw(), "new Event('open')");
    ws.try_send("fills it").unwrap();
    let mut send = ws.send("waits for room");
    {
        let _meddler = Meddler::end(ws.as_raw());
        assert!(poll_once(&mut send, &waker).is_pending());
    }
    let Poll::Ready(Err(error)) = poll_once(&mut send, &waker) else { panic!("it was not told of the end") };
    assert_eq!(error.close_info().map(|closed| closed.code()), Some(CloseCode::new(4002)));
    run("delete socket.readyState; delete socket.bufferedAmount", ws.as_raw());
}

/// A socket that only dispatched events are heard of: its own end comes too soon in some engines.
fn unheard() -> web_sys::WebSocket {
    let socket = refused();
    run(
        "for (const event of ['error', 'close'])
             socket.addEventListener(event, event => event.isTrusted && event.stopImmediatePropagation());",
        &socket,
    );
    socket
}

/// The end of this socket, which says that it is closed when it is asked for the last time.
async fn is_told_that_it_closed(end: onclose::CloseEventFuture, what: &str) {
    let told = within(4_000, what, end).await;
    assert!(told.is_err(), "{what}: {told:?}");
}

#[wasm_bindgen_test]
async fn a_state_that_is_an_error_to_look_at_stops_no_later_wait() {
    let socket = unheard();
    run(
        "let looks = 0;
         Object.defineProperty(socket, 'readyState', { configurable: true, get: () => {
             looks += 1;
             if (looks === 2) socket.dispatchEvent(new Event('error'));
             return looks > 2 ? 3 : 0;
         } })",
        &socket,
    );
    let end = onclose::closed(&socket);
    dispatch(&socket, "new Event('error')");
    is_told_that_it_closed(end, "the wait that began at the look").await;
}

#[wasm_bindgen_test]
async fn a_timer_that_rings_while_it_is_set_replaces_no_later_one() {
    let socket = unheard();
    let end = onclose::closed(&socket);
    run(
        "const kept = globalThis.setTimeout;
         socket.state = 0;
         Object.defineProperty(socket, 'readyState', { configurable: true, get: () => socket.state });
         globalThis.setTimeout = (rings) => {
             globalThis.setTimeout = kept;
             rings();
             socket.dispatchEvent(new Event('error'));
             socket.state = 3;
             return 0;
         }",
        &socket,
    );
    dispatch(&socket, "new Event('error')");
    is_told_that_it_closed(end, "the wait that began while a timer was set").await;
}

#[wasm_bindgen_test]
fn a_timer_that_cannot_be_stopped_keeps_nobody_waiting() {
    let (bell, waker) = Bell::new();
    let observed = refused();
    let mut end = onclose::closed(&observed);
    let ws = WebSocket::builder(NOBODY).open().unwrap();
    let mut opened = std::pin::pin!(ws.opened());
    assert!(poll_once(&mut end, &waker).is_pending());
    assert!(opened.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let kept = global("clearTimeout");
    js_sys::Reflect::delete_property(&js_sys::global(), &"clearTimeout".into()).unwrap();
    dispatch(&observed, "new Event('error')");
    dispatch(&observed, "new CloseEvent('close', { code: 4002, wasClean: true })");
    dispatch(ws.as_raw(), "new Event('open')");
    js_sys::Reflect::set(&js_sys::global(), &"clearTimeout".into(), &kept).unwrap();
    assert_eq!(bell.rung(), 2);
    assert!(matches!(poll_once(&mut end, &waker), Poll::Ready(Ok(event)) if event.code() == 4002));
    assert!(opened.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    fail(&observed);
}

#[wasm_bindgen_test]
fn a_flush_that_was_given_up_does_not_answer_for_what_was_sent_after_it() {
    let (_bell, waker) = Bell::new();
    let mut cx = Context::from_waker(&waker);
    let mut ws = WebSocket::builder(NOBODY).open().unwrap();
    run(
        "Object.defineProperty(socket, 'readyState', { value: 1, configurable: true });
         Object.defineProperty(socket, 'bufferedAmount', { get: () => socket.left, configurable: true });
         socket.send = () => {};
         socket.left = 0;",
        ws.as_raw(),
    );
    dispatch(ws.as_raw(), "new Event('open')");
    for as_sink in [true, false] {
        Pin::new(&mut ws).start_send("four".into()).unwrap();
        run("socket.left = 4", ws.as_raw());
        assert!(Pin::new(&mut ws).poll_flush(&mut cx).is_pending());
        match as_sink {
            true => Pin::new(&mut ws).start_send("more".into()).unwrap(),
            false => ws.try_send("more").unwrap(),
        }
        // The first has left, the second has not.
        assert!(Pin::new(&mut ws).poll_flush(&mut cx).is_pending(), "as a sink: {as_sink}");
        run("socket.left = 0", ws.as_raw());
        assert!(Pin::new(&mut ws).poll_flush(&mut cx).is_ready());
    }
    run("delete socket.readyState; delete socket.bufferedAmount", ws.as_raw());
}

#[wasm_bindgen_test]
async fn a_message_that_calls_into_its_socket_when_it_is_looked_at_finds_nothing_borrowed() {
    for (way, code) in [("state", None), ("send", None), ("close", Some(ASKED))] {
        let mut ws = WebSocket::builder(NOBODY).open().unwrap();
        let sender = ws.sender();
        let asked = Rc::new(Cell::new(0));
        let counted = Rc::clone(&asked);
        let data = Closure::<dyn Fn() -> JsValue>::own_assert_unwind_safe(move || {
            counted.set(counted.get() + 1);
            match way {
                "state" => assert_eq!(sender.state(), ReadyState::Connecting),
                "send" => assert!(sender.try_send("x").unwrap_err().is_connecting()),
                _ => drop(sender.close(ASKED)),
            }
            JsValue::from_str("looked at")
        });
        let event = web_sys::Event::new("message").unwrap();
        let define = "Object.defineProperty(event, 'data', { get: () => get() })";
        js_sys::Function::new_with_args("event, get", define).call2(&JsValue::NULL, &event, data.as_ref()).unwrap();
        ws.as_raw().dispatch_event(&event).unwrap();
        assert_eq!(asked.get(), 1, "{way}");
        assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("looked at"), "{way}");
        fail(ws.as_raw());
        assert_eq!(ws.closed().await.requested(), code.as_ref(), "{way}");
    }
}
