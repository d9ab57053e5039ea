//! The driver: the future that the app runs on the socket's thread.

use super::actor::{Actor, Connection, Sent};
use super::channel::{Command, DriverEnd, Received, Shared};
use super::closed::{RemoteClosedFuture, Waiters};
use crate::CloseFrame;
use crate::socket::{
    CloseInfo, ClosedFuture, Core, Message, ReadyState, SendErrorKind, StateListener, WaiterKey, WebSocketReceiver,
    WebSocketSender,
};
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_core::{FusedFuture, Stream};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Carries out what the remote handles of a connection ask for; created by
/// [`WebSocket::into_remote`](crate::WebSocket::into_remote).
///
/// The app runs it on the socket's thread, with `wasm_bindgen_futures::spawn_local` for example. It resolves with how the
/// connection closed, once that is known and what was received before has been passed on: all but the last 256 KiB of it has
/// been taken by the receiver then, or the receiver was dropped.
///
/// # Drop
///
/// Dropping it before it resolves closes the connection with the
/// [`default_close_frame`](crate::WebSocketBuilder::default_close_frame). Messages that the browser has not taken are
/// returned in the errors of their sends, the stream of messages ends with an error, and
/// [`closed`](crate::RemoteWebSocket::closed) resolves with how the connection closed.
#[must_use = "the remote handles do nothing unless the driver is polled"]
pub struct RemoteDriver {
    local: Rc<Local>,
    shared: Arc<Shared>,
    /// What is left to wait for if a panic has dropped the actor.
    closed: RemoteClosedFuture,
    done: bool,
}

/// The actor, where the handles on this thread find it: for them a message needs no turn of the driver's task.
struct Local {
    /// Taken out while it is used. `None` as well after a panic in a waker that it called, with `panic = "unwind"`.
    actor: Cell<Option<Box<Actor<Socket>>>>,
    in_use: Cell<bool>,
    /// Wakes the driver's task.
    waker: Cell<Option<Waker>>,
    dropped: Cell<bool>,
}

thread_local! {
    /// The actors of this thread, by the address of what they share with their handles.
    static ACTORS: RefCell<BTreeMap<usize, Rc<Local>>> = const { RefCell::new(BTreeMap::new()) };
}

fn address(shared: &Arc<Shared>) -> usize {
    Arc::as_ptr(shared).addr()
}

impl Local {
    /// Uses the actor, unless it is in use.
    fn with<T>(&self, used: impl FnOnce(&mut Actor<Socket>) -> T) -> Option<T> {
        let mut actor = self.actor.take()?;
        let mut running = Use::begin(self);
        let result = used(&mut actor);
        running.is_complete = true;
        // The driver may have been dropped meanwhile, by a waker.
        match self.dropped.get() {
            true => drop(actor),
            false => self.actor.set(Some(actor)),
        }
        Some(result)
    }
}

/// The use of an actor, which a panic can end.
struct Use<'a> {
    local: &'a Local,
    /// `std::thread::panicking` would not do: without unwinding it stays `true` after a panic in another task or callback.
    is_complete: bool,
}

impl<'a> Use<'a> {
    fn begin(local: &'a Local) -> Self {
        local.in_use.set(true);
        Self { local, is_complete: false }
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        self.local.in_use.set(false);
        if !self.is_complete {
            // The wakers that the actor had registered are dropped with it.
            let waker = self.local.waker.take();
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

/// Carries out a command if the driver runs on this thread and is not busy; returns it otherwise.
pub(crate) fn run_here(shared: &Arc<Shared>, command: Command) -> Result<(), Command> {
    let local = ACTORS.try_with(|actors| actors.borrow().get(&address(shared)).cloned());
    let Ok(Some(local)) = local else { return Err(command) };
    // Without one, the driver was not polled yet.
    let Some(waker) = local.waker.take() else { return Err(command) };
    local.waker.set(Some(waker.clone()));
    let mut command = Some(command);
    local.with(|actor| {
        if let Some(command) = command.take() {
            actor.run(command, &mut Context::from_waker(&waker));
        }
    });
    command.map_or(Ok(()), Err)
}

impl RemoteDriver {
    pub(crate) fn new(sender: WebSocketSender, receiver: WebSocketReceiver, end: DriverEnd) -> Self {
        let shared = Arc::clone(&end.shared);
        let socket = Socket::new(sender, receiver, Arc::clone(&shared));
        let actor = Cell::new(Some(Box::new(Actor::new(socket, end))));
        let local = Local { actor, in_use: Cell::default(), waker: Cell::default(), dropped: Cell::default() };
        let (local, closed) = (Rc::new(local), RemoteClosedFuture::new(&shared));
        ACTORS.with_borrow_mut(|actors| actors.insert(address(&shared), Rc::clone(&local)));
        Self { local, shared, closed, done: false }
    }
}

impl Future for RemoteDriver {
    type Output = CloseInfo;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseInfo> {
        let former = self.local.waker.replace(Some(cx.waker().clone()));
        drop(former);
        let closed = match self.local.with(|actor| actor.poll(cx)) {
            Some(closed) => closed,
            // A handle uses it, and a waker that it calls polls this.
            None if self.local.in_use.get() => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            // A panic has dropped it.
            None => Pin::new(&mut self.closed).poll(cx),
        };
        self.done |= closed.is_ready();
        closed
    }
}

impl Drop for RemoteDriver {
    fn drop(&mut self) {
        let local = ACTORS.try_with(|actors| actors.borrow_mut().remove(&address(&self.shared)));
        drop(local);
        self.local.dropped.set(true);
        let (actor, waker) = (self.local.actor.take(), self.local.waker.take());
        drop(actor);
        drop(waker);
    }
}

impl FusedFuture for RemoteDriver {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl fmt::Debug for RemoteDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt_debug(f, "RemoteDriver")
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
    fn reserve_place(&mut self) -> u64 {
        self.core().waiters.reserve()
    }

    fn poll_send(&mut self, place: u64, message: &Message, cx: &mut Context<'_>) -> Poll<Sent> {
        if self.key.ticket() != place {
            self.stop_waiting();
            self.key = self.core().waiters.register_reserved(place, cx.waker());
        }
        self.core().poll_send(message, &self.key, cx).map(to_sent)
    }

    fn stop_waiting(&mut self) {
        self.core().waiters.deregister(&self.key);
    }

    fn send(&mut self, message: &Message) -> Sent {
        to_sent(self.core().send_over_mark(message))
    }

    fn is_connecting(&self) -> bool {
        self.sender.state() == ReadyState::Connecting
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

/// Keeps what the browser has thrown. Otherwise the connection is closed or closing: a message that a connecting one would
/// have to wait for is sent without waiting only when it starts to close.
fn to_sent(sent: Result<(), SendErrorKind>) -> Sent {
    sent.map_err(|kind| matches!(kind, SendErrorKind::Thrown(_)).then_some(kind))
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
