//! The driver: the future that the app runs on the socket's thread.

use super::actor::{Actor, Connection};
use super::channel::{DriverEnd, Received, Shared};
use super::closed::Waiters;
use crate::CloseFrame;
use crate::socket::{
    CloseInfo, ClosedFuture, Core, Message, ReadyState, SendErrorKind, StateListener, WaiterKey, WebSocketReceiver,
    WebSocketSender,
};
use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::{FusedFuture, Stream};
use std::rc::Rc;
use std::sync::Arc;

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
    actor: Actor<Socket>,
    done: bool,
}

impl RemoteDriver {
    pub(crate) fn new(sender: WebSocketSender, receiver: WebSocketReceiver, end: DriverEnd) -> Self {
        let socket = Socket::new(sender, receiver, Arc::clone(&end.shared));
        Self { actor: Actor::new(socket, end), done: false }
    }
}

impl Future for RemoteDriver {
    type Output = CloseInfo;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseInfo> {
        let closed = self.actor.poll(cx);
        self.done |= closed.is_ready();
        closed
    }
}

impl FusedFuture for RemoteDriver {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl fmt::Debug for RemoteDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.actor.shared().fmt_debug(f, "RemoteDriver")
    }
}

/// The socket that the driver owns.
struct Socket {
    sender: WebSocketSender,
    /// `None` once the remote receiver is dropped.
    receiver: Option<WebSocketReceiver>,
    closed: ClosedFuture,
    /// The driver's place among the tasks that wait to send.
    key: WaiterKey,
    /// Keeps the handles' view of the state up to date.
    _state: StateListener,
}

impl Socket {
    fn new(sender: WebSocketSender, receiver: WebSocketReceiver, shared: Arc<Shared>) -> Self {
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
        let closed = sender.closed();
        Self { sender, receiver: Some(receiver), closed, key: WaiterKey::default(), _state: state }
    }

    fn core(&self) -> &Rc<Core> {
        self.sender.core()
    }
}

impl Connection for Socket {
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.core().poll_writable(&self.key, cx).map(drop)
    }

    fn stop_waiting(&mut self) {
        self.core().waiters.deregister(&self.key);
    }

    fn send(&mut self, message: &Message) -> Result<(), Option<SendErrorKind>> {
        self.core().send_over_mark(message).map_err(|kind| match kind {
            SendErrorKind::Thrown(_) => Some(kind),
            // A message that an open connection must wait for is sent only when it starts to close.
            _ => None,
        })
    }

    fn close(&mut self, frame: Option<CloseFrame>) {
        match frame {
            Some(frame) => self.core().close(frame),
            None => self.core().close_with_default(),
        }
    }

    fn finish(&mut self, frame: CloseFrame) {
        self.core().finish(frame);
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Received>> {
        match &mut self.receiver {
            Some(receiver) => Pin::new(receiver).poll_next(cx),
            None => Poll::Ready(None),
        }
    }

    fn drop_receiver(&mut self) {
        let receiver = self.receiver.take();
        drop(receiver);
    }

    fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<(CloseInfo, bool)> {
        let closed = Pin::new(&mut self.closed).poll(cx);
        closed.map(|info| (info, self.core().all_flushed().is_ok()))
    }

    fn publish_when_closed(&mut self, waiters: Waiters) {
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
