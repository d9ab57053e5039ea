//! Dispatched messages: what a browser would not send by itself.

use crate::support::*;
use crate::synthetic::{ODD, bytes, deliver, socket};
use futures_util::StreamExt as _;
use js_sys::JsString;
use onclose::{CloseCode, CloseEvent, CloseFrame, Message, ReadyState, WebSocket};
use std::task::Poll;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const TOO_MUCH: CloseFrame = CloseFrame::from_static(4002, "too much");

#[wasm_bindgen_test]
async fn text_and_bytes_arrive_in_order_and_empty_ones_are_messages() {
    let mut ws = socket();
    deliver(&ws, &"one".into());
    deliver(&ws, &bytes(&[2, 2]));
    deliver(&ws, &"".into());
    deliver(&ws, &bytes(&[]));
    deliver(&ws, &"€😀".into());
    for expected in ["one".into(), Message::from(vec![2, 2]), "".into(), Message::from(Vec::new()), "€😀".into()] {
        assert_eq!(ws.recv().await.unwrap().unwrap(), expected);
    }
}

#[wasm_bindgen_test]
async fn messages_of_all_kinds_keep_their_order_while_some_always_wait() {
    let mut ws = socket();
    let long = "long enough for another way of reading ".repeat(9);
    let message = |number: u32| match number % 7 {
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
            match message(sent) {
                Message::Text(text) => deliver(&ws, &text.as_str().into()),
                Message::Binary(data) => deliver(&ws, &bytes(&data)),
            }
            sent += 1;
        }
        for _ in 0..fewer {
            assert_eq!(ws.recv().await.unwrap().unwrap(), message(read), "{read}");
            read += 1;
        }
    }
    assert_eq!(sent, read + 1);
    let (_bell, waker) = Bell::new();
    assert_eq!(ws.recv().await.unwrap().unwrap(), message(read));
    assert!(poll_once(&mut Box::pin(ws.recv()), &waker).is_pending());
}

#[wasm_bindgen_test]
async fn a_text_is_whole_whatever_its_length_and_its_characters() {
    let mut ws = socket();
    // Halves of pairs too, also where nothing stands before or behind them.
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
        // At 300 units another way of reading begins.
        for units in [1, 2, 3, 299, 300, 301, 302, 5_000] {
            let text: Vec<u16> = pattern.iter().copied().cycle().take(units).collect();
            deliver(&ws, &JsString::from_char_code(&text));
            let read = ws.recv().await.unwrap().unwrap();
            assert!(read == Message::from(String::from_utf16_lossy(&text)), "{units} units of {pattern:x?}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_text_of_a_million_characters_is_whole() {
    let mut ws = socket();
    for pattern in ["a", "é", "€", "aé€"] {
        // There it ends.
        for units in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1] {
            let text: String = pattern.chars().cycle().take(units).collect();
            deliver(&ws, &text.as_str().into());
            assert!(ws.recv().await.unwrap().unwrap() == Message::from(text), "{units} units of {pattern}");
        }
    }
}

#[wasm_bindgen_test]
async fn what_came_before_the_end_is_delivered_before_it() {
    let mut ws = socket();
    for number in 0..1_000 {
        deliver(&ws, &number.to_string().into());
    }
    CloseEvent::new(1000, "", true).dispatch(ws.as_raw()).unwrap();
    deliver(&ws, &"after the end".into());
    for number in 0..1_000 {
        assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from(number.to_string()));
    }
    assert!(ws.recv().await.is_none() && ws.next().await.is_none());
}

#[wasm_bindgen_test]
async fn splitting_loses_no_message_that_waits() {
    let mut ws = socket();
    for number in 0..6 {
        deliver(&ws, &number.to_string().into());
    }
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("0"));
    let raw = ws.as_raw().clone();
    let (sender, mut receiver) = ws.split();
    drop(sender);
    CloseEvent::new(1000, "", true).dispatch(&raw).unwrap();
    for number in 1..6 {
        assert_eq!(receiver.recv().await.unwrap().unwrap(), Message::from(number.to_string()));
    }
    assert!(receiver.recv().await.is_none());
}

#[wasm_bindgen_test]
async fn a_blob_is_a_typed_error_after_what_came_before_it() {
    let uncaught = Uncaught::watch();
    let mut ws = socket();
    deliver(&ws, &"before".into());
    deliver(&ws, &web_sys::Blob::new().unwrap().into());
    deliver(&ws, &"behind".into());
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("before"));
    let error = ws.recv().await.unwrap().unwrap_err();
    assert!(error.is_unreadable(), "{error}");
    deliver(&ws, &"late".into());
    let next = poll_once(&mut Box::pin(ws.recv()), &Bell::new().1);
    assert!(!matches!(next, Poll::Ready(Some(_))), "nothing follows it");
    let closed = within(2_000, "the end", ws.closed()).await;
    assert_eq!(closed.requested(), Some(&ODD));
    assert!(ws.recv().await.is_none());
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn no_data_at_all_is_no_panic() {
    for odd in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        JsValue::TRUE,
        7.into(),
        js_sys::Object::new().into(),
        js_sys::Symbol::iterator().into(),
    ] {
        let mut ws = socket();
        deliver(&ws, &odd);
        assert!(ws.recv().await.unwrap().unwrap_err().is_unreadable());
    }
    let mut ws = socket();
    ws.as_raw().dispatch_event(&web_sys::Event::new("message").unwrap()).unwrap();
    assert!(ws.recv().await.unwrap().unwrap_err().is_unreadable());
}

#[wasm_bindgen_test]
async fn a_buffer_that_another_listener_transferred_is_a_typed_error() {
    let uncaught = Uncaught::watch();
    let mut ws = socket();
    let transfer = js_sys::Function::new_with_args(
        "event",
        "if (event.data instanceof ArrayBuffer) structuredClone(event.data, { transfer: [event.data] })",
    );
    ws.as_raw().add_event_listener_with_callback("message", &transfer).unwrap();
    deliver(&ws, &"before".into());
    deliver(&ws, &bytes(&[1, 2, 3]));
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("before"));
    assert!(ws.recv().await.unwrap().unwrap_err().is_unreadable());
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_buffer_of_another_frame_is_bytes() {
    // Workers have no frames.
    if js_sys::Reflect::get(&js_sys::global(), &"document".into()).unwrap().is_undefined() {
        return;
    }
    let buffer = js_sys::Function::new_no_args(
        "const frame = document.body.appendChild(document.createElement('iframe'));
         return new frame.contentWindow.Uint8Array([7, 8]).buffer;",
    );
    let mut ws = socket();
    deliver(&ws, &buffer.call0(&JsValue::NULL).unwrap());
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from(vec![7, 8]));
}

#[wasm_bindgen_test]
async fn a_view_is_not_taken_for_a_buffer() {
    let mut ws = socket();
    deliver(&ws, &js_sys::Float64Array::new_with_length(2).into());
    assert!(ws.recv().await.unwrap().unwrap_err().is_unreadable());
}

#[wasm_bindgen_test]
async fn what_only_looks_like_a_buffer_throws_nowhere() {
    let uncaught = Uncaught::watch();
    for (odd, is_error) in [
        ("{ byteLength: 5 }", true),
        ("{ byteLength: 5, length: 1n }", true),
        ("{ byteLength: 5, get length() { throw 'on purpose' } }", true),
        ("Object.create(ArrayBuffer.prototype, { length: { value: 1n } })", true),
        ("Object.create(ArrayBuffer.prototype)", false),
        ("(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()", true),
    ] {
        let odd = js_sys::Function::new_no_args(&format!("return ({odd});")).call0(&JsValue::NULL).unwrap();
        let mut ws = socket();
        deliver(&ws, &odd);
        assert_eq!(ws.recv().await.unwrap().is_err(), is_error);
        let mut ws = socket();
        deliver(&ws, &odd);
        assert_eq!(ws.recv_raw().await.unwrap().is_err(), is_error);
    }
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_reader_that_has_gone_holds_no_waker() {
    let (sender, mut receiver) = socket().split();
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut Box::pin(receiver.recv()), &waker).is_pending());
    drop(waker);
    assert_eq!(std::sync::Arc::strong_count(&bell), 2);
    drop(receiver);
    assert_eq!(std::sync::Arc::strong_count(&bell), 1);
    drop(sender);
}

#[wasm_bindgen_test]
async fn too_much_waiting_closes_and_yields_what_fitted_then_one_error_then_the_end() {
    let mut ws = WebSocket::builder(NOBODY).recv_limit(10, TOO_MUCH).open().unwrap();
    deliver(&ws, &"€€".into());
    deliver(&ws, &bytes(&[1, 2, 3, 4]));
    assert_eq!(ws.state(), ReadyState::Connecting, "ten bytes fit");
    deliver(&ws, &"5".into());
    assert_eq!(ws.state(), ReadyState::Closing);
    deliver(&ws, &"".into());
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("€€"));
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from(vec![1, 2, 3, 4]));
    let error = ws.recv().await.unwrap().unwrap_err();
    assert!(error.is_overflow() && error.to_string().contains("10 bytes"), "{error}");
    assert!(within(2_000, "the end", ws.recv()).await.is_none());
    let closed = ws.closed().await;
    assert_eq!((closed.requested(), closed.code()), (Some(&TOO_MUCH), CloseCode::ABNORMAL));
}

#[wasm_bindgen_test]
async fn messages_that_are_taken_make_room() {
    let mut ws = WebSocket::builder(NOBODY).recv_limit(4, TOO_MUCH).open().unwrap();
    for _ in 0..100 {
        deliver(&ws, &"four".into());
        assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("four"));
    }
    assert_eq!(ws.state(), ReadyState::Connecting);
}

#[wasm_bindgen_test]
async fn a_reader_is_woken_once_for_a_run_of_messages() {
    let mut ws = socket();
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut Box::pin(ws.recv()), &waker).is_pending());
    for _ in 0..10 {
        deliver(&ws, &"x".into());
    }
    assert_eq!(bell.rung(), 1);
}

#[wasm_bindgen_test]
async fn a_recv_that_is_dropped_loses_no_message() {
    let mut ws = socket();
    let (_, waker) = Bell::new();
    let mut recv = Box::pin(ws.recv());
    assert!(poll_once(&mut recv, &waker).is_pending());
    drop(recv);
    deliver(&ws, &"kept".into());
    drop(ws.recv());
    assert_eq!(ws.recv().await.unwrap().unwrap(), Message::from("kept"));
}

#[wasm_bindgen_test]
async fn a_reader_that_has_gone_keeps_nothing_waiting() {
    let uncaught = Uncaught::watch();
    let ws = WebSocket::builder(NOBODY).recv_limit(10, TOO_MUCH).open().unwrap();
    let raw = ws.as_raw().clone();
    let (sender, receiver) = ws.split();
    drop(receiver);
    for _ in 0..10 {
        let init = web_sys::MessageEventInit::new();
        init.set_data(&"0123456789".into());
        raw.dispatch_event(&web_sys::MessageEvent::new_with_event_init_dict("message", &init).unwrap()).unwrap();
    }
    assert_eq!(sender.state(), ReadyState::Connecting, "what is not kept cannot overflow");
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_text_of_any_length_in_any_script_arrives_whole() {
    let mut ws = socket();
    let lone = 0xD83D_u16;
    let pieces: [&[u16]; 7] = [
        &[0x61],           // a
        &[0],              // NUL
        &[0xE9],           // é
        &[0x20AC],         // €
        &[0xFEFF],         // a byte order mark
        &[0xD83D, 0xDE00], // 😀
        &[lone],
    ];
    for units in [0_usize, 1, 255, 256, 383, 384, 385, 1_000, 4_096] {
        for piece in pieces {
            // The odd one first, in the middle, last, and everywhere.
            for place in [0, units / 2, units.saturating_sub(piece.len())] {
                let mut text = vec![0x62; units];
                text.splice(place..(place + piece.len()).min(units), piece.iter().copied());
                check(&mut ws, &text).await;
            }
            check(&mut ws, &piece.iter().copied().cycle().take(units).collect::<Vec<_>>()).await;
        }
    }

    async fn check(ws: &mut WebSocket, text: &[u16]) {
        deliver(ws, &js_sys::JsString::from_char_code(text).into());
        let expected = String::from_utf16_lossy(text);
        assert!(ws.recv().await.unwrap().unwrap() == Message::Text(expected), "{text:x?}");
    }
}
