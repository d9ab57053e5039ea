//! `on_message`: the stream of messages as a callback.

use super::close_info::ReadyState;
use super::closed_future::ClosedFuture;
use super::core::Core;
use super::receiver::WebSocketReceiver;
use super::{Message, RecvError};
use crate::CloseFrame;
use ::core::cell::RefCell;
use ::core::fmt;
use ::core::task::Poll;
use std::rc::Rc;

/// A guard that keeps a callback registered for a connection's messages, created by [`WebSocketReceiver::on_message`].
///
/// # Drop
///
/// Dropping it unsubscribes: the callback is freed and never runs again, and the connection continues as after the drop
/// of a [`WebSocketReceiver`](crate::WebSocketReceiver). It may be dropped from inside the callback.
#[must_use = "dropping a MessageListener unsubscribes it; keep it as long as messages are needed"]
pub struct MessageListener {
    receiver: WebSocketReceiver,
}

impl MessageListener {
    pub(crate) fn new<F>(receiver: WebSocketReceiver, callback: F) -> Self
    where
        F: FnMut(Result<Message, RecvError>) + 'static,
    {
        // The callback is taken out while it runs, so a re-entrant call finds none and returns; the loop below takes what
        // arrived meanwhile.
        let idle = RefCell::new(Some(callback));
        receiver.handle.core.set_reader(move |core| {
            let Some(mut callback) = idle.take() else { return };
            let _guard = StopOnPanic(core);
            loop {
                let message = core.try_recv();
                // Converting a message can run user code (a getter, a proxy) that drops the guard.
                if core.is_abandoned() {
                    break;
                }
                match message {
                    Poll::Ready(Some(message)) => callback(message),
                    Poll::Ready(None) => break core.clear_reader(),
                    Poll::Pending => {
                        idle.replace(Some(callback));
                        break;
                    }
                }
            }
        });
        Self { receiver }
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.receiver.closed()
    }

    /// Returns the state of the connection.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.receiver.state()
    }

    /// Closes the connection; see [`WebSocket::close`](crate::WebSocket::close).
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.receiver.close(frame)
    }
}

/// Stops receiving if the callback panics with `panic = "unwind"`: it is never called again, so nothing may be queued for
/// it.
struct StopOnPanic<'a>(&'a Rc<Core>);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        // With `panic = "abort"` the panic count is never decremented: `panicking()` stays true after any panic in the app.
        if cfg!(panic = "unwind") && std::thread::panicking() {
            self.0.reader_dropped();
        }
    }
}

impl fmt::Debug for MessageListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.receiver.handle.fmt_debug(f, "MessageListener")
    }
}
