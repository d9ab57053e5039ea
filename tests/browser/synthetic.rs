//! Messages that are dispatched on a socket, not received.

use crate::support::*;
use onclose::{CloseFrame, WebSocket};
use wasm_bindgen::JsValue;

/// What a socket of these tests closes with.
pub(crate) const ODD: CloseFrame = CloseFrame::from_static(4003, "odd");

pub(crate) fn socket() -> WebSocket {
    WebSocket::builder(NOBODY).default_close_frame(ODD).open().unwrap()
}

pub(crate) fn deliver(ws: &WebSocket, data: &JsValue) {
    deliver_to(ws.as_raw(), data);
}

pub(crate) fn deliver_to(raw: &web_sys::WebSocket, data: &JsValue) {
    let init = web_sys::MessageEventInit::new();
    init.set_data(data);
    let event = web_sys::MessageEvent::new_with_event_init_dict("message", &init).unwrap();
    raw.dispatch_event(&event).unwrap();
}

pub(crate) fn bytes(bytes: &[u8]) -> JsValue {
    js_sys::Uint8Array::from(bytes).buffer().into()
}
