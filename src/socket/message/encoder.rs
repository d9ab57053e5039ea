//! The browser's `TextEncoder`: the only module with `unsafe`.

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsString, bytes: &mut [u8]) -> EncodeIntoResult;

    pub(super) type EncodeIntoResult;
    /// The number of UTF-16 code units that were converted.
    #[wasm_bindgen(method, getter)]
    pub(super) fn read(this: &EncodeIntoResult) -> u32;
    /// The number of bytes that were written.
    #[wasm_bindgen(method, getter)]
    pub(super) fn written(this: &EncodeIntoResult) -> u32;
}

thread_local! {
    static ENCODER: TextEncoder = TextEncoder::new();
}

/// Writes as much of the text as fits. Browsers throw if the memory is shared.
pub(super) fn encode_into(string: &JsString, bytes: &mut [u8]) -> EncodeIntoResult {
    ENCODER.with(|encoder| encoder.encode_into(string, bytes))
}

/// Converts a text of this many UTF-16 code units.
pub(super) fn encode(string: &JsString, units: u32) -> String {
    // One code unit takes at most three bytes; the characters of four bytes are two units.
    let mut bytes = vec![0; units as usize * 3];
    let written = encode_into(string, &mut bytes).written();
    bytes.truncate(written as usize);
    bytes.shrink_to_fit();
    // SAFETY: `encodeInto` writes UTF-8 and no partial character. A page that replaces `TextEncoder.prototype.encodeInto`
    // can violate this, as it can for wasm-bindgen's own `JsValue::as_string`, which trusts the same method (of an encoder
    // created at load time; this one is created at first use). Validating every byte again would double the time for text
    // that is not ASCII.
    #[allow(unsafe_code)]
    unsafe {
        String::from_utf8_unchecked(bytes)
    }
}
