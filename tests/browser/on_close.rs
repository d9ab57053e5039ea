//! `on_close`: a closure for a socket that someone else owns.

use crate::support::*;
use onclose::{CloseEvent, CloseListener, on_close};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

type Seen = Rc<RefCell<Vec<CloseEvent>>>;

fn seen() -> (Seen, impl FnMut(CloseEvent) + 'static) {
    let seen = Seen::default();
    let push = {
        let seen = Rc::clone(&seen);
        move |event| seen.borrow_mut().push(event)
    };
    (seen, push)
}

fn kicked() -> CloseEvent {
    CloseEvent::new(4001, "kicked", true)
}

#[wasm_bindgen_test]
fn the_callback_gets_code_reason_and_clean() {
    let socket = refused();
    let (seen, push) = seen();
    let _listener = on_close(&socket, push);
    kicked().dispatch(&socket).unwrap();
    assert_eq!(*seen.borrow(), [kicked()]);
}

#[wasm_bindgen_test]
async fn the_callback_gets_the_browsers_own_event() {
    let socket = refused();
    let (seen, push) = seen();
    let _listener = on_close(&socket, push);
    fail(&socket);
    until("it ends", || !seen.borrow().is_empty()).await;
    sleep(20).await;
    assert_eq!(*seen.borrow(), [CloseEvent::new(1006, "", false)]);
}

#[wasm_bindgen_test]
fn a_dropped_listener_hears_nothing_and_frees_its_closure() {
    let socket = refused();
    let count = Count::default();
    let listener = on_close(&socket, {
        let count = count.clone();
        move |_| count.add()
    });
    assert_eq!(count.owners(), 2);
    drop(listener);
    assert_eq!(count.owners(), 1, "the closure is freed");
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 0);
}

#[wasm_bindgen_test]
fn any_number_of_listeners_each_hear_it() {
    let socket = refused();
    let count = Count::default();
    let listeners: Vec<CloseListener> = (0..100)
        .map(|_| {
            let count = count.clone();
            on_close(&socket, move |_| count.add())
        })
        .collect();
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 100);
    drop(listeners);
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (100, 1));
}

#[wasm_bindgen_test]
async fn a_callback_may_drop_its_own_guard() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    let own = Rc::new(RefCell::new(None::<CloseListener>));
    let count = Count::default();
    *own.borrow_mut() = Some(on_close(&socket, {
        let (own, count) = (Rc::clone(&own), count.clone());
        move |_| {
            let guard = own.borrow_mut().take();
            drop(guard);
            // What it captured is still there.
            count.add();
        }
    }));
    kicked().dispatch(&socket).unwrap();
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 1);
    uncaught.none().await;
    assert_eq!(count.owners(), 1, "the closure is freed after it has run");
}

#[wasm_bindgen_test]
async fn a_callback_may_register_another() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    let (count, others) = (Count::default(), Rc::new(RefCell::new(Vec::new())));
    let _listener = on_close(&socket, {
        let (count, others, socket) = (count.clone(), Rc::clone(&others), socket.clone());
        move |_| {
            let count = count.clone();
            others.borrow_mut().push(on_close(&socket, move |_| count.add()));
        }
    });
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 0, "a listener added during an event does not hear that event");
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 1);
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_callback_may_replace_itself() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    let log = Rc::new(RefCell::new(Vec::new()));
    let own = Rc::new(RefCell::new(None::<CloseListener>));
    let first = on_close(&socket, {
        let (log, own, socket) = (Rc::clone(&log), Rc::clone(&own), socket.clone());
        move |_| {
            log.borrow_mut().push("first");
            let log = Rc::clone(&log);
            let old = own.borrow_mut().replace(on_close(&socket, move |_| log.borrow_mut().push("second")));
            drop(old);
        }
    });
    *own.borrow_mut() = Some(first);
    for _ in 0..3 {
        kicked().dispatch(&socket).unwrap();
    }
    assert_eq!(*log.borrow(), ["first", "second", "second"]);
    uncaught.none().await;
    own.borrow_mut().take();
    assert_eq!(Rc::strong_count(&log), 1, "both closures are freed");
}

#[wasm_bindgen_test]
async fn a_close_event_inside_the_callback_is_delivered_once_it_has_returned() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    let log = Rc::new(RefCell::new(Vec::new()));
    let _listener = on_close(&socket, {
        let (log, socket) = (Rc::clone(&log), socket.clone());
        move |event| {
            let code = event.code().as_u16();
            log.borrow_mut().push(format!("{code} begins"));
            if code < 4003 {
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
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_guard_dropped_inside_its_callback_leaves_no_event_to_come() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    let own = Rc::new(RefCell::new(None::<CloseListener>));
    let count = Count::default();
    *own.borrow_mut() = Some(on_close(&socket, {
        let (own, count, socket) = (Rc::clone(&own), count.clone(), socket.clone());
        move |_| {
            count.add();
            kicked().dispatch(&socket).unwrap();
            let guard = own.borrow_mut().take();
            drop(guard);
            kicked().dispatch(&socket).unwrap();
        }
    }));
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 1);
    uncaught.none().await;
    assert_eq!(count.owners(), 1);
}

#[wasm_bindgen_test]
fn a_detached_callback_hears_the_events_inside_its_event_and_is_then_freed() {
    let socket = refused();
    let count = Count::default();
    on_close(&socket, {
        let (count, socket) = (count.clone(), socket.clone());
        move |_| {
            count.add();
            if count.get() < 3 {
                kicked().dispatch(&socket).unwrap();
            }
        }
    })
    .detach();
    kicked().dispatch(&socket).unwrap();
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (3, 1));
}

#[wasm_bindgen_test]
async fn a_callback_may_close_the_socket() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    let count = Count::default();
    let _listener = on_close(&socket, {
        let (count, socket) = (count.clone(), socket.clone());
        move |_| {
            count.add();
            socket.close().unwrap();
        }
    });
    kicked().dispatch(&socket).unwrap();
    until("the browser reports it", || count.get() == 2).await;
    uncaught.none().await;
}

#[wasm_bindgen_test]
fn a_detached_listener_hears_the_event_and_is_then_freed() {
    let socket = refused();
    let count = Count::default();
    on_close(&socket, {
        let count = count.clone();
        move |_| count.add()
    })
    .detach();
    assert_eq!(count.owners(), 2);
    kicked().dispatch(&socket).unwrap();
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (1, 1));
}

#[wasm_bindgen_test]
fn a_guard_may_detach_itself_inside_its_callback() {
    let socket = refused();
    let own = Rc::new(RefCell::new(None::<CloseListener>));
    let count = Count::default();
    *own.borrow_mut() = Some(on_close(&socket, {
        let (own, count) = (Rc::clone(&own), count.clone());
        move |_| {
            count.add();
            let guard = own.borrow_mut().take();
            guard.unwrap().detach();
        }
    }));
    kicked().dispatch(&socket).unwrap();
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (1, 1));
}

#[wasm_bindgen_test]
fn attributes_and_other_listeners_see_what_they_would_have_seen() {
    let socket = refused();
    let log = Rc::new(RefCell::new(Vec::new()));
    let note = |what: &'static str| {
        let log = Rc::clone(&log);
        move |_| log.borrow_mut().push(what)
    };
    let attribute =
        wasm_bindgen::prelude::Closure::<dyn FnMut(wasm_bindgen::JsValue)>::own_assert_unwind_safe(note("attribute"));
    socket.set_onclose(Some(attribute.as_ref().unchecked_ref()));
    let _before = listen(&socket, "close", note("before"));
    let (_seen, push) = seen();
    let ours = on_close(&socket, push);
    let mut future = onclose::closed(&socket);
    let _after = listen(&socket, "close", note("after"));
    kicked().dispatch(&socket).unwrap();
    assert_eq!(*log.borrow(), ["attribute", "before", "after"]);
    drop(ours);
    let (_, waker) = Bell::new();
    assert!(poll_once(&mut future, &waker).is_ready());
    kicked().dispatch(&socket).unwrap();
    assert_eq!(log.borrow().len(), 6);
    let same = socket.onclose().map(|function| function == *attribute.as_ref().unchecked_ref::<js_sys::Function>());
    assert_eq!(same, Some(true), "the attribute is the one that was set");
    socket.set_onclose(None);
    assert!(socket.onerror().is_none() && socket.onopen().is_none() && socket.onmessage().is_none());
}
