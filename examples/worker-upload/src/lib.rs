//! Uploads a file from a dedicated worker. In a hidden page browsers throttle timers to one a second and less, but not in
//! its workers, so an upload continues at full speed.

use js_sys::Function;
use onclose::{CloseFrame, WebSocket};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// Small enough that other messages could be sent in between.
const PART: u64 = 64 << 10;

/// Uploads a file, and returns how the connection closed; calls `progress` with the number of bytes that left the browser.
#[wasm_bindgen]
pub async fn upload(url: String, file: web_sys::Blob, progress: Function) -> Result<String, JsError> {
    let socket = WebSocket::connect(&url).await?;
    let size = file.size() as u64;
    let mut sent = 0;
    while sent < size {
        let end = (sent + PART).min(size);
        let part = file.slice_with_f64_and_f64(sent as f64, end as f64);
        let part = part.map_err(|_| JsError::new("The file could not be read."))?;
        // Waits while more than the high-water mark is in the browser's buffer, so the memory in use stays small.
        if socket.send_raw(part).await.is_err() {
            // Returns how the connection closed; closes it if `send` threw, because then it is still open.
            return Ok(socket.close(CloseFrame::NORMAL).await.to_string());
        }
        sent = end;
        report(&progress, sent - socket.buffered_amount().min(sent));
    }
    // Waits as long as the server takes to read; `close` alone would wait for no longer than its timeout.
    if socket.flush().await.is_ok() {
        report(&progress, sent);
    }
    // If the server has closed, this returns how.
    Ok(socket.close(CloseFrame::NORMAL).await.to_string())
}

fn report(progress: &Function, bytes: u64) {
    let _ = progress.call1(&JsValue::NULL, &(bytes as f64).into());
}
