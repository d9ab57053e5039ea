//! What `static/raw/teardown.js` counts, and what the peer saw.

use js_sys::Promise;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::WebSocket;

#[wasm_bindgen]
extern "C" {
    /// Returns the events that have listeners on this socket.
    #[wasm_bindgen(js_namespace = traces)]
    pub(super) fn listeners(socket: &WebSocket) -> String;
    /// Returns the pending timers, each by the beginning of its callback.
    #[wasm_bindgen(js_namespace = traces)]
    pub(super) fn timers() -> String;
    /// Returns the uncaught errors since the last call.
    #[wasm_bindgen(js_namespace = traces)]
    pub(super) fn uncaught() -> String;
    #[wasm_bindgen(js_namespace = traces, js_name = pause)]
    fn pause_promise(millis: u32) -> Promise;
    #[wasm_bindgen(js_namespace = traces, js_name = ask)]
    fn ask_promise(url: &str) -> Promise;
    /// Creates an iframe, and a socket in it.
    #[wasm_bindgen(js_namespace = traces, catch)]
    pub(super) fn framed(url: &str) -> Result<WebSocket, JsValue>;
    /// Removes that iframe.
    #[wasm_bindgen(js_namespace = traces)]
    pub(super) fn unframe();
}

pub(super) async fn pause(millis: u32) {
    // It is never rejected.
    let _ = JsFuture::from(pause_promise(millis)).await;
}

/// Returns what the peer answers to a plain request.
pub(super) async fn ask(url: &str) -> Result<Value, String> {
    let answer =
        JsFuture::from(ask_promise(url)).await.map_err(|error| format!("{url} was not answered: {error:?}"))?;
    let text = answer.as_string().unwrap_or_default();
    serde_json::from_str(&text).map_err(|_| format!("{url} was answered with {text}"))
}

/// Waits until a condition holds; returns `false` if it does not within this time.
pub(super) async fn until(millis: u32, mut holds: impl FnMut() -> bool) -> bool {
    let begun = js_sys::Date::now();
    while !holds() {
        if js_sys::Date::now() - begun > f64::from(millis) {
            return false;
        }
        pause(1).await;
    }
    true
}
