//! Dispatched messages: any content, in any order, also what no browser delivers by itself.

use crate::support::*;
use crate::synthetic::{DEFAULT_FRAME, bytes, deliver, deliver_to, socket};
use futures_util::StreamExt;
use js_sys::JsString;
use onclose::{CloseCode, CloseEvent, CloseFrame, Message, ReadyState, RecvError, WebSocket};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// What `recv_limit` charges for each message beside its size.
const OVERHEAD: usize = 64;
const TOO_MUCH: CloseFrame = CloseFrame::from_static(4002, "too much");

/// Takes what is already queued, so that no event of the browser comes between.
fn next(ws: &mut WebSocket) -> Option<Result<Message, RecvError>> {
    ready("a message", ws.recv())
}

/// Takes the error that ends the stream.
fn error(ws: &mut WebSocket) -> RecvError {
    next(ws).expect("the stream has ended").expect_err("no error")
}

/// Takes a message that is text or binary.
fn message(ws: &mut WebSocket) -> Message {
    next(ws).expect("the stream has ended").expect("an error in place of a message")
}

#[wasm_bindgen_test]
fn text_and_binary_keep_their_order_and_empty_messages_are_delivered() {
    let mut ws = socket();
    deliver(&ws, &"one".into());
    deliver(&ws, &bytes(&[2, 2]));
    deliver(&ws, &"".into());
    deliver(&ws, &bytes(&[]));
    deliver(&ws, &"€😀".into());
    for expected in ["one".into(), Message::from(vec![2, 2]), "".into(), Message::from(Vec::new()), "€😀".into()] {
        assert_eq!(message(&mut ws), expected);
    }
}

#[wasm_bindgen_test]
fn mixed_messages_keep_their_order_while_the_queue_is_never_empty() {
    let mut ws = socket();
    // Long texts are copied in another way.
    let long = "more than 300 code units ".repeat(15);
    let expected = |number: u32| match number % 7 {
        0 | 1 => Message::from(number.to_string()),
        2 => Message::from(format!("{long}{number}")),
        3 => Message::from(Vec::new()),
        4 => "".into(),
        _ => Message::from(number.to_le_bytes().to_vec()),
    };
    let (mut sent, mut read) = (0, 0);
    // The queue grows, then shrinks, and is empty only at the end.
    for (more, fewer) in [(50, 10), (3_000, 1_500), (10, 1_540), (2_000, 1_000), (1, 1_010), (1, 1)] {
        for _ in 0..more {
            match expected(sent) {
                Message::Text(text) => deliver(&ws, &text.as_str().into()),
                Message::Binary(data) => deliver(&ws, &bytes(&data)),
            }
            sent += 1;
        }
        for _ in 0..fewer {
            assert_eq!(message(&mut ws), expected(read), "{read}");
            read += 1;
        }
    }
    assert_eq!(sent, read + 1);
    assert_eq!(message(&mut ws), expected(read));
    assert!(poll(&mut ws.recv()).is_pending());
}

#[wasm_bindgen_test]
fn text_of_any_characters_around_the_encoder_threshold_is_whole() {
    let mut ws = socket();
    // Lone surrogates too, also as the first and the last unit.
    let patterns: [&[u16]; 8] = [
        &[0x61],
        &[0],
        &[0x80],
        &[0x20AC],
        &[0xD83D, 0xDE00],
        &[0xD800],
        &[0xDC00],
        &[0x61, 0xE9, 0x20AC, 0xD83D, 0xDE00, 0xFEFF, 0xDFFF],
    ];
    for pattern in patterns {
        // `TextEncoder.encodeInto` is used from 300 units on.
        for units in [1, 2, 3, 299, 300, 301, 302, 5_000] {
            let text: Vec<u16> = pattern.iter().copied().cycle().take(units).collect();
            deliver(&ws, &JsString::from_char_code(&text));
            assert!(message(&mut ws) == String::from_utf16_lossy(&text), "{units} units of {pattern:x?}");
        }
    }
}

#[wasm_bindgen_test]
fn text_of_a_million_characters_is_whole() {
    let mut ws = socket();
    for pattern in ["a", "é", "€", "aé€"] {
        // `TextEncoder.encodeInto` is used up to 2^20 units.
        for units in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1] {
            let text: String = pattern.chars().cycle().take(units).collect();
            deliver(&ws, &text.as_str().into());
            assert!(message(&mut ws) == text, "{units} units of {pattern}");
        }
    }
}

#[wasm_bindgen_test]
fn messages_before_the_close_are_delivered_before_the_end_of_the_stream() {
    let mut ws = socket();
    for number in 0..1_000 {
        deliver(&ws, &number.to_string().into());
    }
    CloseEvent::new(1000, "", true).dispatch(ws.as_raw()).unwrap();
    deliver(&ws, &"after the close".into());
    for number in 0..1_000 {
        assert_eq!(message(&mut ws), Message::from(number.to_string()));
    }
    assert!(next(&mut ws).is_none() && ready("the end of the stream", StreamExt::next(&mut ws)).is_none());
}

#[wasm_bindgen_test]
fn split_keeps_queued_messages() {
    let mut ws = socket();
    for number in 0..6 {
        deliver(&ws, &number.to_string().into());
    }
    assert_eq!(message(&mut ws), Message::from("0"));
    let raw = ws.as_raw().clone();
    let (sender, mut receiver) = ws.split();
    drop(sender);
    CloseEvent::new(1000, "", true).dispatch(&raw).unwrap();
    for number in 1..6 {
        assert_eq!(ready("a message", receiver.recv()).unwrap().unwrap(), Message::from(number.to_string()));
    }
    assert!(ready("a message", receiver.recv()).is_none());
}

#[wasm_bindgen_test]
async fn blob_is_an_error_after_the_messages_before_it() {
    let uncaught = UncaughtErrors::watch();
    let mut ws = socket();
    deliver(&ws, &"before".into());
    deliver(&ws, &web_sys::Blob::new().unwrap().into());
    deliver(&ws, &"after".into());
    assert_eq!(message(&mut ws), Message::from("before"));
    let error = error(&mut ws);
    assert!(error.is_unreadable(), "{error}");
    deliver(&ws, &"late".into());
    assert!(poll(&mut ws.recv()).is_pending(), "something follows the error");
    let info = within("the close", ws.closed()).await;
    assert_eq!((info.requested(), info.timed_out()), (Some(&DEFAULT_FRAME), false));
    assert!(next(&mut ws).is_none());
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn data_that_is_neither_text_nor_buffer_is_an_error() {
    for data in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        JsValue::TRUE,
        7.into(),
        js_sys::Object::new().into(),
        js_sys::Symbol::iterator().into(),
    ] {
        let mut ws = socket();
        deliver(&ws, &data);
        assert!(error(&mut ws).is_unreadable());
    }
    let mut ws = socket();
    dispatch(ws.as_raw(), "new Event('message')");
    assert!(error(&mut ws).is_unreadable());
}

#[wasm_bindgen_test]
async fn buffer_detached_by_another_listener_is_an_error() {
    let uncaught = UncaughtErrors::watch();
    let mut ws = socket();
    run_script(
        "socket.addEventListener('message', ({ data }) => {
             if (data instanceof ArrayBuffer) structuredClone(data, { transfer: [data] });
         })",
        ws.as_raw(),
    );
    deliver(&ws, &"before".into());
    deliver(&ws, &bytes(&[1, 2, 3]));
    assert_eq!(message(&mut ws), Message::from("before"));
    assert!(error(&mut ws).is_unreadable());
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn buffer_of_another_realm_is_binary() {
    // Workers have no iframes.
    if global("document").is_undefined() {
        return;
    }
    let iframe = "document.body.appendChild(document.createElement('iframe'))";
    let mut ws = socket();
    deliver(&ws, &evaluate(&format!("new ({iframe}).contentWindow.Uint8Array([7, 8]).buffer")));
    assert_eq!(message(&mut ws), Message::from(vec![7, 8]));
}

#[wasm_bindgen_test]
fn typed_array_is_not_taken_for_a_buffer() {
    let mut ws = socket();
    deliver(&ws, &js_sys::Float64Array::new_with_length(2).into());
    assert!(error(&mut ws).is_unreadable());
}

#[wasm_bindgen_test]
async fn objects_that_resemble_a_buffer_raise_no_error() {
    let uncaught = UncaughtErrors::watch();
    for (data, is_error) in [
        ("{ byteLength: 5 }", true),
        ("{ byteLength: 5, length: 1n }", true),
        ("{ byteLength: 5, get length() { throw 'on purpose' } }", true),
        ("Object.create(ArrayBuffer.prototype, { length: { value: 1n } })", true),
        ("Object.create(ArrayBuffer.prototype)", false),
        ("(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()", true),
    ] {
        let data = evaluate(data);
        let mut ws = socket();
        deliver(&ws, &data);
        assert_eq!(next(&mut ws).unwrap().is_err(), is_error);
        let mut ws = socket();
        deliver(&ws, &data);
        assert_eq!(ready("a message", ws.recv_raw()).unwrap().is_err(), is_error);
    }
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn dropped_receiver_keeps_no_waker() {
    let (sender, mut receiver) = socket().split();
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut receiver.recv(), &waker).is_pending());
    drop(waker);
    assert!(!counter.is_released());
    drop(receiver);
    assert!(counter.is_released());
    drop(sender);
}

#[wasm_bindgen_test]
async fn overflow_closes_and_yields_what_fitted_then_one_error_then_none() {
    // Text counts its UTF-16 code units.
    let limit = 2 + 4 + 2 * OVERHEAD;
    let builder = WebSocket::builder(UNREACHABLE_URL).recv_limit(limit, TOO_MUCH).close_timeout(NEVER);
    let mut ws = builder.open().unwrap();
    deliver(&ws, &"€€".into());
    deliver(&ws, &bytes(&[1, 2, 3, 4]));
    assert_eq!(ws.state(), ReadyState::Connecting, "two messages fit");
    deliver(&ws, &"".into());
    assert_eq!(ws.state(), ReadyState::Closing);
    deliver(&ws, &"".into());
    assert_eq!(message(&mut ws), Message::from("€€"));
    assert_eq!(message(&mut ws), Message::from(vec![1, 2, 3, 4]));
    let error = error(&mut ws);
    assert!(error.is_overflow() && error.to_string().contains(&format!("{limit} bytes")), "{error}");
    assert!(within("the end of the stream", ws.recv()).await.is_none());
    let info = ready("the close info", ws.closed());
    assert_eq!((info.requested(), info.code()), (Some(&TOO_MUCH), CloseCode::ABNORMAL));
}

#[wasm_bindgen_test]
fn taken_messages_do_not_count_against_the_limit() {
    let mut ws = WebSocket::builder(UNREACHABLE_URL).recv_limit(4 + OVERHEAD, TOO_MUCH).open().unwrap();
    for _ in 0..100 {
        deliver(&ws, &"four".into());
        assert_eq!(message(&mut ws), Message::from("four"));
    }
    assert_eq!(ws.state(), ReadyState::Connecting);
}

#[wasm_bindgen_test]
fn reader_is_woken_once_for_a_batch_of_messages() {
    let mut ws = socket();
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut ws.recv(), &waker).is_pending());
    for _ in 0..10 {
        deliver(&ws, &"x".into());
    }
    assert_eq!(counter.wake_count(), 1);
}

#[wasm_bindgen_test]
fn dropped_recv_loses_no_message() {
    let mut ws = socket();
    let mut recv = ws.recv();
    assert!(poll(&mut recv).is_pending());
    drop(recv);
    deliver(&ws, &"kept".into());
    drop(ws.recv());
    assert_eq!(message(&mut ws), Message::from("kept"));
}

#[wasm_bindgen_test]
async fn messages_after_the_receiver_was_dropped_are_not_queued() {
    let uncaught = UncaughtErrors::watch();
    let ws = WebSocket::builder(UNREACHABLE_URL).recv_limit(10, TOO_MUCH).open().unwrap();
    let raw = ws.as_raw().clone();
    let (sender, receiver) = ws.split();
    drop(receiver);
    for _ in 0..10 {
        deliver_to(&raw, &"0123456789".into());
    }
    assert_eq!(sender.state(), ReadyState::Connecting, "a message that is not queued exceeded the limit");
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn text_of_any_length_with_special_characters_at_any_place_is_whole() {
    let mut ws = socket();
    let pieces: [&[u16]; 7] = [
        &[0x61],           // a
        &[0],              // NUL
        &[0xE9],           // é
        &[0x20AC],         // €
        &[0xFEFF],         // a byte order mark
        &[0xD83D, 0xDE00], // 😀
        &[0xD83D],         // a lone surrogate
    ];
    for units in [0_usize, 1, 255, 256, 383, 384, 385, 1_000, 4_096] {
        for piece in pieces {
            // The special characters first, in the middle, last, and everywhere.
            for place in [0, units / 2, units.saturating_sub(piece.len())] {
                let mut text = vec![0x62; units];
                text.splice(place..(place + piece.len()).min(units), piece.iter().copied());
                check(&mut ws, &text);
            }
            check(&mut ws, &piece.iter().copied().cycle().take(units).collect::<Vec<_>>());
        }
    }

    fn check(ws: &mut WebSocket, text: &[u16]) {
        deliver(ws, &js_sys::JsString::from_char_code(text).into());
        let expected = String::from_utf16_lossy(text);
        assert!(message(ws) == Message::Text(expected), "{text:x?}");
    }
}
