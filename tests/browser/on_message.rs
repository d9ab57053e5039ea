//! The stream as a closure.

use crate::support::*;
use crate::synthetic::{bytes, deliver, deliver_to, socket};
use onclose::{CloseEvent, CloseFrame, Message, MessageListener, ReadyState, RecvError, WebSocket};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

type Got = Rc<RefCell<Vec<Result<Message, RecvError>>>>;

fn got() -> (Got, impl FnMut(Result<Message, RecvError>) + 'static) {
    let got = Got::default();
    let push = {
        let got = Rc::clone(&got);
        move |message| got.borrow_mut().push(message)
    };
    (got, push)
}

fn texts(got: &Got) -> Vec<String> {
    got.borrow().iter().map(|message| message.as_ref().unwrap().to_string()).collect()
}

#[wasm_bindgen_test]
fn messages_are_handed_over_in_order_and_those_that_wait_at_once() {
    let ws = socket();
    let other = ws.as_raw().clone();
    deliver(&ws, &"one".into());
    deliver(&ws, &bytes(&[2]));
    let (_sender, receiver) = ws.split();
    let (got, push) = got();
    let _listener = receiver.on_message(push);
    assert_eq!(texts(&got), ["one", "1 bytes"]);
    deliver_to(&other, &"three".into());
    assert_eq!(texts(&got), ["one", "1 bytes", "three"], "inside the event");
}

#[wasm_bindgen_test]
fn a_panic_elsewhere_in_the_app_stops_no_closure() {
    let elsewhere = Closure::<dyn Fn()>::own_assert_unwind_safe(|| panic!("elsewhere in the app, on purpose"));
    let thrown = elsewhere.as_ref().unchecked_ref::<js_sys::Function>().call0(&JsValue::NULL);
    assert!(thrown.is_err(), "nothing has panicked");
    // Where panics abort, what the closure has begun is never finished, and freeing it would be an error.
    std::mem::forget(elsewhere);
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let (got, push) = got();
    let _listener = receiver.on_message(push);
    for text in ["one", "two"] {
        deliver_to(&raw, &text.into());
    }
    assert_eq!(texts(&got), ["one", "two"]);
}

#[wasm_bindgen_test]
async fn a_loss_is_one_error_and_the_closure_is_freed_at_the_end() {
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let (got, mut push) = got();
    let owned = Count::default();
    let listener = receiver.on_message({
        let owned = owned.clone();
        move |message| {
            owned.add();
            push(message);
        }
    });
    deliver_to(&raw, &"before".into());
    CloseEvent::new(1006, "", false).dispatch(&raw).unwrap();
    deliver_to(&raw, &"after".into());
    assert_eq!(owned.get(), 2);
    assert!(got.borrow()[1].as_ref().unwrap_err().close_info().is_some());
    assert_eq!(owned.owners(), 1, "the closure is freed, its guard still there");
    assert_eq!(listener.state(), ReadyState::Closed);
    assert_eq!(listener.closed().await.code(), 1006);
}

#[wasm_bindgen_test]
fn a_clean_end_is_no_error() {
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let (got, push) = got();
    let _listener = receiver.on_message(push);
    CloseEvent::new(1000, "", true).dispatch(&raw).unwrap();
    assert!(got.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn a_message_inside_a_message_comes_after_it() {
    let uncaught = Uncaught::watch();
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let inside = Rc::new(Cell::new(false));
    let (got, mut push) = got();
    let _listener = receiver.on_message({
        let raw = raw.clone();
        move |message| {
            assert!(!inside.replace(true), "it was called while it ran");
            if matches!(&message, Ok(Message::Text(text)) if text == "outer") {
                deliver_to(&raw, &"inner".into());
            }
            push(message);
            inside.set(false);
        }
    });
    deliver_to(&raw, &"outer".into());
    assert_eq!(texts(&got), ["outer", "inner"]);
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_guard_dropped_inside_its_closure_stops_it_and_frees_it() {
    let uncaught = Uncaught::watch();
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (sender, receiver) = ws.split();
    let slot: Rc<RefCell<Option<MessageListener>>> = Rc::default();
    let count = Count::default();
    let listener = receiver.on_message({
        let (slot, raw, count) = (Rc::clone(&slot), raw.clone(), count.clone());
        move |_| {
            count.add();
            deliver_to(&raw, &"inner".into());
            let guard = slot.borrow_mut().take();
            drop(guard);
            deliver_to(&raw, &"late".into());
        }
    });
    slot.replace(Some(listener));
    deliver_to(&raw, &"outer".into());
    deliver_to(&raw, &"later".into());
    assert_eq!((count.get(), count.owners()), (1, 1));
    assert_ne!(sender.state(), ReadyState::Closed, "a sender still holds it");
    drop(sender);
    uncaught.none().await;
    assert!(raw.ready_state() >= web_sys::WebSocket::CLOSING, "nobody holds it any more");
}

#[wasm_bindgen_test]
fn a_guard_dropped_inside_its_closure_is_told_of_no_loss_and_no_overflow_that_comes_with_it() {
    for loss in [true, false] {
        let ws = WebSocket::builder(NOBODY).recv_limit(4, CloseFrame::NORMAL).open().unwrap();
        let raw = ws.as_raw().clone();
        let (_sender, receiver) = ws.split();
        let slot: Rc<RefCell<Option<MessageListener>>> = Rc::default();
        let count = Count::default();
        let listener = receiver.on_message({
            let (slot, raw, count) = (Rc::clone(&slot), raw.clone(), count.clone());
            move |_| {
                count.add();
                if count.get() > 1 {
                    return;
                }
                if !loss {
                    deliver_to(&raw, &"too long".into());
                }
                let guard = slot.borrow_mut().take();
                drop(guard);
                if loss {
                    CloseEvent::new(1006, "", false).dispatch(&raw).unwrap();
                }
            }
        });
        slot.replace(Some(listener));
        deliver_to(&raw, &"one".into());
        assert_eq!((count.get(), count.owners()), (1, 1), "loss: {loss}");
    }
}

#[wasm_bindgen_test]
async fn a_closure_may_close_the_connection_it_reads() {
    let uncaught = Uncaught::watch();
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (sender, receiver) = ws.split();
    let closed = sender.closed();
    let listener = receiver.on_message(move |message| {
        if message.is_ok() {
            drop(sender.close(CloseFrame::from_static(4001, "enough")));
        }
    });
    deliver_to(&raw, &"one".into());
    let closed = within(10_000, "the end", closed).await;
    assert_eq!(closed.requested(), Some(&CloseFrame::from_static(4001, "enough")));
    drop(listener);
    uncaught.none().await;
}
