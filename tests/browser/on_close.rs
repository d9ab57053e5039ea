//! `on_close`: a callback for the `close` events of an existing socket; and what `on_close_event` has in common with it.

use crate::support::*;
use onclose::{CloseEvent, CloseListener, on_close, on_close_event};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

type Register = fn(&web_sys::WebSocket, Box<dyn FnMut(u16)>) -> CloseListener;

/// Both ways to register a callback, for what they have in common. The callback gets the code.
const REGISTRATIONS: [Register; 2] = [
    |socket, mut callback| on_close(socket, move |event| callback(event.code().as_u16())),
    |socket, mut callback| on_close_event(socket, move |event| callback(event.code())),
];

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
fn callback_gets_code_reason_and_was_clean() {
    let socket = connecting_socket();
    let (seen, push) = seen();
    let _listener = on_close(&socket, push);
    kicked().dispatch(&socket).unwrap();
    assert_eq!(*seen.borrow(), [kicked()]);
}

#[wasm_bindgen_test]
async fn callback_runs_once_for_the_event_of_the_browser() {
    let socket = connecting_socket();
    let (seen, push) = seen();
    let _listener = on_close(&socket, push);
    let events = Counter::default();
    // Registered later, so it runs after the callback.
    let _raw_listener = listen(&socket, "close", {
        let events = events.clone();
        move |_| events.increment()
    });
    abort(&socket);
    until("the browser fires close", || events.get() == 1).await;
    assert_eq!(*seen.borrow(), [CloseEvent::new(1006, "", false)]);
}

#[wasm_bindgen_test]
fn dropped_listener_is_not_called_and_its_closure_is_freed() {
    let socket = connecting_socket();
    for register in REGISTRATIONS {
        let count = Counter::default();
        let listener = register(&socket, {
            let count = count.clone();
            Box::new(move |_| count.increment())
        });
        assert_eq!(count.owners(), 2);
        drop(listener);
        assert_eq!(count.owners(), 1, "the closure is freed");
        kicked().dispatch(&socket).unwrap();
        assert_eq!(count.get(), 0);
    }
}

#[wasm_bindgen_test]
async fn listener_that_is_registered_after_the_event_is_not_called() {
    let socket = connecting_socket();
    kicked().dispatch(&socket).unwrap();
    for register in REGISTRATIONS {
        let count = Counter::default();
        let listener = register(&socket, {
            let count = count.clone();
            Box::new(move |_| count.increment())
        });
        // A listener that is called later is called from a microtask or a task.
        sleep(0).await;
        drop(listener);
        assert_eq!((count.get(), count.owners()), (0, 1));
    }
}

#[wasm_bindgen_test]
fn any_number_of_listeners_each_get_the_event() {
    let socket = connecting_socket();
    let count = Counter::default();
    let listeners: Vec<CloseListener> = (0..100)
        .map(|_| {
            let count = count.clone();
            on_close(&socket, move |_| count.increment())
        })
        .collect();
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 100);
    drop(listeners);
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (100, 1));
}

#[wasm_bindgen_test]
async fn callback_may_drop_its_own_guard() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    let own = Rc::new(RefCell::new(None::<CloseListener>));
    let count = Counter::default();
    *own.borrow_mut() = Some(on_close(&socket, {
        let (own, count) = (Rc::clone(&own), count.clone());
        move |_| {
            let guard = own.borrow_mut().take();
            drop(guard);
            // The captures are still alive.
            count.increment();
        }
    }));
    kicked().dispatch(&socket).unwrap();
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 1);
    uncaught.assert_none().await;
    assert_eq!(count.owners(), 1, "the closure is freed after its call");
}

#[wasm_bindgen_test]
async fn callback_may_register_another() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    let (count, others) = (Counter::default(), Rc::new(RefCell::new(Vec::new())));
    let _listener = on_close(&socket, {
        let (count, others, socket) = (count.clone(), Rc::clone(&others), socket.clone());
        move |_| {
            let count = count.clone();
            others.borrow_mut().push(on_close(&socket, move |_| count.increment()));
        }
    });
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 0, "a listener added during an event does not get that event");
    kicked().dispatch(&socket).unwrap();
    assert_eq!(count.get(), 1);
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn callback_may_replace_itself() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
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
    uncaught.assert_none().await;
    own.borrow_mut().take();
    assert_eq!(Rc::strong_count(&log), 1, "both closures are freed");
}

#[wasm_bindgen_test]
async fn reentrant_close_event_is_delivered_after_the_callback_has_returned() {
    let uncaught = UncaughtErrors::watch();
    for register in REGISTRATIONS {
        let socket = connecting_socket();
        let log = Rc::new(RefCell::new(Vec::new()));
        let _listener = register(&socket, {
            let (log, socket) = (Rc::clone(&log), socket.clone());
            Box::new(move |code| {
                log.borrow_mut().push(format!("{code} begins"));
                if (4001..4003).contains(&code) {
                    CloseEvent::new(code + 1, "", true).dispatch(&socket).unwrap();
                }
                log.borrow_mut().push(format!("{code} ends"));
            })
        });
        for expected in [["4001 begins", "4001 ends", "4002 begins", "4002 ends", "4003 begins", "4003 ends"]; 2] {
            kicked().dispatch(&socket).unwrap();
            assert_eq!(*log.borrow(), expected);
            log.borrow_mut().clear();
        }
    }
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn guard_dropped_inside_its_callback_discards_queued_events() {
    let uncaught = UncaughtErrors::watch();
    for register in REGISTRATIONS {
        let socket = connecting_socket();
        let before = live_js_values();
        let own = Rc::new(RefCell::new(None::<CloseListener>));
        let count = Counter::default();
        *own.borrow_mut() = Some(register(&socket, {
            let (own, count, socket) = (Rc::clone(&own), count.clone(), socket.clone());
            Box::new(move |_| {
                count.increment();
                kicked().dispatch(&socket).unwrap();
                let guard = own.borrow_mut().take();
                drop(guard);
                kicked().dispatch(&socket).unwrap();
            })
        }));
        kicked().dispatch(&socket).unwrap();
        assert_eq!((count.get(), count.owners()), (1, 1));
        assert_eq!(live_js_values(), before, "queued events are kept");
    }
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn detached_callback_gets_reentrant_events_and_is_then_freed() {
    let socket = connecting_socket();
    let count = Counter::default();
    on_close(&socket, {
        let (count, socket) = (count.clone(), socket.clone());
        move |_| {
            count.increment();
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
async fn callback_may_close_the_socket() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    let count = Counter::default();
    let _listener = on_close(&socket, {
        let (count, socket) = (count.clone(), socket.clone());
        move |_| {
            count.increment();
            socket.close().unwrap();
        }
    });
    kicked().dispatch(&socket).unwrap();
    until("the browser fires close", || count.get() == 2).await;
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn detached_listener_gets_the_event_and_is_then_freed() {
    let socket = connecting_socket();
    for register in REGISTRATIONS {
        let count = Counter::default();
        let listener = register(&socket, {
            let count = count.clone();
            Box::new(move |_| count.increment())
        });
        listener.detach();
        assert_eq!(count.owners(), 2);
        kicked().dispatch(&socket).unwrap();
        kicked().dispatch(&socket).unwrap();
        assert_eq!((count.get(), count.owners()), (1, 1));
    }
}

#[wasm_bindgen_test]
fn guard_may_be_detached_inside_its_callback() {
    let socket = connecting_socket();
    let own = Rc::new(RefCell::new(None::<CloseListener>));
    let count = Counter::default();
    *own.borrow_mut() = Some(on_close(&socket, {
        let (own, count) = (Rc::clone(&own), count.clone());
        move |_| {
            count.increment();
            let guard = own.borrow_mut().take();
            guard.unwrap().detach();
        }
    }));
    kicked().dispatch(&socket).unwrap();
    kicked().dispatch(&socket).unwrap();
    assert_eq!((count.get(), count.owners()), (1, 1));
}

#[wasm_bindgen_test]
fn onclose_attribute_and_other_listeners_are_undisturbed() {
    let socket = connecting_socket();
    let log = Rc::new(RefCell::new(Vec::new()));
    let note = |what: &'static str| {
        let log = Rc::clone(&log);
        move |_| log.borrow_mut().push(what)
    };
    let attribute = Closure::<dyn FnMut(JsValue)>::own_assert_unwind_safe(note("attribute"));
    socket.set_onclose(Some(attribute.as_ref().unchecked_ref()));
    let _before = listen(&socket, "close", note("before"));
    let (_seen, push) = seen();
    let ours = on_close(&socket, push);
    let mut future = onclose::closed(&socket);
    let _after = listen(&socket, "close", note("after"));
    kicked().dispatch(&socket).unwrap();
    assert_eq!(*log.borrow(), ["attribute", "before", "after"]);
    drop(ours);
    assert!(poll(&mut future).is_ready());
    kicked().dispatch(&socket).unwrap();
    assert_eq!(log.borrow().len(), 6);
    let same = socket.onclose().map(|function| function == *attribute.as_ref().unchecked_ref::<js_sys::Function>());
    assert_eq!(same, Some(true), "the attribute was replaced");
    socket.set_onclose(None);
    assert!(socket.onerror().is_none() && socket.onopen().is_none() && socket.onmessage().is_none());
}
