//! Close codes and frames.

use onclose::{CloseCode, CloseFrame};
use wasm_bindgen::prelude::wasm_bindgen;

/// Returns what the code means, in a sentence.
#[wasm_bindgen(js_name = describeCloseCode)]
pub fn describe_close_code(code: u16) -> String {
    CloseCode::new(code).description().to_owned()
}

/// Returns whether a browser lets scripts close with the code.
#[wasm_bindgen(js_name = isSendableCloseCode)]
pub fn is_sendable_close_code(code: u16) -> bool {
    CloseCode::new(code).is_sendable()
}

/// Returns the text of the error if the code or the reason is not allowed in a Close frame.
#[wasm_bindgen(js_name = closeFrameError)]
pub fn close_frame_error(code: u16, reason: &str) -> Option<String> {
    CloseFrame::new(code, reason.to_owned()).err().map(|error| error.to_string())
}
