//! The WebAssembly module of the npm package `onclose`: the crate, in the shapes that the package's JavaScript needs.
//!
//! Only that JavaScript (`npm/package`) calls this module. It validates the arguments and creates the errors that users
//! catch, so a failure here is only a text.

pub mod codes;
pub mod connection;
pub mod observer;

use js_sys::Array;
use onclose::CloseEvent;
use wasm_bindgen::JsValue;

/// Returns the code, its IANA name, the reason, and whether the close was clean. `close-info.js` makes an object of them.
fn event_parts(event: &CloseEvent) -> Array {
    let name = event.code().name().map_or(JsValue::UNDEFINED, JsValue::from_str);
    let code = event.code().as_u16().into();
    Array::of4(&code, &name, &event.reason().into(), &event.was_clean().into())
}
