//! `ClosedFuture`: the end of a socket of ours, awaited.

use super::close_info::CloseInfo;
use super::core::Core;
use super::core::waiters::{ENDS, Key};
use ::core::fmt;
use ::core::future::Future;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::FusedFuture;
use std::rc::Rc;

/// Resolves with how a connection ended; at once, if that is known already.
///
/// Any number of them can wait, on any task, and all get the same [`CloseInfo`]. It does not hold the connection open:
/// after every handle is dropped it still resolves, with what the browser reports then.
///
/// # Cancel safety
///
/// Polling it, dropping it and asking for another loses nothing: the end is stored with the socket.
///
/// # Drop
///
/// Nothing happens to the connection: what `close` began goes on, so its future can be ignored.
pub struct ClosedFuture {
    state: State,
}

enum State {
    Waiting(Rc<Core>, Key),
    Ended { closed: CloseInfo, done: bool },
}

impl ClosedFuture {
    pub(crate) fn new(core: &Rc<Core>) -> Self {
        let state = match core.closed() {
            Some(closed) => State::Ended { closed, done: false },
            None => State::Waiting(Rc::clone(core), Key::default()),
        };
        Self { state }
    }

    fn leave(&mut self) {
        if let State::Waiting(core, key) = &self.state {
            core.waiters.leave(key);
        }
    }
}

impl Future for ClosedFuture {
    type Output = CloseInfo;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseInfo> {
        let closed = match &mut self.state {
            State::Ended { closed, done } => {
                *done = true;
                return Poll::Ready(closed.clone());
            }
            State::Waiting(core, key) => match core.closed() {
                Some(closed) => closed,
                None => {
                    core.waiters.wait(key, ENDS, cx.waker());
                    // Again, as a waker is the caller's code and may have brought it about.
                    match core.closed() {
                        Some(closed) => closed,
                        None => return Poll::Pending,
                    }
                }
            },
        };
        self.leave();
        self.state = State::Ended { closed: closed.clone(), done: true };
        Poll::Ready(closed)
    }
}

impl FusedFuture for ClosedFuture {
    fn is_terminated(&self) -> bool {
        matches!(self.state, State::Ended { done: true, .. })
    }
}

/// Another future of the same end.
impl Clone for ClosedFuture {
    fn clone(&self) -> Self {
        match &self.state {
            State::Waiting(core, _) => Self::new(core),
            State::Ended { closed, .. } => Self { state: State::Ended { closed: closed.clone(), done: false } },
        }
    }
}

impl Drop for ClosedFuture {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for ClosedFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = match &self.state {
            State::Waiting(core, _) => core.closed(),
            State::Ended { closed, .. } => Some(closed.clone()),
        };
        f.debug_struct("ClosedFuture").field("closed", &closed).finish()
    }
}
