//! Wasm memory shared with other threads: browsers neither send views of it nor decode text from it.

use crate::server::at;
use crate::support::*;
use onclose::{CloseCode, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use wasm_bindgen::{JsCast, JsValue};

/// Below and above each size at which another way of copying may be chosen.
const SIZES: [usize; 7] = [0, 1, 7, 64, 4_096, 70_000, 1 << 20];

fn assert_shared() {
    let buffer = get(&wasm_bindgen::memory(), "buffer");
    assert!(buffer.is_instance_of::<js_sys::SharedArrayBuffer>(), "memory is not shared, so this would test nothing");
    assert_eq!(global("crossOriginIsolated"), JsValue::TRUE);
}

#[peer_test]
async fn binary_messages_are_copied_out_of_and_into_shared_memory() {
    assert_shared();
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    for size in SIZES {
        let bytes: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
        ws.send(bytes.clone()).await.unwrap();
        assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap(), Message::Binary(bytes), "{size} bytes");
    }
    assert_eq!(within("the close", ws.close(CloseFrame::NORMAL)).await.code(), CloseCode::NORMAL);
}

#[peer_test]
async fn text_messages_are_copied_out_of_and_into_shared_memory() {
    assert_shared();
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    for size in SIZES {
        // With characters of every length in UTF-8.
        let text: String = "aé€😀\0".chars().cycle().take(size).collect();
        ws.send(text.as_str()).await.unwrap();
        assert_eq!(within("the echo", ws.recv()).await.unwrap().unwrap(), Message::Text(text), "{size} characters");
    }
    assert_eq!(within("the close", ws.close(CloseFrame::NORMAL)).await.code(), CloseCode::NORMAL);
}

#[peer_test]
async fn codes_and_reasons_are_copied_out_of_and_into_shared_memory() {
    assert_shared();
    let reason = "é".repeat(61);
    let ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let info = within("the close", ws.close(CloseFrame::new(4001, reason.clone()).unwrap())).await;
    assert_eq!((info.code(), info.reason()), (CloseCode::new(4001), reason.as_str()));
}
