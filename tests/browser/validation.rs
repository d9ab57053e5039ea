//! What browsers let a script close with, beside what a `CloseFrame` can hold; and what tells them apart.

use crate::support::*;
use onclose::{CloseCode, CloseFrame};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn name(thrown: &JsValue) -> String {
    get(thrown, "name").as_string().unwrap()
}

#[wasm_bindgen_test]
fn browsers_take_the_codes_that_a_frame_can_hold_and_no_others() {
    let socket = refused();
    let (sendable, others): (Vec<u16>, Vec<u16>) = (0..=u16::MAX).partition(|code| CloseFrame::new(*code, "").is_ok());
    for code in others {
        assert_eq!(name(&socket.close_with_code(code).unwrap_err()), "InvalidAccessError", "{code}");
    }
    assert_eq!(socket.ready_state(), web_sys::WebSocket::CONNECTING, "what throws leaves it as it is");
    for code in sendable {
        assert!(socket.close_with_code(code).is_ok(), "{code}");
    }
    assert_eq!(socket.ready_state(), web_sys::WebSocket::CLOSING);
}

#[wasm_bindgen_test]
fn browsers_take_the_reasons_that_a_frame_can_hold_and_no_longer_ones() {
    let socket = refused();
    for (longest, one_more) in
        [("a".repeat(123), "a"), ("€".repeat(41), "a"), ("é".repeat(61), "é"), ("😀".repeat(30), "😀")]
    {
        let too_long = format!("{longest}{one_more}");
        assert!(CloseFrame::new(4000, too_long.clone()).is_err());
        assert_eq!(name(&socket.close_with_code_and_reason(4000, &too_long).unwrap_err()), "SyntaxError");
        assert_eq!(socket.ready_state(), web_sys::WebSocket::CONNECTING);
        // On a socket of its own: nothing is checked of what comes after the first `close` in some hosts.
        let socket = refused();
        let frame = CloseFrame::new(4000, longest).unwrap();
        assert!(socket.close_with_code_and_reason(4000, frame.reason()).is_ok());
        assert_eq!(socket.ready_state(), web_sys::WebSocket::CLOSING);
    }
    fail(&socket);
}

#[wasm_bindgen_test]
fn the_bad_code_is_told_first_as_in_browsers() {
    let socket = refused();
    let reason = "a".repeat(124);
    let thrown = socket.close_with_code_and_reason(1001, &reason).unwrap_err();
    assert_eq!(name(&thrown), "InvalidAccessError");
    let error = CloseFrame::new(1001, reason).unwrap_err();
    assert_eq!(error, onclose::CloseFrameError::Code(CloseCode::GOING_AWAY));
    fail(&socket);
}

/// How long texts are read goes by it: wrong, it would cost half of the speed, and nothing else.
#[wasm_bindgen_test]
fn webkit_alone_names_the_line_of_an_error() {
    let line = get(&js_sys::Error::new("an example"), "line");
    assert_eq!(line.is_undefined(), engine() != Engine::WebKit);
}
