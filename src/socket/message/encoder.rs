//! The browser's own encoder of text: the one module with `unsafe`.

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsString, bytes: &mut [u8]) -> Encoded;

    pub(super) type Encoded;
    /// In UTF-16 units.
    #[wasm_bindgen(method, getter)]
    pub(super) fn read(this: &Encoded) -> u32;
    /// In bytes.
    #[wasm_bindgen(method, getter)]
    pub(super) fn written(this: &Encoded) -> u32;
}

thread_local! {
    static ENCODER: TextEncoder = TextEncoder::new();
}

/// As much of the text as these bytes have room for; browsers refuse it where memory is shared.
pub(super) fn encode_into(string: &JsString, bytes: &mut [u8]) -> Encoded {
    ENCODER.with(|encoder| encoder.encode_into(string, bytes))
}

/// A text of so many UTF-16 units.
pub(super) fn encode(string: &JsString, units: u32) -> String {
    // A unit takes three bytes at most: four are two units.
    let mut bytes = vec![0; units as usize * 3];
    let written = encode_into(string, &mut bytes).written();
    bytes.truncate(written as usize);
    bytes.shrink_to_fit();
    // SAFETY: what `encodeInto` writes is UTF-8, and it writes no part of a character. A page that puts something else in
    // its place breaks that promise, as it can for `JsValue::as_string`, which takes the same method's word for it (of an
    // encoder made as the module loads; this one is made when it is first needed). To look at every byte again would
    // double the time, unless the text is ASCII.
    #[allow(unsafe_code)]
    unsafe {
        String::from_utf8_unchecked(bytes)
    }
}
