//! How a message is sent: state, capacity, the browser's `send`, and waiting for the buffer to drain.

use super::Core;
use super::machine::SendState;
use super::waiters::{Interest, WaiterKey};
use crate::js::exception::JsException;
use crate::socket::close_info::ReadyState;
use crate::socket::error::{SendError, SendErrorKind};
use crate::socket::message::Message;
use ::core::task::{Context, Poll};
use std::rc::Rc;

impl Core {
    /// Sends a message if the connection is open and the buffer has capacity.
    pub(crate) fn try_send(&self, message: &Message) -> Result<(), SendErrorKind> {
        match self.send_state() {
            SendState::Open if !self.has_capacity() => Err(SendErrorKind::Full),
            state => self.send_in(state, message),
        }
    }

    /// Sends a message if the connection is open, whatever the buffer holds.
    pub(crate) fn send_over_mark(&self, message: &Message) -> Result<(), SendErrorKind> {
        self.send_in(self.send_state(), message)
    }

    fn send_in(&self, state: SendState, message: &Message) -> Result<(), SendErrorKind> {
        match state {
            SendState::Closed => Err(SendErrorKind::Closed),
            SendState::Connecting => Err(SendErrorKind::Connecting),
            SendState::Open => self.raw_send(message),
        }
    }

    /// Returns the machine's state, unless the raw socket has left OPEN already: a browser silently discards what is sent
    /// once the peer has started to close.
    fn send_state(&self) -> SendState {
        let state = self.machine().send_state();
        match state {
            SendState::Open if self.ready_state() != ReadyState::Open => SendState::Closed,
            state => state,
        }
    }

    fn has_capacity(&self) -> bool {
        self.send_buffer.has_capacity(&self.raw)
    }

    fn raw_send(&self, message: &Message) -> Result<(), SendErrorKind> {
        let sent = match message {
            Message::Text(text) => self.raw.send_with_str(text),
            // Browsers refuse a view of shared memory, so a copy is sent.
            Message::Binary(bytes) if cfg!(target_feature = "atomics") => {
                self.raw.send_with_js_u8_array(&js_sys::Uint8Array::from(bytes.as_slice()))
            }
            Message::Binary(bytes) => self.raw.send_with_u8_array(bytes),
        };
        sent.map_err(|exception| SendErrorKind::Thrown(JsException::from(exception)))?;
        self.send_buffer.record_sent(message.len());
        Ok(())
    }

    pub(crate) fn send_error(&self, kind: SendErrorKind, message: Option<Message>) -> SendError {
        SendError::new(kind, message, self.close_info())
    }

    /// Waits until a message may be sent. Closed counts as ready too: `start_send` returns the message in its error, while
    /// an error of `poll_ready` would leave the caller with it.
    pub(crate) fn poll_writable(self: &Rc<Self>, key: &WaiterKey, cx: &Context<'_>) -> Poll<()> {
        self.waiters.register(key, Interest::WRITABLE, cx.waker());
        match self.send_state() {
            SendState::Connecting => return Poll::Pending,
            SendState::Open if !self.has_capacity() => self.poll_send_buffer_later(),
            SendState::Open | SendState::Closed => {
                self.waiters.deregister(key);
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }

    /// Sends a message, or registers the task to be woken when it may be sent.
    pub(crate) fn poll_send(
        self: &Rc<Self>,
        message: &Message,
        key: &WaiterKey,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendErrorKind>> {
        // Tried again once registered, because cloning the waker can run user code that makes it possible.
        for is_registered in [false, true] {
            match self.try_send(message) {
                Err(SendErrorKind::Connecting | SendErrorKind::Full) => {}
                done => {
                    self.waiters.deregister(key);
                    return Poll::Ready(done);
                }
            }
            if !is_registered {
                self.waiters.register(key, Interest::WRITABLE, cx.waker());
            }
        }
        self.poll_send_buffer_later();
        Poll::Pending
    }

    /// Waits until the first `target` bytes have left the buffer.
    pub(crate) fn poll_flushed(
        self: &Rc<Self>,
        target: u64,
        key: &WaiterKey,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError>> {
        // Checked again once registered, because cloning the waker can run user code that makes it true.
        for is_registered in [false, true] {
            let flushed = match self.close_info() {
                _ if self.send_buffer.has_flushed(target, &self.raw) => Ok(()),
                // Our Close frame is sent after all messages, and a clean close means that it was.
                Some(info) if info.was_clean() => Ok(()),
                Some(_) => Err(self.send_error(SendErrorKind::Closed, None)),
                None if self.is_detached() => Err(self.send_error(SendErrorKind::Closed, None)),
                None if is_registered => break,
                None => {
                    self.waiters.register(key, Interest::FLUSHED, cx.waker());
                    // Added after registering, because the waker's code may have all flushes woken and forgotten.
                    self.send_buffer.add_flush_target(target);
                    continue;
                }
            };
            self.waiters.deregister(key);
            return Poll::Ready(flushed);
        }
        self.poll_send_buffer_later();
        Poll::Pending
    }

    /// Stops sending, and closes when the buffer has drained.
    pub(crate) fn drain(self: &Rc<Self>) {
        let (buffered, ready) = (self.send_buffer.buffered(&self.raw), self.ready_state());
        let effects = self.machine().drain(buffered, ready);
        self.apply(effects);
        if !self.machine().is_draining() || self.ready_state() != ReadyState::Open {
            return self.poll_send_buffer_later();
        }
        // Replaces a poll timer that may already be running for other waiters; this callback serves them too.
        self.set_timer(&self.send_buffer_timer, Some(self.send_buffer.poll_interval_ms()), |core, _| {
            core.poll_send_buffer();
            if core.machine().is_draining() { core.drain() } else { core.poll_send_buffer_later() }
        });
    }

    /// Polls the buffer by a timer, as long as a task waits for it to drain.
    fn poll_send_buffer_later(self: &Rc<Self>) {
        // `bufferedAmount` is only meaningful while open; on close all waiters are woken.
        if self.ready_state() != ReadyState::Open {
            return;
        }
        if !self.waiters.has_waiters(Interest::SEND) {
            return self.send_buffer.reset_poll_interval();
        }
        let running = self.send_buffer_timer.take();
        if running.is_some() {
            return self.send_buffer_timer.set(running);
        }
        self.set_timer(&self.send_buffer_timer, Some(self.send_buffer.poll_interval_ms()), |core, _| {
            core.poll_send_buffer();
            core.poll_send_buffer_later();
        });
    }

    /// Polls the buffer, and wakes the tasks that can continue.
    fn poll_send_buffer(&self) {
        self.send_buffer_timer.take();
        self.waiters.wake(self.send_buffer.poll(&self.raw));
    }
}
