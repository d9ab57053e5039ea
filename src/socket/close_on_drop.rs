//! A guard that closes a connection which something else owns.

use super::WebSocket;
use super::close_info::{CloseCause, CloseInfo};
use super::core::Core;
use super::error::ConnectError;
use super::futures::Connect;
use crate::{CloseEvent, CloseFrame};
use ::core::cell::{Cell, RefCell};
use ::core::fmt;
use ::core::future::Future;
use ::core::panic::{RefUnwindSafe, UnwindSafe};
use ::core::pin::Pin;
use ::core::task::{Context, Poll, Waker};
use std::rc::{Rc, Weak};

/// A guard that closes a connection when it is dropped, whatever owns the socket by then.
///
/// Created by [`WebSocket::close_on_drop`], [`WebSocketSender::close_on_drop`](crate::WebSocketSender::close_on_drop) and,
/// before there is a socket, [`ConnectFuture::close_on_drop`](crate::ConnectFuture::close_on_drop).
///
/// It is for components of a user interface. A component spawns a task, which owns the socket. When the component is
/// unmounted, the task continues and keeps the connection open, unless the component owns such a guard:
///
#[doc = concat!("```no_run\n", include_str!("../../docs/samples/close_on_drop.rs"), "```")]
///
/// Each framework has a place whose content it drops with the component:
///
/// ```text
/// // Leptos: dropped with the owner, which is the component or the effect that runs.
/// StoredValue::new_local(mounted(&url, show));
///
/// // Yew: the effect is torn down when the component is unmounted, and before the effect runs again.
/// use_effect_with(url, move |url| {
///     let guard = mounted(url, show);
///     move || drop(guard)
/// });
///
/// // Dioxus: hooks are dropped with the component.
/// use_hook(|| Rc::new(mounted(&url, show)));
/// ```
///
/// The task sees an ordinary close: `recv` returns what was queued and then `None`, sending fails, and
/// [`closed`](WebSocket::closed) resolves with [`CloseCause::Local`]. Messages that were queued before are still delivered,
/// so the task must not assume that the component exists: in Leptos, set signals by `try_set`.
///
/// # Drop
///
/// Closes the connection with the frame of the guard, as [`WebSocket::close`] does. While it is connecting, the attempt is
/// aborted, and [`ConnectFuture`](crate::ConnectFuture) and [`opened`](WebSocket::opened) return an error. If it is closed
/// or closing already, and after [`WebSocket::into_raw`], nothing happens.
///
/// The guard keeps neither the connection open nor its listeners, timers and JavaScript values. To drop it without closing,
/// use [`disarm`](Self::disarm).
#[must_use = "dropping it closes the connection; keep it as long as the connection is needed, or call `disarm`"]
pub struct CloseOnDrop {
    target: Target,
    frame: CloseFrame,
}

enum Target {
    Connection(Weak<Core>),
    Attempt(Rc<Attempt>),
    /// Disarmed, or nothing is left to close.
    None,
}

/// An attempt to connect, and the connection that it led to. Shared by its guard and its future.
///
/// Each cell is emptied before what was in it is used or dropped, because that can run user code.
struct Attempt {
    /// `None` while it is polled, and once the attempt has ended.
    future: Cell<Option<Pin<Box<Connect>>>>,
    /// The task that waits for it; `None` before the first poll.
    waker: Cell<Option<Waker>>,
    /// Set once the future has resolved with the connection.
    core: RefCell<Weak<Core>>,
    /// Set when the guard is dropped by what a poll calls.
    requested: Cell<Option<CloseFrame>>,
    /// Set when the guard is dropped between two polls: what the next one returns.
    resolved: Cell<Option<Result<WebSocket, ConnectError>>>,
}

/// Invariants hold whenever user code runs, so observing it after a caught panic is safe.
impl UnwindSafe for CloseOnDrop {}
impl RefUnwindSafe for CloseOnDrop {}

impl CloseOnDrop {
    pub(crate) fn of_connection(core: &Rc<Core>, frame: CloseFrame) -> Self {
        Self { target: Target::Connection(Rc::downgrade(core)), frame }
    }

    /// Guards a future that connects: returns the future to poll instead.
    pub(crate) fn of_attempt(future: Pin<Box<Connect>>, frame: CloseFrame) -> (Self, Pin<Box<Connect>>) {
        let attempt = Rc::new(Attempt {
            future: Cell::new(Some(future)),
            waker: Cell::default(),
            core: RefCell::default(),
            requested: Cell::default(),
            resolved: Cell::default(),
        });
        let guarded = Guarded(Rc::clone(&attempt));
        (Self { target: Target::Attempt(attempt), frame }, Box::pin(guarded))
    }

    /// Creates a guard that closes nothing.
    pub(crate) fn of_nothing(frame: CloseFrame) -> Self {
        Self { target: Target::None, frame }
    }

    /// Drops the guard without closing the connection.
    pub fn disarm(mut self) {
        self.target = Target::None;
    }
}

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        let frame = ::core::mem::replace(&mut self.frame, CloseFrame::EMPTY);
        match ::core::mem::replace(&mut self.target, Target::None) {
            Target::Connection(core) => close(&core, frame),
            Target::Attempt(attempt) => {
                let core = attempt.core.borrow().clone();
                close(&core, frame.clone());
                attempt.cancel(frame);
            }
            Target::None => {}
        }
    }
}

fn close(core: &Weak<Core>, frame: CloseFrame) {
    // After the drop of the last handle or `into_raw` the socket is not ours to close.
    if let Some(core) = core.upgrade().filter(|core| !core.is_detached()) {
        core.close(frame);
    }
}

impl Attempt {
    /// Closes the socket, and wakes the task, whose next poll returns the outcome.
    fn cancel(&self, frame: CloseFrame) {
        let Some(mut future) = self.future.take() else {
            return self.requested.set(Some(frame));
        };
        // Replaced below if the socket has opened or failed since the last poll.
        self.resolved.set(Some(Err(aborted(Some(frame.clone())))));
        let Some(waker) = self.waker.take() else {
            // If it was never polled there is no socket, and this poll would create one.
            return drop(future);
        };
        let connected = future.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(connected) = close_connected(future, connected, frame) {
            self.resolved.set(Some(connected));
        }
        waker.wake();
    }
}

/// Ends an attempt whose guard was dropped. If the socket is open it needs the guard's frame; a drop has the default one.
fn close_connected(
    future: Pin<Box<Connect>>,
    connected: Poll<Result<WebSocket, ConnectError>>,
    frame: CloseFrame,
) -> Poll<Result<WebSocket, ConnectError>> {
    // Closes a socket that is connecting.
    drop(future);
    if let Poll::Ready(Ok(socket)) = &connected {
        socket.core().close(frame);
    }
    connected
}

/// Returns the error of an attempt that was aborted. No frame is sent while connecting, so nothing else is known of its
/// close.
fn aborted(requested: Option<CloseFrame>) -> ConnectError {
    ConnectError::closed_early(CloseInfo::new(CloseEvent::abnormal(), CloseCause::Local, false, false, requested))
}

/// What a [`ConnectFuture`](crate::ConnectFuture) with a guard polls.
struct Guarded(Rc<Attempt>);

impl Future for Guarded {
    type Output = Result<WebSocket, ConnectError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let attempt = &*self.0;
        // Stored first: cloning the waker can run user code that drops the guard.
        attempt.waker.set(Some(cx.waker().clone()));
        let Some(mut future) = attempt.future.take() else {
            attempt.waker.take();
            // Without an outcome, the poll before this one panicked.
            return Poll::Ready(attempt.resolved.take().unwrap_or_else(|| Err(aborted(None))));
        };
        let connected = future.as_mut().poll(cx);
        if let Some(frame) = attempt.requested.take() {
            // The guard was dropped by what the poll called, such as a patched `WebSocket`.
            attempt.waker.take();
            let connected = close_connected(future, connected, frame.clone());
            return Poll::Ready(match connected {
                Poll::Ready(connected) => connected,
                Poll::Pending => Err(aborted(Some(frame))),
            });
        }
        match &connected {
            Poll::Pending => attempt.future.set(Some(future)),
            Poll::Ready(result) => {
                attempt.waker.take();
                if let Ok(socket) = result {
                    attempt.core.replace(Rc::downgrade(socket.core()));
                }
            }
        }
        connected
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The guard may be kept for longer, and must not keep the socket.
        let future = self.0.future.take();
        drop(future);
        let waker = self.0.waker.take();
        drop(waker);
    }
}

impl fmt::Debug for CloseOnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloseOnDrop").field("frame", &self.frame).finish_non_exhaustive()
    }
}
