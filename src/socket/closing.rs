//! Seeing a connection start to close: as a future, and as a callback for every change of its state.

use super::close_info::ReadyState;
use super::core::Core;
use super::core::waiters::{Interest, WaiterKey};
use ::core::cell::{Cell, RefCell};
use ::core::fmt;
use ::core::future::Future;
use ::core::panic::RefUnwindSafe;
use ::core::pin::Pin;
use ::core::task::{Context, Poll, Waker};
use futures_core::FusedFuture;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

/// Resolves when a connection starts to close, initiated by either endpoint; immediately if it is closing or closed.
///
/// After our own `close` it resolves with that call. Browsers fire no event when the peer starts: it is seen when this is
/// polled, when a message is sent, while sent bytes are still buffered, and at the latest when the connection is closed.
/// Like a [`ClosedFuture`](crate::ClosedFuture) it does not keep the connection open.
///
/// # Cancel safety
///
/// Cancel safe.
#[must_use = "futures do nothing unless polled"]
pub struct ClosingFuture {
    core: Rc<Core>,
    key: WaiterKey,
    done: bool,
}

impl ClosingFuture {
    pub(crate) fn new(core: &Rc<Core>) -> Self {
        Self { core: Rc::clone(core), key: WaiterKey::default(), done: false }
    }
}

impl Future for ClosingFuture {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.core.is_closing() {
            self.core.waiters.register(&self.key, Interest::CLOSING, cx.waker());
            // Checked again, because cloning the waker can run user code that closes the connection.
            if !self.core.is_closing() {
                return Poll::Pending;
            }
        }
        self.core.waiters.deregister(&self.key);
        self.done = true;
        Poll::Ready(())
    }
}

impl FusedFuture for ClosingFuture {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

/// Returns another future for the same connection.
impl Clone for ClosingFuture {
    fn clone(&self) -> Self {
        Self::new(&self.core)
    }
}

impl Drop for ClosingFuture {
    fn drop(&mut self) {
        self.core.waiters.deregister(&self.key);
    }
}

impl fmt::Debug for ClosingFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosingFuture").field("state", &self.core.state()).finish()
    }
}

/// A guard that keeps a callback registered for a connection's state, created by
/// [`WebSocket::on_state_change`](crate::WebSocket::on_state_change).
///
/// It does not keep the connection open.
///
/// # Drop
///
/// Dropping it unsubscribes: the callback is freed and never runs again. It may be dropped from inside the callback.
#[must_use = "dropping a StateListener unsubscribes it"]
pub struct StateListener {
    observer: Rc<Observer>,
    id: u64,
}

type StateCallback = Box<dyn FnMut(ReadyState)>;

struct Observer {
    core: Rc<Core>,
    key: WaiterKey,
    /// The state that the callback was called with last.
    state: Cell<ReadyState>,
    /// Taken out while it runs.
    callback: RefCell<Option<StateCallback>>,
    /// The guard exists.
    subscribed: Cell<bool>,
    waker: Waker,
}

/// Invariants hold whenever user code runs, so observing it after a caught panic is safe.
impl RefUnwindSafe for Observer {}

thread_local! {
    /// The observers of this thread by number: a waker must be `Send`, which an observer is not.
    static OBSERVERS: RefCell<BTreeMap<u64, Rc<Observer>>> = RefCell::default();
    static LAST_ID: Cell<u64> = const { Cell::new(0) };
}

struct ObserverWaker(u64);

impl Wake for ObserverWaker {
    fn wake(self: Arc<Self>) {
        let observer = OBSERVERS.with_borrow(|observers| observers.get(&self.0).cloned());
        if let Some(observer) = observer {
            observer.notify();
        }
    }
}

impl Observer {
    fn notify(&self) {
        // Registered before the callback runs, which may change the state again.
        self.core.waiters.register(&self.key, Interest::STATE, &self.waker);
        let Some(mut callback) = self.callback.take() else { return };
        loop {
            let state = self.core.observed_state();
            if state == self.state.replace(state) || !self.subscribed.get() {
                break;
            }
            callback(state);
        }
        if self.subscribed.get() {
            self.callback.replace(Some(callback));
        }
    }
}

impl StateListener {
    pub(crate) fn new(core: &Rc<Core>, callback: impl FnMut(ReadyState) + 'static) -> Self {
        let id = LAST_ID.get() + 1;
        LAST_ID.set(id);
        let observer = Rc::new(Observer {
            core: Rc::clone(core),
            key: WaiterKey::default(),
            state: Cell::new(core.observed_state()),
            callback: RefCell::new(Some(Box::new(callback))),
            subscribed: Cell::new(true),
            waker: Arc::new(ObserverWaker(id)).into(),
        });
        OBSERVERS.with_borrow_mut(|observers| observers.insert(id, Rc::clone(&observer)));
        observer.notify();
        Self { observer, id }
    }
}

impl Drop for StateListener {
    fn drop(&mut self) {
        let observer = OBSERVERS.with_borrow_mut(|observers| observers.remove(&self.id));
        drop(observer);
        self.observer.subscribed.set(false);
        self.observer.core.waiters.deregister(&self.observer.key);
        // Taken out in a statement of its own: freeing the callback frees what it captured, which may be anything.
        let callback = self.observer.callback.take();
        drop(callback);
    }
}

impl fmt::Debug for StateListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateListener").field("state", &self.observer.state.get()).finish()
    }
}
