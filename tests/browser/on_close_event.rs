//! `on_close_event`: the browser's own event. What it has in common with `on_close` is tested for both.

use crate::support::*;
use onclose::{CloseEvent, CloseListener, on_close_event};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn kicked() -> CloseEvent {
    CloseEvent::new(4001, "kicked", true)
}

#[wasm_bindgen_test]
fn callback_gets_the_very_event_that_other_listeners_get() {
    let socket = connecting_socket();
    let (ours, theirs) = (Rc::new(RefCell::new(None)), Rc::new(RefCell::new(None)));
    let _listener = on_close_event(&socket, {
        let ours = Rc::clone(&ours);
        move |event| *ours.borrow_mut() = Some(event.clone())
    });
    let _raw_listener = listen(&socket, "close", {
        let theirs = Rc::clone(&theirs);
        move |event| *theirs.borrow_mut() = Some(event)
    });
    kicked().dispatch(&socket).unwrap();
    let (ours, theirs) = (ours.borrow_mut().take().unwrap(), theirs.borrow_mut().take().unwrap());
    assert_eq!(JsValue::from(ours.clone()), theirs);
    assert_eq!((ours.code(), ours.reason(), ours.was_clean()), (4001, "kicked".to_owned(), true));
    assert_eq!(CloseEvent::from(&ours), kicked());
}

#[wasm_bindgen_test]
async fn callback_runs_once_for_the_event_of_the_browser() {
    let socket = connecting_socket();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let _listener = on_close_event(&socket, {
        let seen = Rc::clone(&seen);
        move |event| seen.borrow_mut().push((event.code(), event.is_trusted()))
    });
    abort(&socket);
    within("the close", onclose::closed(&socket)).await.unwrap();
    until("the browser fires close", || !seen.borrow().is_empty()).await;
    assert_eq!(*seen.borrow(), [(1006, true)]);
}

#[wasm_bindgen_test]
fn missed_event_never_comes_and_frees_nothing_else() {
    let socket = connecting_socket();
    let count = Counter::default();
    let register = || {
        let count = count.clone();
        on_close_event(&socket, move |_| count.increment())
    };
    let dropped = register();
    drop(dropped);
    assert_eq!(count.owners(), 1, "the closure is freed");
    kicked().dispatch(&socket).unwrap();
    let listener = register();
    assert_eq!(count.get(), 0);
    drop(listener);
    register().detach();
    kicked().dispatch(&socket).unwrap();
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (1, 1), "a detached closure is freed after the event");
}

#[wasm_bindgen_test]
async fn reentrant_event_is_delivered_after_the_callback_has_returned() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    let log = Rc::new(RefCell::new(Vec::new()));
    let _listener = on_close_event(&socket, {
        let (log, socket) = (Rc::clone(&log), socket.clone());
        move |event| {
            let code = event.code();
            log.borrow_mut().push(format!("{code} begins"));
            if (4001..4003).contains(&code) {
                CloseEvent::new(code + 1, "", true).dispatch(&socket).unwrap();
            }
            log.borrow_mut().push(format!("{code} ends"));
        }
    });
    for expected in [["4001 begins", "4001 ends", "4002 begins", "4002 ends", "4003 begins", "4003 ends"]; 2] {
        kicked().dispatch(&socket).unwrap();
        assert_eq!(*log.borrow(), expected);
        log.borrow_mut().clear();
    }
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn guard_dropped_inside_its_callback_discards_queued_events() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    let before = live_js_values();
    let own = Rc::new(RefCell::new(None::<CloseListener>));
    let count = Counter::default();
    *own.borrow_mut() = Some(on_close_event(&socket, {
        let (own, count, socket) = (Rc::clone(&own), count.clone(), socket.clone());
        move |_| {
            count.increment();
            kicked().dispatch(&socket).unwrap();
            let guard = own.borrow_mut().take();
            drop(guard);
            kicked().dispatch(&socket).unwrap();
        }
    }));
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (1, 1));
    assert_eq!(live_js_values(), before, "queued events are kept");
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn event_of_another_class_can_be_read_by_close_event() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let _listener = on_close_event(&socket, {
        let seen = Rc::clone(&seen);
        move |event| seen.borrow_mut().push(CloseEvent::from(event))
    });
    dispatch(&socket, "new Event('close')");
    assert_eq!(*seen.borrow(), [CloseEvent::new(1006, "", false)]);
    uncaught.assert_none().await;
}
