//! The browsers' validation of close codes and reasons, compared with that of `CloseFrame`.

use crate::support::*;
use onclose::{CloseCode, CloseFrame};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn name(exception: &JsValue) -> String {
    get(exception, "name").as_string().unwrap()
}

#[wasm_bindgen_test]
fn browsers_accept_exactly_the_codes_of_close_frame() {
    let socket = connecting_socket();
    let (sendable, others): (Vec<u16>, Vec<u16>) = (0..=u16::MAX).partition(|code| CloseFrame::new(*code, "").is_ok());
    for code in others {
        assert_eq!(name(&socket.close_with_code(code).unwrap_err()), "InvalidAccessError", "{code}");
    }
    assert_eq!(socket.ready_state(), web_sys::WebSocket::CONNECTING, "an exception leaves the socket unchanged");
    for code in sendable {
        assert!(socket.close_with_code(code).is_ok(), "{code}");
    }
    assert_eq!(socket.ready_state(), web_sys::WebSocket::CLOSING);
}

#[wasm_bindgen_test]
fn browsers_accept_exactly_the_reasons_of_close_frame() {
    let socket = connecting_socket();
    for (longest, one_more) in
        [("a".repeat(123), "a"), ("€".repeat(41), "a"), ("é".repeat(61), "é"), ("😀".repeat(30), "😀")]
    {
        let too_long = format!("{longest}{one_more}");
        assert!(CloseFrame::new(4000, too_long.clone()).is_err());
        assert_eq!(name(&socket.close_with_code_and_reason(4000, &too_long).unwrap_err()), "SyntaxError");
        assert_eq!(socket.ready_state(), web_sys::WebSocket::CONNECTING);
        // On another socket: some hosts check nothing after the first `close`.
        let socket = connecting_socket();
        let frame = CloseFrame::new(4000, longest).unwrap();
        assert!(socket.close_with_code_and_reason(4000, frame.reason()).is_ok());
        assert_eq!(socket.ready_state(), web_sys::WebSocket::CLOSING);
    }
    abort(&socket);
}

#[wasm_bindgen_test]
fn invalid_code_is_reported_before_a_long_reason_as_in_browsers() {
    let socket = connecting_socket();
    let reason = "a".repeat(124);
    let exception = socket.close_with_code_and_reason(1001, &reason).unwrap_err();
    assert_eq!(name(&exception), "InvalidAccessError");
    let error = CloseFrame::new(1001, reason).unwrap_err();
    assert_eq!(error, onclose::CloseFrameError::Code(CloseCode::GOING_AWAY));
    abort(&socket);
}

/// The crate recognizes WebKit by it, to choose the faster way to copy long texts.
#[wasm_bindgen_test]
fn only_webkit_errors_have_a_line() {
    let line = get(&js_sys::Error::new("an example"), "line");
    assert_eq!(line.is_undefined(), engine() != Engine::WebKit);
}
