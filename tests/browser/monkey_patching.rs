//! Pages whose own code runs while a message is received: user-defined getters, proxies and patched methods.

use crate::support::*;
use crate::synthetic::{Simulation, deliver, deliver_to, socket};
use onclose::{CloseEvent, Message, WebSocket};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// An event whose `data` getter dispatches another message.
const NESTED: &str = "
    const outer = new Event('message');
    Object.defineProperty(outer, 'data', { get() {
        socket.dispatchEvent(new MessageEvent('message', { data: 'inner' }));
        return 'outer';
    } });
    socket.dispatchEvent(outer);";

/// Takes all messages that are queued.
fn take_queued(ws: &mut WebSocket, waker: &Waker) -> Vec<String> {
    let mut queued = Vec::new();
    while let Poll::Ready(Some(message)) = poll_once(&mut ws.recv(), waker) {
        queued.push(message.unwrap().to_string());
    }
    queued
}

#[wasm_bindgen_test]
fn data_getter_that_dispatches_a_message_loses_neither() {
    let mut ws = socket();
    run_script(NESTED, ws.as_raw());
    deliver(&ws, &"last".into());
    assert_eq!(take_queued(&mut ws, Waker::noop()), ["inner", "outer", "last"]);

    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let received = Rc::new(RefCell::new(Vec::new()));
    let push = Rc::clone(&received);
    let _listener = receiver.on_message(move |message| push.borrow_mut().push(message.unwrap().to_string()));
    run_script(NESTED, &raw);
    deliver_to(&raw, &"last".into());
    assert_eq!(*received.borrow(), ["inner", "outer", "last"]);
}

#[wasm_bindgen_test]
async fn data_getter_that_drops_the_socket_calls_no_freed_closure() {
    let uncaught = UncaughtErrors::watch();
    let ws = socket();
    let raw = ws.as_raw().clone();
    let slot = Rc::new(Cell::new(Some(ws)));
    let drops = Rc::clone(&slot);
    let data = Closure::<dyn Fn() -> JsValue>::own_assert_unwind_safe(move || {
        drop(drops.take());
        "too late".into()
    });
    raw.dispatch_event(&event_with_data_getter(&data)).unwrap();
    assert!(slot.take().is_none(), "the getter did not run");
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn message_dispatched_by_add_event_listener_does_not_stop_later_ones() {
    let raw = connecting_socket();
    run_script(
        "const add = socket.addEventListener;
         socket.addEventListener = function (type, ...rest) {
             add.call(this, type, ...rest);
             if (type === 'message') this.dispatchEvent(new MessageEvent('message', { data: 'early' }));
         };",
        &raw,
    );
    let mut ws = WebSocket::from_raw(raw);
    deliver(&ws, &"later".into());
    let (counter, waker) = CountingWaker::new();
    assert_eq!(take_queued(&mut ws, &waker), ["early", "later"]);
    deliver(&ws, &"last".into());
    assert_eq!(counter.wake_count(), 1);
    assert_eq!(take_queued(&mut ws, &waker), ["last"]);
}

#[wasm_bindgen_test]
async fn throwing_add_event_listener_and_remove_event_listener_lose_no_event() {
    let uncaught = UncaughtErrors::watch();
    let raw = connecting_socket();
    run_script(
        "for (const name of ['addEventListener', 'removeEventListener']) {
             const usual = socket[name];
             socket[name] = function (...args) { usual.apply(this, args); throw new Error(name); };
         }",
        &raw,
    );
    let mut ws = WebSocket::from_raw(raw);
    deliver(&ws, &"received".into());
    CloseEvent::new(4001, "", true).dispatch(ws.as_raw()).unwrap();
    assert_eq!(ready("the close info", ws.closed()).code(), 4001);
    assert_eq!(ready("the message", ws.recv()).unwrap().unwrap(), Message::from("received"));
    assert!(ready("the end of the stream", ws.recv()).is_none());
    drop(ws);
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn throwing_buffered_amount_getter_does_not_lose_the_wake_of_the_reader() {
    let mut ws = socket();
    let _simulation = Simulation::open(ws.as_raw());
    ws.try_send("left in the buffer").unwrap();
    let (counter, waker) = CountingWaker::new();
    assert!(take_queued(&mut ws, &waker).is_empty());
    run_script(
        "const { get } = Object.getOwnPropertyDescriptor(socket, 'bufferedAmount');
         const patch = (get) => Object.defineProperty(socket, 'bufferedAmount', { get, configurable: true });
         const silence = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
         globalThis.addEventListener('error', silence, { capture: true });
         patch(() => { throw new Error('on purpose'); });
         socket.dispatchEvent(new MessageEvent('message', { data: 'may be lost' }));
         patch(get);
         globalThis.removeEventListener('error', silence, { capture: true });",
        ws.as_raw(),
    );
    deliver(&ws, &"must not be lost".into());
    assert_eq!(counter.wake_count(), 1);
    assert_eq!(take_queued(&mut ws, &waker).last().unwrap(), "must not be lost");
}

#[wasm_bindgen_test]
fn data_that_drops_the_guard_while_it_is_converted_is_not_delivered() {
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let calls = Counter::default();
    let slot = Rc::new(Cell::new(None));
    slot.set(Some(receiver.on_message({
        let calls = calls.clone();
        move |_| calls.increment()
    })));
    let drops = Rc::clone(&slot);
    let trap = Closure::<dyn Fn()>::own_assert_unwind_safe(move || drop(drops.take()));
    // Checking the class of the data runs the trap.
    let data = run_script("return new Proxy({}, { getPrototypeOf() { it(); return null; } })", trap.as_ref());
    deliver_to(&raw, &data);
    assert!(slot.take().is_none(), "the trap did not run");
    assert_eq!((calls.get(), calls.owners()), (0, 1));
}

/// An event whose `data` is what this closure returns.
pub(crate) fn event_with_data_getter(data: &Closure<dyn Fn() -> JsValue>) -> web_sys::Event {
    let script = "return Object.defineProperty(new Event('message'), 'data', { get: () => it() })";
    run_script(script, data.as_ref()).unchecked_into()
}

/// Delivers a message of a megabyte, and returns a weak reference to it.
fn deliver_megabyte(ws: &WebSocket) -> JsValue {
    run_script(
        "const data = new ArrayBuffer(1 << 20);
         socket.dispatchEvent(new MessageEvent('message', { data }));
         return new WeakRef(data);",
        ws.as_raw(),
    )
}

/// Waits until most of these weak references are cleared; a stack can keep the others alive by chance.
async fn until_freed(references: &[JsValue]) {
    let is_cleared = |reference: &&JsValue| run_script("return it.deref() === undefined", reference).is_truthy();
    within("the garbage collector", async {
        while references.iter().filter(is_cleared).count() * 2 < references.len() {
            // Only a full collection frees what has survived earlier ones, as the messages have. Garbage makes it happen if
            // it has survived, too, so each piece is kept until the next is allocated. Meanwhile no reference is read,
            // because reading one keeps its target alive until the end of the task.
            for _ in 0..3 {
                evaluate("globalThis.garbage = Array.from({ length: 40 }, () => new Array(1 << 17).fill(0.5))");
                sleep(10).await;
            }
        }
    })
    .await;
    evaluate("delete globalThis.garbage");
}

#[wasm_bindgen_test]
async fn queued_messages_are_freed_when_the_receiver_is_dropped_after_the_close() {
    let (mut senders, mut queued) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let ws = socket();
        queued.push(deliver_megabyte(&ws));
        CloseEvent::new(4001, "", true).dispatch(ws.as_raw()).unwrap();
        let (sender, receiver) = ws.split();
        drop(receiver);
        senders.push(sender);
        sleep(1).await;
    }
    until_freed(&queued).await;
    drop(senders);
}

#[wasm_bindgen_test]
async fn messages_that_were_read_are_freed_while_others_are_queued() {
    let mut ws = socket();
    // All in one task: after it, the connection may fail.
    let read: Vec<_> = (0..8).map(|_| deliver_megabyte(&ws)).collect();
    deliver(&ws, &"queued".into());
    for _ in &read {
        assert_eq!(ready("a message", ws.recv()).unwrap().unwrap().len(), 1 << 20);
    }
    until_freed(&read).await;
    assert_eq!(ready("the last message", ws.recv()).unwrap().unwrap(), Message::from("queued"));
}
