//! Where messages come from: a listener for `message`, or a queue in JavaScript (feature `js-queue`).

#[cfg(feature = "js-queue")]
#[path = "js_queue.rs"]
mod queue;
#[cfg(not(feature = "js-queue"))]
#[path = "no_queue.rs"]
mod queue;

pub(crate) use queue::Queue;

use super::Core;
use super::effects::Effects;
use super::receiving::FromPayload;
use crate::js::listener::{EventHandler, Listener, weak_js_closure};
use ::core::cell::{Cell, OnceCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;

#[derive(Default)]
pub(super) struct Source {
    listener: Cell<Option<Listener>>,
    queue: OnceCell<Queue>,
}

impl Source {
    /// Starts to listen for `message`. Messages that count against a receive limit need the handler for each event, so
    /// they never go through the queue.
    pub(super) fn listen(&self, core: &Rc<Core>, handler: EventHandler<Core>, is_limited: bool) {
        let queue = if is_limited { None } else { Queue::listen(&core.raw, || weak_js_closure(core, first_queued)) };
        match queue {
            Some(queue) => {
                let _first = self.queue.set(queue);
            }
            None => self.listener.set(Some(Listener::new(&core.raw, "message", weak_js_closure(core, handler)))),
        }
    }

    /// Takes the next message from the queue in JavaScript, if there is such a queue and a message in it.
    pub(super) fn pop<T: FromPayload>(&self) -> Option<Result<T, JsValue>> {
        self.queue.get().and_then(T::from_queue)
    }

    /// Says whether each message matters at once: a task waits to send, or a timeout starts anew with each message.
    pub(super) fn set_eager(&self, eager: impl FnOnce() -> bool) {
        if let Some(queue) = self.queue.get() {
            queue.set_eager(eager());
        }
    }

    /// Stops listening if the machine said so or accepts no more messages. What is queued stays for the reader, unless it
    /// accepts no more.
    pub(super) fn stop(&self, effects: Effects, is_accepting: impl FnOnce() -> bool) {
        if effects.any(Effects::DROP_MESSAGE) {
            self.listener.take();
        }
        if let Some(queue) = self.queue.get() {
            // The machine discards what a script dispatches after the close, but does not see what the queue takes.
            queue.stop(effects.any(Effects::DROP_MESSAGE.and(Effects::WAKE_CLOSED)), is_accepting());
        }
    }
}

/// Handles the first message that arrives in an empty queue, and every message if each matters.
fn first_queued(core: &Rc<Core>, _: &JsValue) {
    if let Some(queue) = core.source.queue.get() {
        queue.mark_filled();
    }
    // The reader is woken first: reading `bufferedAmount` can run a page's getter that throws.
    core.wake_reader();
    core.poll_awaited_send_buffer();
    let effects = core.machine().received();
    core.apply(effects.without(Effects::WAKE_RECV));
}
