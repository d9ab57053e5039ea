//! `closed`: the end of a socket that someone else owns, as a future.

use crate::CloseEvent;
use crate::listener::{Listener, hook};
use crate::timer::Timer;
use core::cell::RefCell;
use core::fmt;
use core::future::Future;
use core::panic::RefUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_core::FusedFuture;
use std::rc::Rc;

/// How long a `close` event may take to follow once the socket is closed already, in milliseconds.
///
/// In Chromium and Firefox it comes in the same task as the `error` before it; WebKit queues a task of its own. More
/// than that is for a machine under load, where a timer and an event from another process compete.
pub(crate) const GRACE: u32 = 250;

/// Waits for the `close` event of a socket that someone else owns.
///
/// It listens from the moment of the call, not from the first poll, so nothing that happens after the call is missed.
/// The socket may be in any state:
///
/// - connecting, open or closing: the future resolves when the browser reports the end, however long that takes (for
///   an end with a deadline, own the socket: [`WebSocket`](crate::WebSocket));
/// - closed, with the event still to come (inside an `error` handler, for example): it resolves with that event;
/// - closed, with the event gone: it resolves with [`AlreadyClosed`] after a quarter of a second at most.
///
/// Nothing on the socket changes, and any number of these futures and of other listeners can wait side by side.
///
/// ```no_run
/// # async fn f(socket: &web_sys::WebSocket) -> Result<(), onclose::AlreadyClosed> {
/// let event = onclose::closed(socket).await?;
/// if event.code == onclose::CloseCode::SERVICE_RESTART {
///     // come back later
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`AlreadyClosed`] if the socket is closed and no `close` event comes any more.
///
/// # Cancel safety
///
/// The event is kept inside the future: it can be polled in a `select!` loop and loses nothing between polls.
///
/// # Drop
///
/// Dropping it unsubscribes, and leaves the socket as it is.
///
/// # Panics
///
/// Never.
pub fn closed(socket: &web_sys::WebSocket) -> CloseEventFuture {
    let shared = Rc::new(Shared::default());
    let weak = Rc::downgrade(&shared);
    let on_close = hook(move |event| {
        if let Some(shared) = weak.upgrade() {
            shared.resolve(Ok(CloseEvent::read(event)));
        }
    });
    // Some failures fire `error` and nothing else, so an `error` starts the same wait as a socket found closed. What
    // state the socket is in inside that handler differs between engines, so it is looked at when the wait is over.
    let (weak, raw) = (Rc::downgrade(&shared), socket.clone());
    let on_error = hook(move |_| {
        if let Some(shared) = weak.upgrade() {
            shared.expect_soon(&raw);
        }
    });
    let listeners = [("close", on_close), ("error", on_error)];
    let listeners = listeners.map(|(event, hook)| Listener::new(socket, event, hook));
    shared.state.borrow_mut().listeners = Some(listeners);
    if socket.ready_state() == web_sys::WebSocket::CLOSED {
        shared.expect_soon(socket);
    }
    CloseEventFuture { shared, done: false }
}

/// The future that [`closed`] returns.
#[must_use = "futures do nothing unless polled"]
pub struct CloseEventFuture {
    shared: Rc<Shared>,
    done: bool,
}

type Outcome = Result<CloseEvent, AlreadyClosed>;

#[derive(Default)]
struct Shared {
    state: RefCell<State>,
}

/// No caller's code runs while the state is borrowed.
impl RefUnwindSafe for Shared {}

#[derive(Default)]
struct State {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
    listeners: Option<[Listener; 2]>,
    grace: Option<Timer>,
}

impl Shared {
    /// Waits only a little longer if the socket turns out to be closed.
    fn expect_soon(self: &Rc<Self>, socket: &web_sys::WebSocket) {
        let waits = |state: &State| state.outcome.is_none() && state.grace.is_none();
        if !waits(&self.state.borrow()) {
            return;
        }
        let weak = Rc::downgrade(self);
        let socket = socket.clone();
        // Not under a borrow: a page can have put anything in the place of `setTimeout`.
        let hook = hook(move |_| {
            let Some(shared) = weak.upgrade() else { return };
            if socket.ready_state() == web_sys::WebSocket::CLOSED {
                shared.resolve(Err(AlreadyClosed(())));
            } else {
                // Somebody dispatched an `error`; a later one counts again.
                let over = shared.state.borrow_mut().grace.take();
                drop(over);
            }
        });
        let timer = Timer::new(GRACE, hook);
        let mut state = self.state.borrow_mut();
        if waits(&state) {
            state.grace = Some(timer);
        }
    }

    fn resolve(&self, outcome: Outcome) {
        let mut state = self.state.borrow_mut();
        if state.outcome.is_some() {
            return;
        }
        state.outcome = Some(outcome);
        let freed = (state.listeners.take(), state.grace.take());
        let waker = state.waker.take();
        drop(state);
        drop(freed);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Future for CloseEventFuture {
    type Output = Result<CloseEvent, AlreadyClosed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.shared.state.borrow().outcome.is_none() {
            let waker = cx.waker().clone();
            // A waker's clone and drop are a caller's code: neither runs while the state is borrowed.
            let old = self.shared.state.borrow_mut().waker.replace(waker);
            drop(old);
        }
        // Asked again, as that code may have brought it about.
        let outcome = self.shared.state.borrow().outcome.clone();
        let Some(outcome) = outcome else { return Poll::Pending };
        let left = self.shared.state.borrow_mut().waker.take();
        drop(left);
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
        let state = self.shared.state.borrow();
        f.debug_struct("CloseEventFuture").field("outcome", &state.outcome).finish()
    }
}

/// The socket is closed and its `close` event is gone, or never came.
///
/// What code it closed with cannot be found out any more: the browser keeps it only in the event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AlreadyClosed(());

impl fmt::Debug for AlreadyClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlreadyClosed")
    }
}

impl fmt::Display for AlreadyClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the socket was closed already and its close event is gone")
    }
}

impl core::error::Error for AlreadyClosed {}
