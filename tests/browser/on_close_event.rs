//! `on_close_event`: the browser's own event. `on_close.rs` tests what it has in common with `on_close`.

use crate::support::*;
use onclose::{CloseEvent, on_close_event};
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
