//! Messages that stay in JavaScript.

use crate::support::*;
use crate::synthetic::{bytes, deliver, socket};
use onclose::{CloseFrame, Message, RawMessage, WebSocket};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

fn recv_raw(ws: &mut WebSocket) -> RawMessage {
    ready("a message", ws.recv_raw()).unwrap().unwrap()
}

#[wasm_bindgen_test]
fn raw_message_is_the_value_of_the_event() {
    let mut ws = socket();
    let buffer = bytes(&[1, 2, 3]);
    deliver(&ws, &buffer);
    deliver(&ws, &"grün".into());
    let message = recv_raw(&mut ws);
    assert!(js_sys::Object::is(message.as_ref(), &buffer));
    assert_eq!((message.len(), message.to_vec(), message.is_empty()), (3, vec![1, 2, 3], false));
    assert_eq!(Message::from(message), Message::from(vec![1, 2, 3]));
    let message = recv_raw(&mut ws);
    assert_eq!((message.len(), message.to_vec()), (4, "grün".as_bytes().to_vec()));
    assert_eq!(JsValue::from(message), "grün");
}

#[wasm_bindgen_test]
fn copy_to_fills_only_what_it_needs_and_reports_what_a_small_buffer_lacks() {
    let long = "lang, länger, 長い 😀 ".repeat(60);
    let mut ws = socket();
    for (data, expected) in [
        (bytes(&[]), &[][..]),
        (bytes(&[7, 8, 9]), &[7, 8, 9][..]),
        ("".into(), b""),
        ("ascii".into(), b"ascii"),
        ("€".into(), "€".as_bytes()),
        (long.as_str().into(), long.as_bytes()),
        (js_sys::JsString::from_char_code(&[0x61, 0xD83D]).into(), "a\u{FFFD}".as_bytes()),
    ] {
        deliver(&ws, &data);
        let message = recv_raw(&mut ws);
        let needed = expected.len();
        for capacity in [needed, needed + 1, needed + 100] {
            let mut buffer = vec![0xAA; capacity];
            assert_eq!(message.copy_to(&mut buffer), Ok(needed));
            assert_eq!(&buffer[..needed], expected);
            assert!(buffer[needed..].iter().all(|byte| *byte == 0xAA), "written beyond the message");
        }
        if needed > 0 {
            let error = message.copy_to(&mut vec![0; needed - 1]).unwrap_err();
            assert_eq!(error.needed(), needed);
            assert_eq!(message.copy_to(&mut []).unwrap_err().needed(), needed);
        }
    }
}

#[wasm_bindgen_test]
fn buffer_detached_after_recv_raw_is_empty() {
    let mut ws = socket();
    let buffer = bytes(&[1, 2, 3]);
    deliver(&ws, &buffer);
    let message = recv_raw(&mut ws);
    detach(&buffer);
    assert_eq!((message.len(), message.to_vec()), (0, vec![]));
    assert_eq!(message.copy_to(&mut [0; 3]), Ok(0));
    assert_eq!(message.to_message(), Message::Binary(vec![]));
}

#[wasm_bindgen_test]
async fn unreadable_raw_message_is_an_error_and_ends_the_stream() {
    let detached = bytes(&[1]);
    detach(&detached);
    for data in [web_sys::Blob::new().unwrap().into(), detached, JsValue::NULL, js_sys::Object::new().into()] {
        let mut ws = socket();
        deliver(&ws, &data);
        assert!(ready("an error", ws.recv_raw()).unwrap().unwrap_err().is_unreadable());
        assert!(within("the end of the stream", ws.recv_raw()).await.is_none());
    }
}

#[wasm_bindgen_test]
fn recv_limit_counts_raw_messages() {
    // Two code units, and 64 bytes that each message counts beside its size.
    let mut ws = WebSocket::builder(UNREACHABLE_URL).recv_limit(66, CloseFrame::NORMAL).open().unwrap();
    for _ in 0..4 {
        deliver(&ws, &"€€".into());
        assert_eq!(recv_raw(&mut ws).to_message(), Message::from("€€"));
    }
    deliver(&ws, &"€€€".into());
    assert!(ready("an error", ws.recv_raw()).unwrap().unwrap_err().is_overflow());
}

/// Detaches a buffer, as posting it to a worker does.
fn detach(buffer: &JsValue) {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"transfer".into(), &js_sys::Array::of1(buffer)).unwrap();
    let clone: js_sys::Function = global("structuredClone").unchecked_into();
    clone.call2(&JsValue::NULL, buffer, &options).unwrap();
}
