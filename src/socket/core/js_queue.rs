//! The queue of received messages in JavaScript: with the feature `js-queue`.

use super::Core;
use crate::js::listener::{Hook, hook_of};
use crate::socket::message::{Message, text};
use ::core::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/js/queue.js")]
extern "C" {
    #[wasm_bindgen(js_name = Queue)]
    type Js;
    #[wasm_bindgen(constructor, js_class = "Queue")]
    fn new(socket: &web_sys::WebSocket, wake: &JsValue, short: u32) -> Js;
    #[wasm_bindgen(method)]
    fn stop(this: &Js);
    #[wasm_bindgen(method)]
    fn clear(this: &Js);
    #[wasm_bindgen(method)]
    fn kind(this: &Js) -> u32;
    #[wasm_bindgen(method)]
    fn text(this: &Js) -> Option<String>;
    #[wasm_bindgen(method)]
    fn bytes(this: &Js) -> Option<Vec<u8>>;
    #[wasm_bindgen(method)]
    fn take(this: &Js) -> JsValue;
}

/// Listens for `message` itself: wasm hears of the first message of a run.
pub(crate) struct Queue {
    js: Js,
    /// Nothing waits, and whoever reads is woken by the next message.
    empty: Cell<bool>,
    /// The last message was binary, so the next may be, too.
    binary: Cell<bool>,
    /// Until it is stopped.
    wake: Cell<Option<Hook>>,
}

impl Queue {
    pub(super) fn new(core: &Rc<Core>) -> Self {
        let wake = hook_of(core, |core, _| filled(core));
        let js = Js::new(&core.raw, wake.as_ref(), text::LONG.start);
        // Not known to be empty: a page can have put something in the place of `addEventListener` that brings messages.
        Self { js, empty: Cell::new(false), binary: Cell::new(false), wake: Cell::new(Some(wake)) }
    }

    /// Hears no more; what waits can still be read.
    pub(super) fn stop(&self) {
        if let Some(_wake) = self.wake.take() {
            self.js.stop();
        }
    }

    /// Nobody reads what waits.
    pub(super) fn clear(&self) {
        self.js.clear();
        self.empty.set(true);
    }

    /// The next message, as it is.
    pub(super) fn take(&self) -> Option<JsValue> {
        self.kind().map(|_| self.js.take())
    }

    /// The next message; as it is if it takes more than one call to read it.
    pub(super) fn read(&self) -> Option<Result<Message, JsValue>> {
        if self.empty.get() {
            return None;
        }
        // As the last one was; most connections have messages of one kind.
        let quick = if self.binary.get() { self.bytes() } else { self.text() };
        quick.map(Ok).or_else(|| {
            let read = match self.kind()? {
                1 => self.text(),
                2 => self.bytes(),
                _ => None,
            };
            Some(read.ok_or_else(|| self.js.take()))
        })
    }

    /// What the next message is, if there is one.
    fn kind(&self) -> Option<u32> {
        if self.empty.get() {
            return None;
        }
        let kind = self.js.kind();
        self.empty.set(kind == 0);
        (kind != 0).then_some(kind)
    }

    fn text(&self) -> Option<Message> {
        self.binary.set(false);
        self.js.text().map(Message::Text)
    }

    fn bytes(&self) -> Option<Message> {
        self.binary.set(true);
        self.js.bytes().map(Message::Binary)
    }
}

/// A message has come to an empty queue.
fn filled(core: &Rc<Core>) {
    if let Some(queue) = core.queue.get() {
        queue.empty.set(false);
    }
    // Before a page's getter can throw, which would leave who reads asleep.
    core.wake_reader();
    // Once a run. A flush still asks the browser itself; only one that is asked for after the end may know less.
    core.outbox.refresh(&core.raw);
}
