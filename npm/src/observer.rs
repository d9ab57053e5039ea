//! Observing the close of an existing socket.

use crate::event_parts;
use js_sys::Function;
use onclose::CloseEventFuture;
use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Calls a function once, when a socket has closed. `free` unsubscribes.
#[wasm_bindgen]
pub struct CloseObserver {
    slot: Rc<RefCell<Slot>>,
}

#[derive(Default)]
struct Slot {
    future: Option<CloseEventFuture>,
    waker: Option<Waker>,
}

#[wasm_bindgen]
impl CloseObserver {
    /// Listens from now on, in whatever state the socket is.
    ///
    /// The callback gets the parts of the event, or undefined if the socket is closed and its event was missed.
    #[wasm_bindgen(constructor)]
    pub fn new(socket: &web_sys::WebSocket, callback: Function) -> Self {
        let future = Some(onclose::closed(socket));
        let slot = Rc::new(RefCell::new(Slot { future, waker: None }));
        let task = Rc::clone(&slot);
        wasm_bindgen_futures::spawn_local(async move {
            if let Some(parts) = poll_fn(|cx| poll(&task, cx)).await {
                // The callback of `closed.js` only queues the user's function, so it does not throw.
                let _undefined = callback.call1(&JsValue::UNDEFINED, &parts);
            }
        });
        Self { slot }
    }
}

/// Returns `None` once the observer is dropped.
fn poll(slot: &RefCell<Slot>, cx: &mut Context<'_>) -> Poll<Option<JsValue>> {
    // The future is out of the slot while it is polled: a monkey-patched method that it calls can free the observer.
    let Some(mut future) = slot.borrow_mut().future.take() else { return Poll::Ready(None) };
    match Pin::new(&mut future).poll(cx) {
        Poll::Ready(event) => Poll::Ready(Some(event.map_or(JsValue::UNDEFINED, |event| event_parts(&event).into()))),
        Poll::Pending => {
            let waker = cx.waker().clone();
            let mut slot = slot.borrow_mut();
            slot.future = Some(future);
            let old = slot.waker.replace(waker);
            drop(slot);
            drop(old);
            Poll::Pending
        }
    }
}

impl Drop for CloseObserver {
    fn drop(&mut self) {
        let (future, waker) = {
            let mut slot = self.slot.borrow_mut();
            (slot.future.take(), slot.waker.take())
        };
        // Dropping the future removes its listeners.
        drop(future);
        // The task has to be polled once more to complete and free its closure.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl fmt::Debug for CloseObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CloseObserver")
    }
}
