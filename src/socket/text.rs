//! Text from JavaScript's strings.

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsString, bytes: &mut [u8]) -> Encoded;

    /// Whatever a message may be.
    type Data;
    #[wasm_bindgen(method, getter, catch)]
    fn length(this: &Data) -> Result<Option<u32>, JsValue>;

    type Encoded;
    /// In UTF-16 units.
    #[wasm_bindgen(method, getter)]
    fn read(this: &Encoded) -> u32;
    /// In bytes.
    #[wasm_bindgen(method, getter)]
    fn written(this: &Encoded) -> u32;
}

thread_local! {
    static ENCODER: TextEncoder = TextEncoder::new();
}

/// From this many UTF-16 units on the encoder is quicker than wasm-bindgen's loop over characters: by measuring, 250 in
/// Chromium and 500 in Firefox.
const LONG: u32 = 384;

/// The text, if the value is a string; lone surrogates become U+FFFD.
pub(super) fn read(value: &JsValue) -> Option<String> {
    // An encoder writes into no memory that is shared.
    if cfg!(target_feature = "atomics") {
        return value.as_string();
    }
    // Every string has a length, and hardly anything else that a message is. Most messages are short, and for them
    // whether it is a string is told by reading it.
    let units = value.unchecked_ref::<Data>().length().ok().flatten()?;
    if units < LONG {
        return value.as_string();
    }
    let string = value.dyn_ref::<JsString>()?;
    let bytes = ENCODER.with(|encoder| encode(encoder, string, units));
    // What an encoder writes is UTF-8.
    String::from_utf8(bytes).ok().or_else(|| value.as_string())
}

/// Copies the text to the start of these bytes and returns how many it has; if they are too few, how many it needs.
pub(super) fn copy(string: &JsString, bytes: &mut [u8]) -> Result<usize, usize> {
    let units = string.length();
    if !cfg!(target_feature = "atomics") {
        let encoded = ENCODER.with(|encoder| encoder.encode_into(string, bytes));
        if encoded.read() == units {
            return Ok(encoded.written() as usize);
        }
    }
    let text = read(string).unwrap_or_default();
    let to = bytes.get_mut(..text.len()).ok_or(text.len())?;
    to.copy_from_slice(text.as_bytes());
    Ok(text.len())
}

/// Most texts are ASCII, one byte a unit; for others there is a second call with all the room that may be needed.
fn encode(encoder: &TextEncoder, string: &JsString, units: u32) -> Vec<u8> {
    let mut bytes = vec![0; units as usize];
    let first = encoder.encode_into(string, &mut bytes);
    let (read, mut written) = (first.read(), first.written() as usize);
    if read < units {
        // A unit takes three bytes at most: four are two units.
        bytes.resize(written + (units - read) as usize * 3, 0);
        written += encoder.encode_into(&string.slice(read, units), &mut bytes[written..]).written() as usize;
        bytes.truncate(written);
        bytes.shrink_to_fit();
    }
    bytes
}
