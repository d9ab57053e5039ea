//! Close codes and frames.

use onclose::{CloseCode, CloseFrame};
use wasm_bindgen::prelude::wasm_bindgen;

/// What the code means, in a sentence.
#[wasm_bindgen]
pub fn describe(code: u16) -> String {
    CloseCode::new(code).description().to_owned()
}

/// Whether a script may close with it.
#[wasm_bindgen(js_name = isSendable)]
pub fn is_sendable(code: u16) -> bool {
    CloseCode::new(code).is_sendable()
}

/// The rule that a code or its reason breaks, if one does.
#[wasm_bindgen(js_name = frameFault)]
pub fn frame_fault(code: u16, reason: &str) -> Option<String> {
    CloseFrame::new(code, reason.to_owned()).err().map(|error| error.to_string())
}
