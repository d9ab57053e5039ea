//! `on_message`: the stream of messages as a callback.

use crate::support::*;
use crate::synthetic::{bytes, deliver, deliver_to, socket};
use onclose::{CloseEvent, CloseFrame, Message, MessageListener, ReadyState, RecvError, WebSocket};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

type Received = Rc<RefCell<Vec<Result<Message, RecvError>>>>;

/// Returns a list and a callback that appends to it.
fn collect() -> (Received, impl FnMut(Result<Message, RecvError>) + 'static) {
    let received = Received::default();
    let push = {
        let received = Rc::clone(&received);
        move |message| received.borrow_mut().push(message)
    };
    (received, push)
}

fn texts(received: &Received) -> Vec<String> {
    received.borrow().iter().map(|message| message.as_ref().unwrap().to_string()).collect()
}

#[wasm_bindgen_test]
fn queued_messages_are_delivered_at_once_and_later_ones_inside_their_event() {
    let ws = socket();
    let raw = ws.as_raw().clone();
    deliver(&ws, &"one".into());
    deliver(&ws, &bytes(&[2]));
    let (_sender, receiver) = ws.split();
    let (received, push) = collect();
    let _listener = receiver.on_message(push);
    assert_eq!(texts(&received), ["one", "1 bytes"]);
    deliver_to(&raw, &"three".into());
    assert_eq!(texts(&received), ["one", "1 bytes", "three"], "not inside the event");
}

#[wasm_bindgen_test]
fn panic_elsewhere_in_the_app_does_not_stop_callbacks() {
    let elsewhere = Closure::<dyn Fn()>::own_assert_unwind_safe(|| panic!("elsewhere in the app, on purpose"));
    let thrown = elsewhere.as_ref().unchecked_ref::<js_sys::Function>().call0(&JsValue::NULL);
    assert!(thrown.is_err(), "it did not panic");
    // With `panic = "abort"` the call never returns, and freeing a closure that is running is an error.
    std::mem::forget(elsewhere);
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let (received, push) = collect();
    let _listener = receiver.on_message(push);
    for text in ["one", "two"] {
        deliver_to(&raw, &text.into());
    }
    assert_eq!(texts(&received), ["one", "two"]);
}

#[wasm_bindgen_test]
fn loss_is_one_error_and_the_callback_is_freed() {
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let (received, mut push) = collect();
    let owned = Counter::default();
    let listener = receiver.on_message({
        let owned = owned.clone();
        move |message| {
            owned.increment();
            push(message);
        }
    });
    deliver_to(&raw, &"before".into());
    CloseEvent::new(1006, "", false).dispatch(&raw).unwrap();
    deliver_to(&raw, &"after".into());
    assert_eq!(owned.get(), 2);
    assert!(received.borrow()[1].as_ref().unwrap_err().close_info().is_some());
    assert_eq!(owned.owners(), 1, "the callback is freed while its guard is alive");
    assert_eq!(listener.state(), ReadyState::Closed);
    assert_eq!(ready("the close info", listener.closed()).code(), 1006);
}

#[wasm_bindgen_test]
fn clean_close_is_no_error() {
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let (received, push) = collect();
    let _listener = receiver.on_message(push);
    CloseEvent::new(1000, "", true).dispatch(&raw).unwrap();
    assert!(received.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn reentrant_message_is_delivered_after_the_callback_has_returned() {
    let uncaught = UncaughtErrors::watch();
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (_sender, receiver) = ws.split();
    let inside = Rc::new(Cell::new(false));
    let (received, mut push) = collect();
    let _listener = receiver.on_message({
        let raw = raw.clone();
        move |message| {
            assert!(!inside.replace(true), "called while it runs");
            if matches!(&message, Ok(Message::Text(text)) if text == "outer") {
                deliver_to(&raw, &"inner".into());
            }
            push(message);
            inside.set(false);
        }
    });
    deliver_to(&raw, &"outer".into());
    assert_eq!(texts(&received), ["outer", "inner"]);
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn guard_dropped_inside_its_callback_stops_and_frees_it() {
    let uncaught = UncaughtErrors::watch();
    let ws = socket();
    let raw = ws.as_raw().clone();
    let (sender, receiver) = ws.split();
    let slot: Rc<RefCell<Option<MessageListener>>> = Rc::default();
    let count = Counter::default();
    let listener = receiver.on_message({
        let (slot, raw, count) = (Rc::clone(&slot), raw.clone(), count.clone());
        move |_| {
            count.increment();
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
    assert_ne!(sender.state(), ReadyState::Closed, "a sender keeps it open");
    drop(sender);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSING, "the last handle is dropped");
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn guard_dropped_inside_its_callback_gets_no_loss_and_no_overflow() {
    for loss in [true, false] {
        let ws = WebSocket::builder(UNREACHABLE_URL).recv_limit(4, CloseFrame::NORMAL).open().unwrap();
        let raw = ws.as_raw().clone();
        let (_sender, receiver) = ws.split();
        let slot: Rc<RefCell<Option<MessageListener>>> = Rc::default();
        let count = Counter::default();
        let listener = receiver.on_message({
            let (slot, raw, count) = (Rc::clone(&slot), raw.clone(), count.clone());
            move |_| {
                count.increment();
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
async fn callback_may_close_the_connection() {
    let uncaught = UncaughtErrors::watch();
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
    let info = within("the close", closed).await;
    assert_eq!(info.requested(), Some(&CloseFrame::from_static(4001, "enough")));
    drop(listener);
    uncaught.assert_none().await;
}
