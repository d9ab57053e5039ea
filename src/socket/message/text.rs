//! Text out of JavaScript strings.

use super::encoder;
use crate::js::exception::or_undefined;
use ::core::cell::Cell;
use ::core::ops::Range;
use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    type ErrorProbe;
    #[wasm_bindgen(js_name = Error)]
    fn error_probe() -> ErrorProbe;
    /// Where the error was created. WebKit is the only engine whose errors have this property.
    #[wasm_bindgen(method, getter, catch)]
    fn line(this: &ErrorProbe) -> Result<Option<JsValue>, JsValue>;
}

thread_local! {
    /// Whether `TextEncoder.encodeInto` is faster than wasm-bindgen's loop in this engine, once it was determined.
    static ENCODE_INTO_IS_FAST: Cell<Option<bool>> = const { Cell::new(None) };
}

/// The lengths, in UTF-16 code units, of the texts that `encodeInto` copies. For shorter ones the loop is faster; for
/// longer ones the temporary buffer of three times the length would grow wasm memory, which never shrinks.
pub(crate) const ENCODE_INTO_LEN: Range<u32> = 300..1 << 20;

/// Returns the text if the value is a string. Lone surrogates become U+FFFD.
///
/// wasm-bindgen copies a string by a loop over its code units, up to the first one that is not ASCII. `encodeInto` takes a
/// quarter of that time for long texts, but twice the time in WebKit.
pub(super) fn read(value: &JsValue) -> Option<String> {
    if !SHARED_MEMORY && encode_into_is_fast() {
        if !value.is_string() {
            return None;
        }
        let string = value.unchecked_ref::<JsString>();
        let units = string.length();
        if ENCODE_INTO_LEN.contains(&units) {
            return Some(encoder::encode(string, units));
        }
    }
    value.as_string()
}

/// `encodeInto` does not write into shared memory.
const SHARED_MEMORY: bool = cfg!(target_feature = "atomics");

fn encode_into_is_fast() -> bool {
    ENCODE_INTO_IS_FAST.with(|known| {
        let is_fast = known.get().unwrap_or_else(|| or_undefined(error_probe().line()).is_undefined());
        known.set(Some(is_fast));
        is_fast
    })
}

/// Copies the text to the start of these bytes and returns its length in UTF-8.
///
/// # Errors
///
/// The length it needs, if there are too few bytes.
pub(super) fn copy(string: &JsString, bytes: &mut [u8]) -> Result<usize, usize> {
    let units = string.length();
    if !SHARED_MEMORY {
        let encoded = encoder::encode_into(string, bytes);
        if encoded.read() == units {
            return Ok(encoded.written() as usize);
        }
    }
    let text = read(string).unwrap_or_default();
    let to = bytes.get_mut(..text.len()).ok_or(text.len())?;
    to.copy_from_slice(text.as_bytes());
    Ok(text.len())
}
