//! `closed`: the `close` event of an existing socket as a future.

use crate::CloseEvent;
use crate::event::CloseEventParts;
use crate::js::listener::{EventHandler, Listener, weak_js_closure};
use crate::js::timer::DecisionTimer;
use crate::socket::CLOSE_EVENT_GRACE_MS;
use core::cell::{Cell, OnceCell};
use core::fmt;
use core::future::Future;
use core::panic::RefUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_core::FusedFuture;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Waits for the `close` event of an existing socket.
///
/// Listening starts with the call, not with the first poll, so nothing that happens after the call is missed. The socket
/// may be in any state:
///
/// - connecting, open or closing: the future resolves when the browser fires `close`. There is no timeout; a
///   [`WebSocket`](crate::WebSocket) has one;
/// - closed, with the event still queued (inside an `error` handler, for example): it resolves with that event;
/// - closed, with the event already fired: it resolves with [`AlreadyClosed`] after at most a quarter of a second.
///
/// The socket is not modified, and any number of these futures and of other listeners can wait at the same time.
///
/// See the [crate documentation](crate#observing-an-existing-socket) for an example.
///
/// # Errors
///
/// [`AlreadyClosed`] if the socket is closed and its `close` event has already fired.
///
/// # Cancel safety
///
/// Cancel safe. The event is stored in the future, so it can be polled in a `select!` loop.
///
/// # Drop
///
/// Dropping the future unsubscribes and leaves the socket as it is.
pub fn closed(socket: &web_sys::WebSocket) -> CloseEventFuture {
    let shared = Rc::new(Shared {
        socket: socket.clone(),
        outcome: OnceCell::new(),
        waker: Cell::default(),
        listeners: Default::default(),
        grace_timer: DecisionTimer::default(),
    });
    for (listener, (event, handler)) in shared.listeners.iter().zip(EVENTS) {
        listener.set(Some(Listener::new(socket, event, weak_js_closure(&shared, handler))));
    }
    if socket.ready_state() == web_sys::WebSocket::CLOSED {
        shared.start_grace_timer();
    }
    CloseEventFuture { shared, done: false }
}

/// The future returned by [`closed`].
#[must_use = "futures do nothing unless polled"]
pub struct CloseEventFuture {
    shared: Rc<Shared>,
    done: bool,
}

type Outcome = Result<CloseEvent, AlreadyClosed>;

/// A cell is emptied before its content is used or dropped, because that can run user code which re-enters.
struct Shared {
    socket: web_sys::WebSocket,
    /// The `close` event, or `None` if it has already fired. Its text is copied when the future is polled.
    outcome: OnceCell<Option<CloseEventParts>>,
    waker: Cell<Option<Waker>>,
    /// In the order of [`EVENTS`].
    listeners: [Cell<Option<Listener>>; 2],
    grace_timer: DecisionTimer,
}

/// Invariants hold whenever user code runs, so observing it after a caught panic is safe.
impl RefUnwindSafe for Shared {}

/// Some failures fire `error` and no `close`, so an `error` starts the same timer as a socket that is already closed.
/// `readyState` inside an `error` handler differs between engines, so it is read when the timer fires.
const EVENTS: [(&str, EventHandler<Shared>); 2] = [
    ("close", |shared, event| shared.resolve(Some(CloseEventParts::from_event(event)))),
    ("error", |shared, _| shared.start_grace_timer()),
];

impl Shared {
    /// Gives a queued `close` event a quarter of a second to fire, then resolves if the socket is closed.
    fn start_grace_timer(self: &Rc<Self>) {
        if !self.grace_timer.is_running() {
            self.grace_timer.start(CLOSE_EVENT_GRACE_MS, self, on_grace_timer);
        }
    }

    fn resolve(&self, event: Option<CloseEventParts>) {
        if self.outcome.set(event).is_err() {
            return;
        }
        for listener in &self.listeners {
            listener.take();
        }
        self.grace_timer.stop();
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn on_grace_timer(shared: &Rc<Shared>, _: &JsValue) {
    // If the socket is not closed, a script dispatched the `error`; a later one starts the timer again.
    if shared.grace_timer.is_final(shared, on_grace_timer) && shared.socket.ready_state() == web_sys::WebSocket::CLOSED
    {
        shared.resolve(None);
    }
}

fn to_outcome(event: &Option<CloseEventParts>) -> Outcome {
    match event {
        Some(event) => Ok(event.to_event()),
        None => Err(AlreadyClosed(())),
    }
}

impl Future for CloseEventFuture {
    type Output = Result<CloseEvent, AlreadyClosed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.shared.waker.set(Some(cx.waker().clone()));
        // The outcome is read after the waker is stored: cloning or dropping a waker can run user code that resolves it.
        let Some(outcome) = self.shared.outcome.get().map(to_outcome) else { return Poll::Pending };
        self.shared.waker.take();
        self.done = true;
        Poll::Ready(outcome)
    }
}

impl FusedFuture for CloseEventFuture {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl fmt::Debug for CloseEventFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloseEventFuture").field("outcome", &self.shared.outcome.get().map(to_outcome)).finish()
    }
}

/// Returned when a socket is already closed and its `close` event has fired, or will never fire.
///
/// Its close code cannot be found out: the browser keeps it only in the event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AlreadyClosed(());

impl fmt::Debug for AlreadyClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlreadyClosed")
    }
}

impl fmt::Display for AlreadyClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the socket is already closed and its close event was missed")
    }
}

impl core::error::Error for AlreadyClosed {}
