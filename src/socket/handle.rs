//! What keeps a connection open.

use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::core::Core;
use crate::CloseFrame;
use ::core::fmt;
use std::rc::Rc;

/// A counted reference that keeps a connection open. Dropping the last one closes it.
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
        let closed = self.closed();
        self.core.close(frame);
        closed
    }

    pub(crate) fn finish(&self, frame: CloseFrame) -> ClosedFuture {
        let closed = self.closed();
        self.core.finish(frame);
        closed
    }

    /// Formats the public types for `Debug`.
    pub(crate) fn fmt_debug(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
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
            self.core.last_handle_dropped();
        }
    }
}
