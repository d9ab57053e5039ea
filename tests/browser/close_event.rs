//! `CloseEvent` from and to the browser's event.

use crate::support::*;
use onclose::{CloseCode, CloseEvent};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn every_code_survives_the_round_trip_through_javascript() {
    for code in 0..=u16::MAX {
        let event = CloseEvent::new(code, "", code % 2 == 0);
        assert_eq!(CloseEvent::from(&event.to_js().unwrap()), event);
    }
}

#[wasm_bindgen_test]
fn any_reason_survives_the_round_trip_through_javascript() {
    for reason in [
        "",
        "bye",
        "\u{feff}with a BOM",
        "a\0NUL",
        "€😀",
        "a reason that is longer than a Close frame can carry ".repeat(9).as_str(),
    ] {
        let event = CloseEvent::new(4000, reason, true);
        let js = event.to_js().unwrap();
        assert_eq!((js.type_(), js.reason()), ("close".to_owned(), reason.to_owned()));
        assert_eq!(CloseEvent::from(&js), event);
    }
}

#[wasm_bindgen_test]
fn lone_surrogate_in_a_reason_becomes_the_replacement_character() {
    let half = js_sys::JsString::from_char_code1(0xd800);
    let init = js_sys::Object::new();
    js_sys::Reflect::set(&init, &"reason".into(), &half).unwrap();
    let js = web_sys::CloseEvent::new_with_event_init_dict("close", init.unchecked_ref()).unwrap();
    assert_eq!(CloseEvent::from(&js).reason(), "\u{fffd}");
}

#[wasm_bindgen_test]
fn event_without_fields_is_1006_and_not_clean() {
    let plain = web_sys::Event::new("close").unwrap();
    let read = CloseEvent::from(plain.unchecked_ref::<web_sys::CloseEvent>());
    assert_eq!(read, CloseEvent::new(CloseCode::ABNORMAL, "", false));
}

#[wasm_bindgen_test]
fn clean_event_without_a_code_is_1005() {
    let object = js_sys::Object::new();
    js_sys::Reflect::set(&object, &"wasClean".into(), &JsValue::TRUE).unwrap();
    let read = CloseEvent::from(object.unchecked_ref::<web_sys::CloseEvent>());
    assert_eq!(read, CloseEvent::new(CloseCode::NO_STATUS, "", true));
}

#[wasm_bindgen_test]
fn throwing_or_mistyped_fields_do_not_panic() {
    let no_frame = CloseEvent::new(CloseCode::ABNORMAL, "", false);
    for (fields, expected) in [
        ("{ get code() { throw 1 }, get reason() { throw 2 }, get wasClean() { throw 3 } }", no_frame.clone()),
        ("{ code: '4000', reason: 5, wasClean: '' }", no_frame.clone()),
        ("{ code: 'words', reason: [], wasClean: NaN }", no_frame.clone()),
        ("{ code: { get valueOf() { throw 1 } } }", no_frame.clone()),
        ("{ code: 4000n, reason: Symbol(), wasClean: null }", no_frame.clone()),
        ("{ code: null, reason: {}, wasClean: {} }", CloseEvent::new(CloseCode::NO_STATUS, "", true)),
        ("{ code: 70000, reason: 'r', wasClean: 'yes' }", CloseEvent::new(u16::MAX, "r", true)),
        ("{ code: -1, reason: 'r', wasClean: 0 }", CloseEvent::new(0, "r", false)),
        ("undefined", no_frame.clone()),
        ("null", no_frame.clone()),
        ("7", no_frame.clone()),
    ] {
        let value = js_sys::Function::new_no_args(&format!("return ({fields})")).call0(&JsValue::NULL).unwrap();
        assert_eq!(CloseEvent::from(value.unchecked_ref::<web_sys::CloseEvent>()), expected, "{fields}");
    }
}

#[wasm_bindgen_test]
fn dispatch_runs_listeners_synchronously_and_leaves_the_socket_open() {
    let socket = connecting_socket();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let listener = listen(&socket, "close", {
        let seen = Rc::clone(&seen);
        move |event| seen.borrow_mut().push(event.unchecked_into::<web_sys::CloseEvent>())
    });
    CloseEvent::new(4001, "kicked", true).dispatch(&socket).unwrap();
    drop(listener);
    let seen = seen.borrow();
    assert_eq!(
        (seen.len(), seen[0].code(), seen[0].reason(), seen[0].was_clean()),
        (1, 4001, "kicked".to_owned(), true)
    );
    assert!(!seen[0].is_trusted());
    assert_eq!(socket.ready_state(), web_sys::WebSocket::CONNECTING);
}
