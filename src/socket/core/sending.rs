//! How a message is sent: state, order, capacity, the browser's `send`, and waiting for the buffer to drain.

use super::Core;
use super::machine::SendState;
use super::send_buffer::PollCause;
use super::waiters::{Interest, WaiterKey};
use crate::socket::close_info::ReadyState;
use crate::socket::error::{SendError, SendErrorKind};
use crate::socket::message::Message;
use crate::socket::message::raw_message::RawMessage;
use ::core::cell::Cell;
use ::core::task::{Context, Poll};
use std::rc::Rc;
use wasm_bindgen::JsValue;

impl Core {
    /// Sends a message if the connection is open, the buffer has capacity, and no task waits that began earlier.
    pub(crate) fn try_send<T: Sendable + ?Sized>(
        self: &Rc<Self>,
        message: &T,
        key: &WaiterKey,
    ) -> Result<(), SendErrorKind> {
        match self.send_state() {
            SendState::Open if !self.waiters.is_first_to_send(key) => {
                // Polls pass over a task that was woken and is not polled, and none is scheduled for that task.
                self.schedule_poll(true);
                Err(SendErrorKind::Full)
            }
            SendState::Open if !self.has_capacity() => Err(SendErrorKind::Full),
            state => self.send_in(state, message),
        }
    }

    /// Sends a message if the connection is open, whatever the buffer holds.
    pub(crate) fn send_over_mark<T: Sendable + ?Sized>(self: &Rc<Self>, message: &T) -> Result<(), SendErrorKind> {
        let sent = self.send_in(self.send_state(), message);
        self.schedule_send_buffer_poll();
        sent
    }

    fn send_in<T: Sendable + ?Sized>(self: &Rc<Self>, state: SendState, message: &T) -> Result<(), SendErrorKind> {
        match state {
            SendState::Closed => Err(SendErrorKind::Closed),
            SendState::Connecting => Err(SendErrorKind::Connecting),
            SendState::Open => {
                let bytes = message.send_on(&self.raw).map_err(|thrown| SendErrorKind::Thrown(thrown.into()))?;
                self.machine().send_buffer.record_sent(bytes);
                Ok(())
            }
        }
    }

    /// Returns the machine's state, unless the raw socket has left OPEN already: a browser silently discards what is sent
    /// once the peer has started to close.
    fn send_state(self: &Rc<Self>) -> SendState {
        let state = self.machine().send_state();
        if state != SendState::Open {
            return state;
        }
        match self.ready_state() {
            ReadyState::Open => SendState::Open,
            ready => {
                let effects = self.machine().ready_state_observed(ready);
                self.apply(effects);
                SendState::Closed
            }
        }
    }

    /// Returns `true` if less than the mark is buffered. Reads `bufferedAmount` only if the account does not show it.
    fn has_capacity(&self) -> bool {
        if self.machine().send_buffer.has_capacity() {
            return true;
        }
        let amount = self.raw_buffered_amount();
        let mut machine = self.machine();
        machine.send_buffer.observe(amount);
        machine.send_buffer.has_capacity()
    }

    /// Returns how many bytes are buffered, as far as is known.
    pub(crate) fn buffered_amount(&self) -> u64 {
        let amount = self.raw_buffered_amount();
        let mut machine = self.machine();
        machine.send_buffer.observe(amount);
        machine.send_buffer.buffered()
    }

    pub(crate) fn send_error(&self, kind: SendErrorKind, message: Option<Message>) -> SendError {
        SendError::new(kind, message, self.close_info())
    }

    /// Sends a message, or registers the task to be woken when it may be sent.
    pub(crate) fn poll_send<T: Sendable>(
        self: &Rc<Self>,
        message: &T,
        key: &WaiterKey,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendErrorKind>> {
        self.poll_until(Interest::WRITABLE, key, cx, || match self.try_send(message, key) {
            Err(SendErrorKind::Connecting | SendErrorKind::Full) => Poll::Pending,
            done => Poll::Ready(done),
        })
    }

    /// Waits until a message may be sent. Closed counts as ready too: sending returns the message in its error then.
    /// Returns the place that the task had.
    pub(crate) fn poll_writable(self: &Rc<Self>, key: &WaiterKey, cx: &Context<'_>) -> Poll<u64> {
        self.poll_until(Interest::WRITABLE, key, cx, || match self.send_state() {
            SendState::Open if !(self.waiters.is_first_to_send(key) && self.has_capacity()) => Poll::Pending,
            SendState::Connecting => Poll::Pending,
            SendState::Open | SendState::Closed => Poll::Ready(key.ticket()),
        })
    }

    /// Waits until a message may be sent, and stores the place that the task had.
    pub(crate) fn poll_ready(
        self: &Rc<Self>,
        key: &WaiterKey,
        turn: &Cell<u64>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError>> {
        self.poll_writable(key, cx).map(|ticket| match self.send_state() {
            SendState::Closed => Err(self.send_error(SendErrorKind::Closed, None)),
            SendState::Open | SendState::Connecting => {
                turn.set(ticket);
                Ok(())
            }
        })
    }

    /// Waits until the buffer has capacity, or the connection closes.
    pub(crate) fn poll_capacity(self: &Rc<Self>, key: &WaiterKey, cx: &Context<'_>) -> Poll<()> {
        // With this interest it has no place among the tasks that wait to send, so it holds up none of them.
        self.poll_until(Interest::SEND, key, cx, || match self.send_state() {
            SendState::Open if !self.has_capacity() => Poll::Pending,
            _ => Poll::Ready(()),
        })
    }

    /// Waits until the first `target` bytes have left the buffer.
    pub(crate) fn poll_flushed(
        self: &Rc<Self>,
        target: u64,
        key: &WaiterKey,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError>> {
        self.poll_until(Interest::FLUSHED, key, cx, || self.flushed(target))
    }

    fn flushed(&self, target: u64) -> Poll<Result<(), SendError>> {
        self.buffered_amount();
        if self.machine().send_buffer.has_left(target) {
            return Poll::Ready(Ok(()));
        }
        match self.close_info() {
            // Our Close frame is sent after all messages, and a clean close means that it was.
            Some(info) if info.was_clean() => Poll::Ready(Ok(())),
            None if !self.is_detached() => Poll::Pending,
            _ => Poll::Ready(Err(self.send_error(SendErrorKind::Closed, None))),
        }
    }

    /// Returns whether everything that was sent has left the buffer, or may have been lost.
    pub(crate) fn all_flushed(&self) -> Result<(), SendError> {
        let target = self.machine().send_buffer.sent();
        match self.flushed(target) {
            Poll::Ready(flushed) => flushed,
            Poll::Pending => Err(self.send_error(SendErrorKind::Closed, None)),
        }
    }

    fn poll_until<T>(
        self: &Rc<Self>,
        interest: Interest,
        key: &WaiterKey,
        cx: &Context<'_>,
        ready: impl FnOnce() -> Poll<T>,
    ) -> Poll<T> {
        // Registered first: cloning the waker can run user code that makes it ready.
        self.waiters.register(key, interest, cx.waker());
        let answer = ready();
        if answer.is_ready() {
            self.waiters.deregister(key);
            // The next one's turn has come.
            self.waiters.wake_next_to_send();
        }
        // After a send as well, but not before: as long as it is registered, the task counts as one that waits.
        self.schedule_send_buffer_poll();
        answer
    }

    fn raw_buffered_amount(&self) -> u64 {
        super::raw_buffered_amount(&self.raw)
    }

    /// Handles that the browser has called: tasks that wait to send may continue.
    pub(super) fn poll_send_buffer(self: &Rc<Self>, cause: PollCause) {
        let is_awaited = self.waiters.has_waiters(Interest::WRITABLE);
        let (amount, ready) = (self.raw_buffered_amount(), self.ready_state());
        let effects = self.machine().send_buffer_polled(amount, ready, is_awaited, cause);
        self.apply(effects);
        self.schedule_send_buffer_poll();
    }

    /// Polls the buffer by a timer as long as bytes are in it, and often if a task waits for it.
    pub(crate) fn schedule_send_buffer_poll(self: &Rc<Self>) {
        let is_awaited = self.waiters.has_waiters(Interest::SEND);
        self.source.set_eager(|| is_awaited || self.machine().is_finishing());
        self.schedule_poll(is_awaited);
    }

    fn schedule_poll(self: &Rc<Self>, is_awaited: bool) {
        let after_ms = self.machine().schedule_send_buffer_poll(is_awaited);
        if let Some(after_ms) = after_ms {
            self.send_buffer_timer.start(after_ms, self, |core, _| {
                core.send_buffer_timer.stop();
                core.poll_send_buffer(PollCause::Timer);
            });
        }
    }
}

/// What can be sent.
pub(crate) trait Sendable {
    /// Sends it, and returns how many bytes that adds to `bufferedAmount`.
    fn send_on(&self, raw: &web_sys::WebSocket) -> Result<usize, JsValue>;
}

impl Sendable for Message {
    fn send_on(&self, raw: &web_sys::WebSocket) -> Result<usize, JsValue> {
        match self {
            Message::Text(text) => text.as_str().send_on(raw),
            Message::Binary(bytes) => bytes.as_slice().send_on(raw),
        }
    }
}

impl Sendable for str {
    fn send_on(&self, raw: &web_sys::WebSocket) -> Result<usize, JsValue> {
        raw.send_with_str(self).map(|()| self.len())
    }
}

impl Sendable for [u8] {
    fn send_on(&self, raw: &web_sys::WebSocket) -> Result<usize, JsValue> {
        // Browsers refuse a view of shared memory, so a copy is sent.
        let sent = match cfg!(target_feature = "atomics") {
            true => raw.send_with_js_u8_array(&js_sys::Uint8Array::from(self)),
            false => raw.send_with_u8_array(self),
        };
        sent.map(|()| self.len())
    }
}

impl Sendable for RawMessage {
    fn send_on(&self, raw: &web_sys::WebSocket) -> Result<usize, JsValue> {
        // How many bytes of UTF-8 a JavaScript string has, only the browser knows.
        let before = super::raw_buffered_amount(raw);
        super::raw_send(raw, self.as_ref())?;
        Ok(super::raw_buffered_amount(raw).saturating_sub(before) as usize)
    }
}
