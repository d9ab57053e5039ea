//! How a message, an error or the end is taken from a socket.

#[cfg(feature = "js-queue")]
use super::js_queue::Queue;
use super::recv_queue::Taken;
use super::{Core, Reader};
use crate::socket::message::payload::Payload;
use crate::socket::{Message, RawMessage, RecvError};
use ::core::task::{Context, Poll};
use std::rc::Rc;
#[cfg(feature = "js-queue")]
use wasm_bindgen::JsValue;

/// What a received message can be taken as.
pub(crate) trait Received: Sized {
    /// `None` if it is nothing that can be read.
    fn of(payload: Payload) -> Option<Self>;

    /// The next one of this queue; as it is if it is still to be read.
    #[cfg(feature = "js-queue")]
    fn queued(queue: &Queue) -> Option<Result<Self, JsValue>>;
}

impl Received for Message {
    fn of(payload: Payload) -> Option<Self> {
        payload.read()
    }

    #[cfg(feature = "js-queue")]
    fn queued(queue: &Queue) -> Option<Result<Self, JsValue>> {
        queue.read()
    }
}

impl Received for RawMessage {
    fn of(payload: Payload) -> Option<Self> {
        payload.raw()
    }

    #[cfg(feature = "js-queue")]
    fn queued(queue: &Queue) -> Option<Result<Self, JsValue>> {
        queue.take().map(Err)
    }
}

impl Core {
    /// The next message, error or end; who asked is woken when there may be one.
    pub(crate) fn poll_take<T: Received>(self: &Rc<Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T, RecvError>>> {
        let taken = self.take();
        if taken.is_ready() {
            return taken;
        }
        self.reader.set(Reader::Task(cx.waker().clone()));
        // Again, as a waker is the caller's code and may have brought something about.
        self.take()
    }

    /// The next message, error or end, if there is one now.
    pub(crate) fn take<T: Received>(self: &Rc<Self>) -> Poll<Option<Result<T, RecvError>>> {
        #[cfg(feature = "js-queue")]
        if let Some(queued) = self.queue.get().and_then(T::queued) {
            return Poll::Ready(Some(queued.or_else(|data| self.read(Payload::Js(data)))));
        }
        let taken = self.machine().take();
        Poll::Ready(match taken {
            Taken::Message(payload) => Some(self.read(payload)),
            Taken::Fault(fault) => Some(Err(RecvError::from(fault))),
            Taken::Lost => self.closed().map(|closed| Err(RecvError::lost(closed))),
            Taken::End => None,
            Taken::Wait => return Poll::Pending,
        })
    }

    fn read<T: Received>(self: &Rc<Self>, payload: Payload) -> Result<T, RecvError> {
        T::of(payload).ok_or_else(|| {
            let ready = self.ready_state();
            let effects = self.machine().unreadable(ready);
            self.apply(effects);
            RecvError::unreadable()
        })
    }

    /// What was received before stays, unless nobody is told of it any more.
    #[cfg(feature = "js-queue")]
    pub(super) fn stop_queue(&self, hears_no_more: bool) {
        let keeps = self.machine().inbox.keeps();
        if let Some(queue) = self.queue.get() {
            if hears_no_more || !keeps {
                queue.stop();
            }
            if !keeps {
                queue.clear();
            }
        }
    }
}
