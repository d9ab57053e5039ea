//! The module inside the npm package `onclose`: the crate, in the few shapes that its JavaScript wants.
//!
//! Nobody else calls this. Arguments were checked in `package/api.js`, which also makes the errors that users catch;
//! here a failure is only told.

pub mod codes;
pub mod connection;
pub mod observer;

use js_sys::Array;
use onclose::{CloseCause, CloseEvent};
use wasm_bindgen::JsValue;

/// The cause of an end that somebody else's socket came to: who began is not known.
const OBSERVED: &str = "observed";
/// The event of somebody else's socket had gone before we were asked.
const MISSED: &str = "missed";

/// As the package's types list them.
fn cause(cause: CloseCause) -> &'static str {
    match cause {
        CloseCause::Local => "local",
        CloseCause::Remote => "remote",
        CloseCause::Timeout => "deadline",
        CloseCause::Blocked => "blocked",
        // `Lost`, and what the crate may add: it is told only by what it is not.
        _ => "lost",
    }
}

/// How a connection ended: code, IANA name, reason, clean or not, cause. `api.js` gives them their keys.
fn info(event: &CloseEvent, cause: &str) -> Array {
    let name = event.code().name().map_or(JsValue::UNDEFINED, JsValue::from_str);
    let code = event.code().as_u16().into();
    Array::of5(&code, &name, &event.reason().into(), &event.was_clean().into(), &cause.into())
}
