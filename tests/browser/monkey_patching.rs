//! Pages that put their own code into the way of a message.

use crate::non_browser_hosts::run;
use crate::support::*;
use crate::synthetic::{deliver, deliver_to, socket};
use onclose::{CloseEvent, Message, WebSocket};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::wasm_bindgen_test;

/// A message that brings another when it is looked at.
const NESTED: &str = "
    const outer = new Event('message');
    Object.defineProperty(outer, 'data', { get() {
        socket.dispatchEvent(new MessageEvent('message', { data: 'inner' }));
        return 'outer';
    } });
    socket.dispatchEvent(outer);";

/// All that can be taken now.
fn taken(ws: &mut WebSocket, waker: &Waker) -> Vec<String> {
    let mut taken = Vec::new();
    while let Poll::Ready(Some(message)) = poll_once(&mut Box::pin(ws.recv()), waker) {
        taken.push(message.unwrap().to_string());
    }
    taken
}

#[wasm_bindgen_test]
fn a_message_that_brings_another_when_it_is_looked_at_loses_neither() {
    let mut ws = socket();
    run(NESTED, ws.as_raw());
    deliver(&ws, &"last".into());
    assert_eq!(taken(&mut ws, &Bell::new().1), ["inner", "outer", "last"]);

    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let got = Rc::new(RefCell::new(Vec::new()));
    let push = Rc::clone(&got);
    let _listener = receiver.on_message(move |message| push.borrow_mut().push(message.unwrap().to_string()));
    run(NESTED, &raw);
    deliver_to(&raw, &"last".into());
    assert_eq!(*got.borrow(), ["inner", "outer", "last"]);
}

#[wasm_bindgen_test]
async fn a_message_that_drops_its_socket_when_it_is_looked_at_calls_nothing_that_has_gone() {
    let uncaught = Uncaught::watch();
    let ws = socket();
    let raw = ws.as_raw().clone();
    let keep = Rc::new(Cell::new(Some(ws)));
    let drops = Rc::clone(&keep);
    let data = Closure::<dyn Fn() -> JsValue>::own_assert_unwind_safe(move || {
        drop(drops.take());
        "too late".into()
    });
    let event = web_sys::Event::new("message").unwrap();
    let define = "Object.defineProperty(event, 'data', { get: () => get() })";
    js_sys::Function::new_with_args("event, get", define).call2(&JsValue::NULL, &event, data.as_ref()).unwrap();
    raw.dispatch_event(&event).unwrap();
    assert!(keep.take().is_none(), "it has not been looked at");
    uncaught.none().await;
}

#[wasm_bindgen_test]
fn a_message_that_comes_while_the_listener_is_added_stops_no_later_one() {
    let raw = refused();
    run(
        "const add = socket.addEventListener;
         socket.addEventListener = function (type, ...rest) {
             add.call(this, type, ...rest);
             if (type === 'message') this.dispatchEvent(new MessageEvent('message', { data: 'early' }));
         };",
        &raw,
    );
    let mut ws = WebSocket::from_raw(raw);
    deliver(&ws, &"later".into());
    let (bell, waker) = Bell::new();
    assert_eq!(taken(&mut ws, &waker), ["early", "later"]);
    deliver(&ws, &"last".into());
    assert_eq!(bell.rung(), 1);
    assert_eq!(taken(&mut ws, &waker), ["last"]);
}

#[wasm_bindgen_test]
async fn listeners_that_are_an_error_to_add_and_to_remove_keep_nobody_waiting() {
    let uncaught = Uncaught::watch();
    let raw = refused();
    run(
        "for (const name of ['addEventListener', 'removeEventListener']) {
             const usual = socket[name];
             socket[name] = function (...args) { usual.apply(this, args); throw new Error(name); };
         }",
        &raw,
    );
    let mut ws = WebSocket::from_raw(raw);
    deliver(&ws, &"heard".into());
    CloseEvent::new(4001, "", true).dispatch(ws.as_raw()).unwrap();
    assert_eq!(ws.closed().await.code(), 4001);
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("heard"));
    assert!(ws.recv().await.is_none());
    drop(ws);
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_send_buffer_that_is_an_error_to_look_at_keeps_no_reader_asleep() {
    let mut ws = socket();
    run(
        "Object.defineProperty(socket, 'readyState', { value: 1, configurable: true });
         socket.send = () => {};
         socket.dispatchEvent(new Event('open'));",
        ws.as_raw(),
    );
    ws.try_send("left in the buffer").unwrap();
    let (bell, waker) = Bell::new();
    assert!(taken(&mut ws, &waker).is_empty());
    run(
        "Object.defineProperty(socket, 'bufferedAmount', { configurable: true, get() { throw new Error('on purpose'); } });
         const quiet = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
         globalThis.addEventListener('error', quiet, { capture: true });
         socket.dispatchEvent(new MessageEvent('message', { data: 'may be lost' }));
         globalThis.removeEventListener('error', quiet, { capture: true });
         delete socket.bufferedAmount;",
        ws.as_raw(),
    );
    deliver(&ws, &"must not be".into());
    assert_eq!(bell.rung(), 1);
    assert_eq!(taken(&mut ws, &waker).last().unwrap(), "must not be");
    run("delete socket.readyState", ws.as_raw());
}

#[wasm_bindgen_test]
fn a_message_that_drops_its_guard_when_it_is_looked_at_is_handed_to_nobody() {
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let called = Count::default();
    let keep = Rc::new(Cell::new(None));
    let calls = called.clone();
    keep.set(Some(receiver.on_message(move |_| calls.add())));
    let drops = Rc::clone(&keep);
    let look = Closure::<dyn Fn()>::own_assert_unwind_safe(move || drop(drops.take()));
    let script = "
        const data = new Proxy({}, { getPrototypeOf() { look(); return null; } });
        socket.dispatchEvent(new MessageEvent('message', { data }));";
    js_sys::Function::new_with_args("socket, look", script).call2(&JsValue::NULL, &raw, look.as_ref()).unwrap();
    assert!(keep.take().is_none(), "it has not been looked at");
    assert_eq!((called.get(), called.owners()), (0, 1));
}

#[wasm_bindgen_test]
async fn an_answer_that_came_before_the_end_tells_that_what_it_answers_was_sent() {
    let mut ws = socket();
    run(
        "socket.state = 1;
         socket.left = 0;
         Object.defineProperty(socket, 'readyState', { get: () => socket.state, configurable: true });
         Object.defineProperty(socket, 'bufferedAmount', { get: () => socket.left, configurable: true });
         socket.send = () => { socket.left = 4; };
         socket.dispatchEvent(new Event('open'));",
        ws.as_raw(),
    );
    ws.try_send("four").unwrap();
    run("socket.left = 0", ws.as_raw());
    deliver(&ws, &"the answer".into());
    run("socket.state = 3", ws.as_raw());
    CloseEvent::new(1006, "", false).dispatch(ws.as_raw()).unwrap();
    ws.flush().await.unwrap();
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("the answer"));
    run("delete socket.readyState; delete socket.bufferedAmount", ws.as_raw());
}

/// A message of a megabyte, held weakly.
fn megabyte(ws: &WebSocket) -> JsValue {
    run(
        "const data = new ArrayBuffer(1 << 20);
         socket.dispatchEvent(new MessageEvent('message', { data }));
         return new WeakRef(data);",
        ws.as_raw(),
    )
}

/// Whether most of them are collected in the end. What is on a stack by chance stays.
async fn are_freed(all: &[JsValue]) -> bool {
    let pressure = js_sys::Function::new_no_args("Array.from({ length: 40 }, () => new Uint8Array(1 << 20).fill(1))");
    let is_gone = js_sys::Function::new_with_args("data", "return data.deref() === undefined");
    for _ in 0..100 {
        pressure.call0(&JsValue::NULL).unwrap();
        sleep(20).await;
        let gone = |data: &JsValue| is_gone.call1(&JsValue::NULL, data).unwrap() == JsValue::TRUE;
        if all.iter().filter(|data| gone(data)).count() * 2 >= all.len() {
            return true;
        }
        // What has been looked at is kept until the turn is over.
        sleep(1).await;
    }
    false
}

#[wasm_bindgen_test]
async fn what_waits_is_freed_when_its_reader_goes_after_the_end() {
    let (mut kept, mut waited) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let ws = socket();
        waited.push(megabyte(&ws));
        CloseEvent::new(4001, "", true).dispatch(ws.as_raw()).unwrap();
        let (sender, receiver) = ws.split();
        drop(receiver);
        kept.push(sender);
        sleep(1).await;
    }
    assert!(are_freed(&waited).await, "they are kept as long as a sender is");
}

#[wasm_bindgen_test]
async fn what_has_been_read_is_freed_while_more_waits() {
    let mut ws = socket();
    // All in one turn: after that, the connection may end.
    let read: Vec<_> = (0..8).map(|_| megabyte(&ws)).collect();
    deliver(&ws, &"waits".into());
    for _ in &read {
        assert_eq!(ws.recv().await.unwrap().unwrap().len(), 1 << 20);
    }
    assert!(are_freed(&read).await, "they are kept as long as something waits");
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("waits"));
}
