//! How the reader takes a message, an error or the end of the stream from a connection.

use super::recv_queue::Popped;
use super::source::Queue;
use super::{Core, Reader};
use crate::socket::message::payload;
use crate::socket::{Message, RawMessage, RecvError};
use ::core::task::{Context, Poll};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// What a received message can be taken as.
pub(crate) trait FromPayload: Sized {
    /// Converts a message; `None` if it is neither text nor an `ArrayBuffer`.
    fn from_payload(data: JsValue) -> Option<Self>;

    /// Takes the next message from the queue in JavaScript; `Err` has a message that must be converted by
    /// [`from_payload`](Self::from_payload).
    fn from_queue(queue: &Queue) -> Option<Result<Self, JsValue>>;
}

impl FromPayload for Message {
    fn from_payload(data: JsValue) -> Option<Self> {
        payload::to_message(&data)
    }

    fn from_queue(queue: &Queue) -> Option<Result<Self, JsValue>> {
        queue.pop_message()
    }
}

impl FromPayload for RawMessage {
    fn from_payload(data: JsValue) -> Option<Self> {
        payload::into_raw_message(data)
    }

    fn from_queue(queue: &Queue) -> Option<Result<Self, JsValue>> {
        queue.pop().map(Err)
    }
}

impl Core {
    /// Takes the next message, error or end of the stream, or registers the task to be woken when there may be one.
    pub(crate) fn poll_recv<T: FromPayload>(
        self: &Rc<Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<T, RecvError>>> {
        let received = self.try_recv();
        if received.is_ready() {
            return received;
        }
        self.reader.set(Reader::Task(cx.waker().clone()));
        // Checked again, because cloning or dropping a waker can run user code that causes a message or the close.
        self.try_recv()
    }

    /// Takes the next message, error or end of the stream, if there is one now.
    pub(crate) fn try_recv<T: FromPayload>(self: &Rc<Self>) -> Poll<Option<Result<T, RecvError>>> {
        if let Some(queued) = self.source.pop() {
            return Poll::Ready(Some(queued.or_else(|data| self.convert(data))));
        }
        let popped = self.machine().pop();
        Poll::Ready(match popped {
            Popped::Message(data) => Some(self.convert(data)),
            Popped::Error(kind) => Some(Err(RecvError::from(kind))),
            Popped::Lost => self.close_info().map(|info| Err(RecvError::lost(info))),
            Popped::End => None,
            Popped::Pending => return Poll::Pending,
        })
    }

    fn convert<T: FromPayload>(self: &Rc<Self>, data: JsValue) -> Result<T, RecvError> {
        T::from_payload(data).ok_or_else(|| {
            let ready = self.ready_state();
            let effects = self.machine().unreadable_message(ready);
            self.apply(effects);
            RecvError::unreadable()
        })
    }

    /// Wakes the reader: a task registers again each time, a callback stays.
    pub(super) fn wake_reader(self: &Rc<Self>) {
        match self.reader.take() {
            Reader::None => {}
            Reader::Task(waker) => waker.wake(),
            Reader::Callback(callback) => {
                self.reader.set(Reader::Callback(Rc::clone(&callback)));
                callback(self);
            }
        }
    }

    /// Has this callback called now, and whenever there may be something to take.
    pub(crate) fn set_reader(self: &Rc<Self>, callback: impl Fn(&Rc<Core>) + 'static) {
        self.reader.set(Reader::Callback(Rc::new(callback)));
        self.wake_reader();
    }

    pub(crate) fn clear_reader(&self) {
        self.reader.take();
    }

    /// Handles the drop of the reader.
    pub(crate) fn reader_dropped(self: &Rc<Self>) {
        self.clear_reader();
        let effects = self.machine().reader_dropped();
        self.apply(effects);
    }

    /// Returns `true` once the end of the stream has been taken.
    pub(crate) fn is_stream_terminated(&self) -> bool {
        self.machine().recv_queue.is_terminated()
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.machine().recv_queue.is_abandoned()
    }
}
