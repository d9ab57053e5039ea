//! Text from JavaScript's strings.

use super::encoder;
use crate::js::exception::or_undefined;
use ::core::cell::Cell;
use ::core::ops::Range;
use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    type Anomaly;
    #[wasm_bindgen(js_name = Error)]
    fn anomaly() -> Anomaly;
    /// Where it was made; only WebKit tells by this name.
    #[wasm_bindgen(method, getter, catch)]
    fn line(this: &Anomaly) -> Result<Option<JsValue>, JsValue>;
}

thread_local! {
    /// Whether the encoder is quicker than the loop in this engine, once it has been asked.
    static QUICK: Cell<Option<bool>> = const { Cell::new(None) };
}

/// How many UTF-16 units a text has that the encoder is to copy. For shorter ones the loop is quicker; longer ones would
/// cost wasm memory, which never shrinks again, three times their length.
pub(crate) const LONG: Range<u32> = 300..1 << 20;

/// The text, if the value is a string; lone surrogates become U+FFFD.
///
/// wasm-bindgen copies a string by a loop over its characters, up to the first one that is not ASCII. The browser's
/// encoder takes a quarter of that for long texts; but in WebKit, twice as long.
pub(super) fn read(value: &JsValue) -> Option<String> {
    if !SHARED && is_quick() {
        if !value.is_string() {
            return None;
        }
        let string = value.unchecked_ref::<JsString>();
        let units = string.length();
        if LONG.contains(&units) {
            return Some(encoder::encode(string, units));
        }
    }
    value.as_string()
}

/// The encoder writes into no memory that is shared.
const SHARED: bool = cfg!(target_feature = "atomics");

fn is_quick() -> bool {
    QUICK.with(|known| {
        let quick = known.get().unwrap_or_else(|| or_undefined(anomaly().line()).is_undefined());
        known.set(Some(quick));
        quick
    })
}

/// Copies the text to the start of these bytes and returns how many it has; if they are too few, how many it needs.
pub(super) fn copy(string: &JsString, bytes: &mut [u8]) -> Result<usize, usize> {
    let units = string.length();
    if !SHARED {
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
