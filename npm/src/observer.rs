//! The end of a socket that somebody else owns.

use crate::{MISSED, OBSERVED, info};
use js_sys::Function;
use onclose::{CloseCode, CloseEvent, CloseEventFuture};
use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Has a function called once, with how a socket ended; freed earlier, it leaves the socket and calls nobody.
#[wasm_bindgen]
pub struct Watch {
    slot: Rc<RefCell<Slot>>,
}

#[derive(Default)]
struct Slot {
    future: Option<CloseEventFuture>,
    waker: Option<Waker>,
}

#[wasm_bindgen]
impl Watch {
    /// Listens from now on, whatever state the socket is in.
    #[wasm_bindgen(constructor)]
    pub fn new(socket: &web_sys::WebSocket, callback: Function) -> Self {
        let future = Some(onclose::closed(socket));
        let slot = Rc::new(RefCell::new(Slot { future, waker: None }));
        let task = Rc::clone(&slot);
        wasm_bindgen_futures::spawn_local(async move {
            let end = poll_fn(|cx| poll(&task, cx)).await;
            if let Some((event, cause)) = end {
                // It only queues the user's function, so nothing is thrown here.
                let _called = callback.call1(&JsValue::UNDEFINED, &info(&event, cause));
            }
        });
        Self { slot }
    }
}

/// `None` if nobody wants to know any more.
fn poll(slot: &RefCell<Slot>, cx: &mut Context<'_>) -> Poll<Option<(CloseEvent, &'static str)>> {
    let Some(mut future) = slot.borrow_mut().future.take() else { return Poll::Ready(None) };
    match Pin::new(&mut future).poll(cx) {
        Poll::Ready(Ok(event)) => Poll::Ready(Some((event, OBSERVED))),
        // What the crate says of an event that it has not seen.
        Poll::Ready(Err(_)) => Poll::Ready(Some((CloseEvent::new(CloseCode::ABNORMAL, "", false), MISSED))),
        Poll::Pending => {
            let mut slot = slot.borrow_mut();
            slot.future = Some(future);
            let old = slot.waker.replace(cx.waker().clone());
            drop(slot);
            drop(old);
            Poll::Pending
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let (future, waker) = {
            let mut slot = self.slot.borrow_mut();
            (slot.future.take(), slot.waker.take())
        };
        // Removes the listeners.
        drop(future);
        // So that its task ends.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}
