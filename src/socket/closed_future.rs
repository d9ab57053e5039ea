//! `ClosedFuture`: waits for the close of a connection.

use super::close_info::CloseInfo;
use super::core::Core;
use super::core::waiters::{Interest, WaiterKey};
use ::core::fmt;
use ::core::future::Future;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::FusedFuture;
use std::rc::Rc;

/// Resolves with how a connection closed; immediately if it is closed already.
///
/// Any number of these futures can wait, on any task, and all get the same [`CloseInfo`]. They do not keep the connection
/// open: after every handle is dropped they still resolve, with what the browser reports then.
///
/// # Cancel safety
///
/// Cancel safe. The result is stored, so any later `closed()` resolves immediately.
///
/// # Drop
///
/// Dropping it does not affect the connection. In particular, a close that has started continues, so the future returned
/// by `close` may be ignored.
pub struct ClosedFuture {
    state: State,
}

enum State {
    Waiting(Rc<Core>, WaiterKey),
    Closed { info: CloseInfo, done: bool },
}

impl ClosedFuture {
    pub(crate) fn new(core: &Rc<Core>) -> Self {
        let state = match core.close_info() {
            Some(info) => State::Closed { info, done: false },
            None => State::Waiting(Rc::clone(core), WaiterKey::default()),
        };
        Self { state }
    }

    fn deregister(&mut self) {
        if let State::Waiting(core, key) = &self.state {
            core.waiters.deregister(key);
        }
    }
}

impl Future for ClosedFuture {
    type Output = CloseInfo;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseInfo> {
        let info = match &mut self.state {
            State::Closed { info, done } => {
                *done = true;
                return Poll::Ready(info.clone());
            }
            State::Waiting(core, key) => {
                // Registered first: cloning the waker can run user code that closes the connection.
                core.waiters.register(key, Interest::CLOSED, cx.waker());
                match core.close_info() {
                    Some(info) => info,
                    None => return Poll::Pending,
                }
            }
        };
        self.deregister();
        self.state = State::Closed { info: info.clone(), done: true };
        Poll::Ready(info)
    }
}

impl FusedFuture for ClosedFuture {
    fn is_terminated(&self) -> bool {
        matches!(self.state, State::Closed { done: true, .. })
    }
}

/// Returns another future for the same close.
impl Clone for ClosedFuture {
    fn clone(&self) -> Self {
        match &self.state {
            State::Waiting(core, _) => Self::new(core),
            State::Closed { info, .. } => Self { state: State::Closed { info: info.clone(), done: false } },
        }
    }
}

impl Drop for ClosedFuture {
    fn drop(&mut self) {
        self.deregister();
    }
}

impl fmt::Debug for ClosedFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = match &self.state {
            State::Waiting(core, _) => core.close_info(),
            State::Closed { info, .. } => Some(info.clone()),
        };
        f.debug_struct("ClosedFuture").field("close_info", &info).finish()
    }
}
