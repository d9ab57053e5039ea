//! Observes the close of a socket that the page's JavaScript created and uses: by a callback, and by a future.

use js_sys::Function;
use onclose::CloseListener;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

/// The callback is called until this is freed, with `free()` or by the garbage collector.
#[wasm_bindgen]
pub struct Observer(#[allow(dead_code)] CloseListener);

/// Calls `callback` when the socket closes.
#[wasm_bindgen]
pub fn on_close(socket: &web_sys::WebSocket, callback: Function) -> Observer {
    Observer(onclose::on_close(socket, move |event| {
        let _ = callback.call1(&JsValue::NULL, &event.to_string().into());
    }))
}

/// Waits for the close and returns its code and reason; throws if the close event has already fired.
#[wasm_bindgen]
pub async fn closed(socket: web_sys::WebSocket) -> Result<String, JsError> {
    Ok(onclose::closed(&socket).await?.to_string())
}
