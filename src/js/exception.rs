//! Exceptions that JavaScript throws, kept as text so that errors stay plain Rust values.

use core::fmt;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Any thrown value: either property may be missing, or its getter may throw again.
    ///
    /// The getters return `Option<JsValue>` because with `catch` a bare `JsValue` would leak an entry in wasm-bindgen's
    /// table of values when the getter throws.
    type ErrorLike;
    #[wasm_bindgen(method, getter, catch)]
    fn name(this: &ErrorLike) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn message(this: &ErrorLike) -> Result<Option<JsValue>, JsValue>;
}

/// Returns what a getter or function returned, or `undefined` if it threw.
pub(crate) fn or_undefined(result: Result<Option<JsValue>, JsValue>) -> JsValue {
    result.ok().flatten().unwrap_or(JsValue::UNDEFINED)
}

/// Whether there is a JavaScript host. Everywhere else (servers, SSR, host tests) every wasm-bindgen import panics.
pub(crate) const HAS_HOST: bool = cfg!(all(target_family = "wasm", target_os = "unknown"));

/// The name and message of a thrown value, such as a `DOMException`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct JsException {
    pub(crate) name: String,
    pub(crate) message: String,
}

impl JsException {
    /// Returns an error of this crate in the same form.
    pub(crate) fn new(name: &str, message: &str) -> Self {
        Self { name: name.to_owned(), message: message.to_owned() }
    }
}

impl From<JsValue> for JsException {
    /// Reads properties instead of checking the class: an exception may come from another realm (an iframe), and any
    /// value can be thrown.
    fn from(value: JsValue) -> Self {
        let text = |property| or_undefined(property).as_string().unwrap_or_default();
        let error = value.unchecked_ref::<ErrorLike>();
        match value.as_string() {
            Some(message) => Self { name: String::new(), message },
            None => Self { name: text(error.name()), message: text(error.message()) },
        }
    }
}

impl fmt::Debug for JsException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for JsException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.is_empty(), self.message.is_empty()) {
            (false, false) => write!(f, "{}: {}", self.name, self.message),
            (true, true) => f.write_str("unknown exception"),
            _ => write!(f, "{}{}", self.name, self.message),
        }
    }
}
