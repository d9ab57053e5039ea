//! The queue of received messages in JavaScript (feature `js-queue`).

use crate::js::listener::JsClosure;
use crate::socket::Message;
use crate::socket::message::text::ENCODE_INTO_LEN;
use ::core::cell::Cell;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/js/queue.js")]
extern "C" {
    #[wasm_bindgen(js_name = Queue)]
    type JsQueue;
    #[wasm_bindgen(constructor, js_class = "Queue")]
    fn new(socket: &web_sys::WebSocket, wake: &JsValue, short: u32) -> JsQueue;
    #[wasm_bindgen(method)]
    fn stop(this: &JsQueue);
    #[wasm_bindgen(method)]
    fn clear(this: &JsQueue);
    #[wasm_bindgen(method)]
    fn kind(this: &JsQueue) -> u32;
    #[wasm_bindgen(method)]
    fn text(this: &JsQueue) -> Option<String>;
    #[wasm_bindgen(method)]
    fn bytes(this: &JsQueue) -> Option<Vec<u8>>;
    #[wasm_bindgen(method)]
    fn take(this: &JsQueue) -> JsValue;
    #[wasm_bindgen(method, setter)]
    fn set_eager(this: &JsQueue, eager: bool);
}

/// Listens for `message` in JavaScript, and calls into wasm only for the first message of a batch.
pub(crate) struct Queue {
    js: JsQueue,
    /// Nothing is queued, and the next message wakes the reader.
    is_empty: Cell<bool>,
    /// The last message was binary, so the next one probably is, too.
    last_was_binary: Cell<bool>,
    /// `None` once stopped.
    on_first_message: Cell<Option<JsClosure>>,
}

impl Queue {
    pub(super) fn listen(socket: &web_sys::WebSocket, on_first_message: impl FnOnce() -> JsClosure) -> Option<Self> {
        let on_first_message = on_first_message();
        let js = JsQueue::new(socket, on_first_message.as_ref(), ENCODE_INTO_LEN.start);
        Some(Self {
            js,
            // Not known to be empty: a monkey-patched `addEventListener` can deliver messages synchronously.
            is_empty: Cell::new(false),
            last_was_binary: Cell::new(false),
            on_first_message: Cell::new(Some(on_first_message)),
        })
    }

    /// Stops listening if the listener was dropped or messages are no longer accepted, and clears the queue if the
    /// latter.
    pub(super) fn stop(&self, listener_dropped: bool, is_accepting: bool) {
        if listener_dropped || !is_accepting {
            if let Some(_freed_after_stop) = self.on_first_message.take() {
                self.js.stop();
            }
        }
        if !is_accepting {
            self.js.clear();
            self.is_empty.set(true);
        }
    }

    /// Calls into wasm for every message, not only for the first one of a batch.
    pub(super) fn set_eager(&self, eager: bool) {
        self.js.set_eager(eager);
    }

    pub(super) fn mark_filled(&self) {
        self.is_empty.set(false);
    }

    /// Takes the next message as a JavaScript value.
    pub(crate) fn pop(&self) -> Option<JsValue> {
        self.kind().map(|_| self.js.take())
    }

    /// Takes the next message; `Err` if it takes more than one call to convert.
    pub(crate) fn pop_message(&self) -> Option<Result<Message, JsValue>> {
        if self.is_empty.get() {
            return None;
        }
        // The kind of the last message is tried first: on most connections all messages are of one kind.
        let same_kind = if self.last_was_binary.get() { self.bytes() } else { self.text() };
        same_kind.map(Ok).or_else(|| {
            let message = match self.kind()? {
                1 => self.text(),
                2 => self.bytes(),
                _ => None,
            };
            Some(message.ok_or_else(|| self.js.take()))
        })
    }

    /// Returns what the next message is, if there is one.
    fn kind(&self) -> Option<u32> {
        if self.is_empty.get() {
            return None;
        }
        let kind = self.js.kind();
        self.is_empty.set(kind == 0);
        (kind != 0).then_some(kind)
    }

    fn text(&self) -> Option<Message> {
        self.last_was_binary.set(false);
        self.js.text().map(Message::Text)
    }

    fn bytes(&self) -> Option<Message> {
        self.last_was_binary.set(true);
        self.js.bytes().map(Message::Binary)
    }
}
