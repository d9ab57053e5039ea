//! `on_message`: the stream as a closure.

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

/// Keeps a closure called with a connection's messages; made by [`WebSocketReceiver::on_message`].
///
/// # Drop
///
/// The closure is freed and not called again, and the connection goes on as after a dropped
/// [`WebSocketReceiver`](crate::WebSocketReceiver). It may be dropped from inside the closure.
#[must_use = "dropping a MessageListener stops it; keep it as long as messages are of interest"]
pub struct MessageListener {
    receiver: WebSocketReceiver,
}

impl MessageListener {
    pub(crate) fn new<F>(receiver: WebSocketReceiver, callback: F) -> Self
    where
        F: FnMut(Result<Message, RecvError>) + 'static,
    {
        // Taken while it runs, so what happens meanwhile finds none; the loop that runs it takes that up.
        let idle = RefCell::new(Some(callback));
        receiver.handle.core.read_by(move |core| {
            let Some(mut callback) = idle.take() else { return };
            let _reading = Reading(core);
            loop {
                let message = core.take();
                // A page's own message can drop the guard when it is looked at.
                if core.is_abandoned() {
                    break;
                }
                match message {
                    Poll::Ready(Some(message)) => callback(message),
                    Poll::Ready(None) => break core.read_by_nobody(),
                    Poll::Pending => {
                        idle.replace(Some(callback));
                        break;
                    }
                }
            }
        });
        Self { receiver }
    }

    /// Waits for the end of the connection, whoever brings it about.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> ClosedFuture {
        self.receiver.closed()
    }

    /// The state of the connection.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.receiver.state()
    }

    /// Closes the connection; the same as [`WebSocket::close`](crate::WebSocket::close).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn close(&self, frame: CloseFrame) -> ClosedFuture {
        self.receiver.close(frame)
    }
}

/// Where panics unwind, a closure that panics has read its last: nothing is kept for it any more.
struct Reading<'a>(&'a Rc<Core>);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        // Where panics abort, one that happened anywhere in the app counts as going on for ever.
        if cfg!(panic = "unwind") && std::thread::panicking() {
            self.0.abandon();
        }
    }
}

impl fmt::Debug for MessageListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.receiver.handle.describe(f, "MessageListener")
    }
}
