//! Many connections, and many messages: what they do to memory, and how fast they go.

use onclose::{CloseFrame, WebSocket};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// Messages that are on their way at once.
const WINDOW: u32 = 64;
const MESSAGE: &str = "sixty-four bytes, as long as many messages of real programs are.";

/// What a run tells while it goes on, and whether it is to go on.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) cancelled: Rc<Cell<bool>>,
    pub(crate) done: Rc<dyn Fn(u32)>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done,
    Cancelled(u32),
    Failed(u32, String),
}

/// Opens and closes one connection after the other.
pub(crate) async fn cycles(url: &str, count: u32, watch: &Watch) -> Outcome {
    for n in 0..count {
        if watch.cancelled.get() {
            return Outcome::Cancelled(n);
        }
        let ws = match WebSocket::connect(url).await {
            Ok(ws) => ws,
            Err(error) => return Outcome::Failed(n, error.to_string()),
        };
        let closed = ws.close(CloseFrame::NORMAL).await;
        if !closed.was_clean() {
            return Outcome::Failed(n, closed.to_string());
        }
        (watch.done)(n + 1);
    }
    Outcome::Done
}

/// Sends messages and takes back their echoes, a window of them at a time.
pub(crate) async fn echo(url: &str, count: u32, watch: &Watch) -> Outcome {
    let mut ws = match WebSocket::connect(url).await {
        Ok(ws) => ws,
        Err(error) => return Outcome::Failed(0, error.to_string()),
    };
    let mut n = 0;
    while n < count {
        if watch.cancelled.get() {
            return Outcome::Cancelled(n);
        }
        let window = WINDOW.min(count - n);
        for _ in 0..window {
            if let Err(error) = ws.send(MESSAGE).await {
                return Outcome::Failed(n, error.to_string());
            }
        }
        for _ in 0..window {
            match ws.recv().await {
                Some(Ok(message)) if message.as_text() == Some(MESSAGE) => n += 1,
                Some(Err(error)) => return Outcome::Failed(n, error.to_string()),
                Some(Ok(_)) | None => return Outcome::Failed(n, ws.closed().await.to_string()),
            }
        }
        (watch.done)(n);
    }
    ws.close(CloseFrame::NORMAL).await;
    Outcome::Done
}

/// Bytes of this module's memory.
pub(crate) fn memory() -> u32 {
    let memory: Result<js_sys::WebAssembly::Memory, JsValue> = wasm_bindgen::memory().dyn_into();
    let buffer = memory.ok().and_then(|memory| memory.buffer().dyn_into::<js_sys::ArrayBuffer>().ok());
    buffer.map_or(0, |buffer| buffer.byte_length())
}
