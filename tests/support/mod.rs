//! Helpers of the browser tests: sockets that never open, waiting, wakers, and what the page or worker reports.

// Each test binary uses some of them.
#![allow(dead_code, unreachable_pub)]

mod javascript;
#[cfg(target_feature = "atomics")]
mod threads;
mod time;
mod wakers;

pub use javascript::*;
#[cfg(target_feature = "atomics")]
pub use threads::*;
pub use time::*;
pub use wakers::*;

use web_sys::WebSocket as Raw;

/// A port at which no server listens: the connection is refused. It is below the range from which Linux takes the ports of
/// clients and of servers that bind port 0.
pub const UNREACHABLE_URL: &str = "ws://127.0.0.1:29981/";

/// Like [`UNREACHABLE_URL`], on a host that no other test uses: Firefox delays connections to a host after failed ones, and
/// makes them one at a time.
pub fn unreachable_url(host: u8) -> String {
    format!("ws://127.0.0.{host}:29981/")
}

/// A port that every browser refuses to connect to. Some fire `error` and `close`, some only `error`.
pub fn blocked_port_url(host: u8) -> String {
    format!("ws://127.0.0.{host}:9/")
}

/// Creates a socket that is connecting and never opens.
///
/// Its own events come at any later turn of the event loop, so until the first `await` that waits, only what the test does
/// happens. A test that needs a close, whatever its cause, calls [`abort`]: Chromium makes a page wait up to five seconds
/// for a connection once many have failed.
pub fn connecting_socket() -> Raw {
    Raw::new(UNREACHABLE_URL).expect("a valid URL")
}

/// Closes a connecting socket as another script would: the browser fires `error` and `close` soon.
pub fn abort(socket: &Raw) {
    socket.close().expect("no arguments");
}

/// Creates a connecting socket of which listeners that are added later get no `error` and no `close` from the browser, as
/// if the network never answered.
pub fn stalled_socket() -> Raw {
    let socket = connecting_socket();
    run_script(
        "for (const event of ['error', 'close'])
             socket.addEventListener(event, event => event.isTrusted && event.stopImmediatePropagation());",
        &socket,
    );
    socket
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

pub fn engine() -> Engine {
    let agent = get(&global("navigator"), "userAgent").as_string().unwrap();
    match () {
        () if agent.contains("Firefox/") => Engine::Firefox,
        () if agent.contains("Chrome/") => Engine::Chromium,
        () => Engine::WebKit,
    }
}

/// Returns the size of wasm memory.
pub fn wasm_memory_bytes() -> f64 {
    get(&get(&wasm_bindgen::memory(), "buffer"), "byteLength").as_f64().expect("a number")
}

/// Returns how many JavaScript values Rust holds: sockets, listeners, timers, queued messages.
pub fn live_js_values() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}
