//! What JavaScript threw, kept as text so that errors stay plain Rust values.

use core::fmt;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Whatever was thrown: it may have neither, or throw again. `Option`, as a value that is none when a getter throws
    /// would stay in the table of values.
    type Anything;
    #[wasm_bindgen(method, getter, catch)]
    fn name(this: &Anything) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn message(this: &Anything) -> Result<Option<JsValue>, JsValue>;
}

/// What a getter or function gave; `undefined` if it threw.
pub(crate) fn or_undefined(got: Result<Option<JsValue>, JsValue>) -> JsValue {
    got.ok().flatten().unwrap_or(JsValue::UNDEFINED)
}

/// The name and message of a thrown value, such as a `DOMException`'s.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Thrown {
    pub(crate) name: String,
    pub(crate) message: String,
}

impl Thrown {
    /// An error of our own, in the same form.
    pub(crate) fn new(name: &str, message: &str) -> Self {
        Self { name: name.to_owned(), message: message.to_owned() }
    }
}

/// Whether there is a JavaScript host to call. Elsewhere (servers, SSR, host tests) every binding would panic.
pub(crate) const HAS_HOST: bool = cfg!(all(target_family = "wasm", target_os = "unknown"));

impl From<JsValue> for Thrown {
    /// Reads by property instead of by class: an exception may come from another frame, or be no `DOMException` at
    /// all, and anything can be thrown.
    fn from(value: JsValue) -> Self {
        let text = |got| or_undefined(got).as_string().unwrap_or_default();
        let thrown = value.unchecked_ref::<Anything>();
        match value.as_string() {
            Some(message) => Self { name: String::new(), message },
            None => Self { name: text(thrown.name()), message: text(thrown.message()) },
        }
    }
}

impl fmt::Debug for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.is_empty(), self.message.is_empty()) {
            (false, false) => write!(f, "{}: {}", self.name, self.message),
            (true, true) => f.write_str("an unnamed exception"),
            _ => write!(f, "{}{}", self.name, self.message),
        }
    }
}
