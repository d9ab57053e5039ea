//! What holds a connection open.

use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::core::Core;
use super::core::waiters::{OPENS, WaitFor};
use super::error::ConnectError;
use crate::CloseFrame;
use ::core::fmt;
use ::core::future::Future;
use ::core::task::Poll;
use std::rc::Rc;

/// One of those that hold a connection open; when the last of them goes, it is closed.
pub(crate) struct Handle {
    pub(crate) core: Rc<Core>,
}

impl Handle {
    pub(crate) fn new(core: Rc<Core>) -> Self {
        core.handles.set(core.handles.get() + 1);
        Self { core }
    }

    pub(crate) fn closed(&self) -> ClosedFuture {
        ClosedFuture::new(&self.core)
    }

    pub(crate) fn close(&self, frame: CloseFrame) -> ClosedFuture {
        // The future first: if closing ends it at once, that end is then its answer too.
        let ended = self.closed();
        self.core.close(frame);
        ended
    }

    pub(crate) fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        let ended = self.closed();
        self.core.finish(frame);
        ended
    }

    /// Waits until the connection is open.
    pub(crate) fn opened(&self) -> impl Future<Output = Result<(), ConnectError>> {
        let core = &self.core;
        WaitFor::new(&core.waiters, OPENS, move || match core.closed() {
            _ if core.was_open() => Poll::Ready(Ok(())),
            Some(closed) => Poll::Ready(Err(ConnectError::closed_early(closed))),
            None => Poll::Pending,
        })
    }

    /// For `Debug` of the public types.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        let state: ReadyState = self.core.state();
        f.debug_struct(name).field("url", &self.core.raw.url()).field("state", &state).finish()
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(Rc::clone(&self.core))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let left = self.core.handles.get() - 1;
        self.core.handles.set(left);
        if left == 0 {
            self.core.let_go();
        }
    }
}
