//! The load runs: many connections, and many messages.

use onclose::{CloseFrame, WebSocket};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// How many messages are sent before their echoes are awaited.
const WINDOW: u32 = 64;
const MESSAGE: &str = "sixty-four bytes, as long as many messages of real programs are.";

/// How a run reports its progress, and how it is cancelled.
#[derive(Clone)]
pub(crate) struct Progress {
    pub(crate) cancelled: Rc<Cell<bool>>,
    /// Called with the number of finished connections or messages.
    pub(crate) on_progress: Rc<dyn Fn(u32)>,
}

/// The result of a run; the numbers are those of the finished connections or messages.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done,
    Cancelled(u32),
    Failed(u32, String),
}

/// Opens and closes connections, one after the other.
pub(crate) async fn cycles(url: &str, count: u32, progress: &Progress) -> Outcome {
    for n in 0..count {
        if progress.cancelled.get() {
            return Outcome::Cancelled(n);
        }
        let ws = match WebSocket::connect(url).await {
            Ok(ws) => ws,
            Err(error) => return Outcome::Failed(n, error.to_string()),
        };
        let info = ws.close(CloseFrame::NORMAL).await;
        if !info.was_clean() {
            return Outcome::Failed(n, info.to_string());
        }
        (progress.on_progress)(n + 1);
    }
    Outcome::Done
}

/// Sends messages and receives their echoes, one window at a time.
pub(crate) async fn echo(url: &str, count: u32, progress: &Progress) -> Outcome {
    let mut ws = match WebSocket::connect(url).await {
        Ok(ws) => ws,
        Err(error) => return Outcome::Failed(0, error.to_string()),
    };
    let mut n = 0;
    while n < count {
        if progress.cancelled.get() {
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
        (progress.on_progress)(n);
    }
    ws.close(CloseFrame::NORMAL).await;
    Outcome::Done
}

/// Returns the size of this module's memory, in bytes.
pub(crate) fn memory() -> u32 {
    let memory: Result<js_sys::WebAssembly::Memory, JsValue> = wasm_bindgen::memory().dyn_into();
    let buffer = memory.ok().and_then(|memory| memory.buffer().dyn_into::<js_sys::ArrayBuffer>().ok());
    buffer.map_or(0, |buffer| buffer.byte_length())
}
