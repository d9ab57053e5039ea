//! `closed`: the end of a socket that someone else owns, as a future.

use crate::CloseEvent;
use crate::event::Told;
use crate::js::listener::{Listener, hook_of};
use crate::js::timer::Timer;
use core::cell::{Cell, OnceCell};
use core::fmt;
use core::future::Future;
use core::panic::RefUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_core::FusedFuture;
use std::rc::Rc;
use wasm_bindgen::JsValue;

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
    let shared = Rc::new(Shared {
        socket: socket.clone(),
        outcome: OnceCell::new(),
        waker: Cell::default(),
        listeners: Default::default(),
        grace: Cell::default(),
        waiting: Cell::default(),
    });
    for (listener, (event, happened)) in shared.listeners.iter().zip(EVENTS) {
        listener.set(Some(Listener::new(socket, event, hook_of(&shared, happened))));
    }
    if socket.ready_state() == web_sys::WebSocket::CLOSED {
        shared.expect_soon();
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

/// In cells that are emptied before what was in them is used or freed, as that can be a caller's code.
struct Shared {
    socket: web_sys::WebSocket,
    /// What the `close` event told, or that there is none any more. Its text is copied when somebody asks.
    outcome: OnceCell<Option<Told>>,
    waker: Cell<Option<Waker>>,
    /// For [`EVENTS`].
    listeners: [Cell<Option<Listener>>; 2],
    grace: Cell<Option<Timer>>,
    /// The grace runs, or is being set.
    waiting: Cell<bool>,
}

/// No caller's code runs between two steps that belong together.
impl RefUnwindSafe for Shared {}

type Happened = fn(&Rc<Shared>, &JsValue);

/// Some failures fire `error` and nothing else, so an `error` starts the same wait as a socket found closed. What state
/// the socket is in inside that handler differs between engines, so it is looked at when the wait is over.
const EVENTS: [(&str, Happened); 2] =
    [("close", |shared, event| shared.resolve(Some(Told::of(event)))), ("error", |shared, _| shared.expect_soon())];

impl Shared {
    /// Waits only a little longer if the socket turns out to be closed.
    fn expect_soon(self: &Rc<Self>) {
        if self.waiting.replace(true) {
            return;
        }
        let hook = hook_of(self, |shared, _| {
            shared.waiting.set(false);
            // Before the look, which may run a page's getter, and that begin another wait.
            shared.grace.take();
            // If it is not closed, somebody dispatched an `error`; a later one counts again.
            if shared.socket.ready_state() == web_sys::WebSocket::CLOSED {
                shared.resolve(None);
            }
        });
        let timer = Timer::new(GRACE, hook);
        // A page can have put anything in the place of `setTimeout`: that may have rung at once, and another wait may
        // have begun since.
        if self.waiting.get() {
            let newer = self.grace.replace(Some(timer));
            if newer.is_some() {
                self.grace.set(newer);
            }
        }
    }

    fn resolve(&self, told: Option<Told>) {
        if self.outcome.set(told).is_err() {
            return;
        }
        for listener in &self.listeners {
            listener.take();
        }
        self.grace.take();
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn read(told: &Option<Told>) -> Outcome {
    match told {
        Some(told) => Ok(told.event()),
        None => Err(AlreadyClosed(())),
    }
}

impl Future for CloseEventFuture {
    type Output = Result<CloseEvent, AlreadyClosed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.shared.waker.set(Some(cx.waker().clone()));
        // Only now, as a waker's clone and drop are a caller's code, and may have brought it about.
        let Some(outcome) = self.shared.outcome.get().map(read) else { return Poll::Pending };
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
        f.debug_struct("CloseEventFuture").field("outcome", &self.shared.outcome.get().map(read)).finish()
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
