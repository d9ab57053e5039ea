//! The driver: carries out on the socket's thread what the handles ask for.

use super::channel::{Command, DriverEnd};
use super::closed::Waiters;
use crate::socket::{
    CloseInfo, ClosedFuture, Core, ReadyState, SendErrorKind, StateListener, WaiterKey, WebSocketReceiver,
    WebSocketSender,
};
use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::{FusedFuture, Stream};
use std::rc::Rc;

/// Carries out what the remote handles of a connection ask for; created by
/// [`WebSocket::into_remote`](crate::WebSocket::into_remote).
///
/// The app runs it on the socket's thread, with `wasm_bindgen_futures::spawn_local` for example. It resolves with how the
/// connection closed, once the connection is closed and the receiver has taken what was received before, or was dropped.
///
/// # Drop
///
/// Dropping it before it resolves closes the connection with the
/// [`default_close_frame`](crate::WebSocketBuilder::default_close_frame). Messages that the browser has not taken are
/// returned in the errors of their sends, the stream of messages ends with an error, and
/// [`closed`](crate::RemoteWebSocket::closed) resolves with how the connection closed.
#[must_use = "the remote handles do nothing unless the driver is polled"]
pub struct RemoteDriver {
    sender: WebSocketSender,
    /// `None` once the remote receiver is dropped.
    receiver: Option<WebSocketReceiver>,
    closed: ClosedFuture,
    end: DriverEnd,
    /// The driver's place among the tasks that wait to send.
    key: WaiterKey,
    _state: StateListener,
    done: bool,
}

impl RemoteDriver {
    pub(crate) fn new(sender: WebSocketSender, receiver: WebSocketReceiver, end: DriverEnd) -> Self {
        let closed = sender.closed();
        let shared = std::sync::Arc::clone(&end.shared);
        if sender.state() > ReadyState::Connecting {
            shared.set_protocol(sender.protocol());
        }
        let core = Rc::downgrade(sender.core());
        let state = sender.on_state_change(move |state| {
            if let (ReadyState::Open, Some(core)) = (state, core.upgrade()) {
                shared.set_protocol(core.raw.protocol());
            }
            shared.set_state(state);
        });
        Self { sender, receiver: Some(receiver), closed, end, key: WaiterKey::default(), _state: state, done: false }
    }

    fn core(&self) -> &Rc<Core> {
        self.sender.core()
    }

    /// Takes all commands, so that none waits behind a message that cannot be sent yet.
    fn poll_commands(&mut self, cx: &mut Context<'_>) {
        while let Some(commands) = &mut self.end.commands {
            match Pin::new(commands).poll_next(cx) {
                Poll::Ready(Some(command)) => self.carry_out(command),
                Poll::Ready(None) => {
                    self.end.commands = None;
                    self.send_accepted();
                    self.drop_receiver();
                    self.core().close_with_default();
                }
                Poll::Pending => return,
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Send(outgoing) => self.end.outbox.push(outgoing),
            Command::SendCancelled => self.end.outbox.record_cancelled(),
            Command::Close(frame) => {
                self.send_accepted();
                match frame {
                    Some(frame) => self.core().close(frame),
                    None => self.core().close_with_default(),
                }
            }
            Command::Finish(frame) => {
                self.send_accepted();
                self.core().finish(frame);
            }
            // The task was woken, which is all.
            Command::Receive => {}
            Command::ReceiverDropped => self.drop_receiver(),
        }
    }

    fn send_accepted(&mut self) {
        let core = Rc::clone(self.core());
        self.end.outbox.close(|message| core.send_over_mark(message).map_err(reason));
    }

    fn drop_receiver(&mut self) {
        self.end.end_stream();
        let receiver = self.receiver.take();
        drop(receiver);
    }

    fn poll_sending(&mut self, cx: &mut Context<'_>) {
        let core = Rc::clone(self.core());
        while self.end.outbox.has_next() {
            if core.poll_writable(&self.key, cx).is_pending() {
                return;
            }
            let Some(outgoing) = self.end.outbox.pop() else { break };
            let Some(message) = outgoing.message() else { continue };
            let sent = core.send_over_mark(message).map_err(reason);
            outgoing.complete(sent);
        }
        // All that waited may have been cancelled.
        core.waiters.deregister(&self.key);
    }

    fn poll_receiving(&mut self, cx: &mut Context<'_>) {
        while let Some(receiver) = &mut self.receiver {
            if !self.end.may_deliver() {
                return;
            }
            match Pin::new(receiver).poll_next(cx) {
                Poll::Ready(Some(received)) => {
                    if !self.end.deliver(received) {
                        self.drop_receiver();
                    }
                }
                Poll::Ready(None) => self.drop_receiver(),
                Poll::Pending => return,
            }
        }
    }
}

/// Returns why a message was not sent. `None` is that the connection is closed or closing: a message that an open connection
/// must wait for is sent only when it starts to close.
fn reason(kind: SendErrorKind) -> Option<SendErrorKind> {
    match kind {
        SendErrorKind::Thrown(_) => Some(kind),
        _ => None,
    }
}

impl Future for RemoteDriver {
    type Output = CloseInfo;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseInfo> {
        let this = &mut *self;
        this.poll_commands(cx);
        this.poll_sending(cx);
        this.poll_receiving(cx);
        if let Some(waiters) = &mut this.end.waiters {
            waiters.poll(cx);
        }
        let Poll::Ready(info) = Pin::new(&mut this.closed).poll(cx) else { return Poll::Pending };
        let all_flushed = this.core().all_flushed().is_ok();
        this.end.publish(&info, all_flushed);
        if this.receiver.is_some() {
            return Poll::Pending;
        }
        this.done = true;
        this.end.stop();
        Poll::Ready(info)
    }
}

impl FusedFuture for RemoteDriver {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for RemoteDriver {
    fn drop(&mut self) {
        self.core().waiters.deregister(&self.key);
        self.end.abandon();
        let Some(waiters) = self.end.waiters.take() else { return };
        self.core().close_with_default();
        publish_when_closed(self.core(), waiters);
    }
}

/// Publishes how the connection closes, without a task. The timeout of the close bounds how long that takes.
fn publish_when_closed(core: &Rc<Core>, waiters: Waiters) {
    if let Some(info) = core.close_info() {
        return waiters.publish(info, core.all_flushed().is_ok());
    }
    // The listener is owned by its own callback, until that has run.
    let owner = Rc::new(Cell::new(None));
    let mut waiters = Some(waiters);
    let listener = StateListener::new(core, {
        let (core, owner) = (Rc::clone(core), Rc::clone(&owner));
        move |_| {
            let Some(info) = core.close_info() else { return };
            if let Some(waiters) = waiters.take() {
                waiters.publish(info, core.all_flushed().is_ok());
            }
            let listener = owner.take();
            drop(listener);
        }
    });
    owner.set(Some(listener));
}

impl fmt::Debug for RemoteDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.end.shared.fmt_debug(f, "RemoteDriver")
    }
}
