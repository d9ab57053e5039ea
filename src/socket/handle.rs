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
        f.debug_struct(name).field("url", &redact(&self.core.raw.url())).field("state", &state).finish()
    }
}

/// Returns a URL without user name, query and fragment: tokens are there, and `Debug` output gets into logs.
pub(crate) fn redact(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
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

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn debug_output_has_no_user_name_query_or_fragment() {
        for (url, redacted) in [
            ("wss://example.com/feed?token=secret", "wss://example.com/feed"),
            ("wss://user:secret@example.com:8443/a/b", "wss://example.com:8443/a/b"),
            ("ws://a@b:secret@127.0.0.1", "ws://127.0.0.1"),
            ("wss://example.com#secret", "wss://example.com"),
            ("wss://example.com?at=@x/y", "wss://example.com"),
            ("/path?secret", "/path"),
            ("", ""),
        ] {
            assert_eq!(redact(url), redacted);
        }
    }
}
