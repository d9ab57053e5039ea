//! Handles that are `Send`: the socket stays on its thread, and a driver does there what the handles ask for.

mod actor;
mod channel;
mod closed;
mod driver;
mod handle;
mod outbox;
mod receiver;
mod sender;
#[cfg(all(test, not(target_family = "wasm")))]
#[allow(clippy::expect_used, clippy::panic, reason = "these are tests")]
mod tests;

pub use closed::RemoteClosedFuture;
pub use driver::RemoteDriver;
pub use receiver::{RemoteReceiver, RemoteRecvFuture};
pub use sender::{RemoteSendFuture, RemoteSender};

use crate::socket::{Message, ReadyState};
use crate::{CloseFrame, WebSocket};
#[cfg(doc)]
use crate::{CloseInfo, RecvError, SendError};
use channel::{HandleEnd, channel};
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};
use handle::Handle;

impl WebSocket {
    /// Converts into a handle that can be used on any thread, and a driver that must run on this one.
    ///
    /// The driver is a future for the app to spawn: the handle does nothing until it is polled. The connection may still be
    /// connecting. Received messages that were not taken yet go to the handle.
    ///
    #[doc = concat!("```no_run\n", include_str!("../../docs/samples/remote.rs"), "```")]
    ///
    /// Without shared wasm memory there is one thread, and the handle is for interfaces that ask for `Send`. With it (the
    /// target features `atomics` and `bulk-memory`), the handle can be moved to another worker of the same memory, or from a
    /// worker to the page. No thread ever blocks: handles and driver communicate by lock-free queues and wakers. Drop a
    /// worker's handles, or its driver, before you terminate the worker: that runs no code in it, so the other side would
    /// wait without limit.
    #[must_use = "dropping the handle or the driver closes the connection"]
    pub fn into_remote(self) -> (RemoteWebSocket, RemoteDriver) {
        let mark = self.core().high_water_mark();
        let window = usize::try_from(mark).unwrap_or(usize::MAX);
        let (handles, driver) = channel(self.url(), self.state(), window);
        let (sender, receiver) = self.split();
        // A clone, because this one may have a place among the tasks that wait to send, which holds up others.
        (RemoteWebSocket::new(handles), RemoteDriver::new(sender.clone(), receiver, driver))
    }
}

/// A WebSocket connection that can be used on any thread: `Send`, `Sync`, a `Stream` and a `Sink`.
///
/// Created by [`WebSocket::into_remote`]. The socket stays on the thread that created it, where the app runs the
/// [`RemoteDriver`].
///
/// Its guarantees are those of [`WebSocket`]: order, the return of unsent messages, and exactly one [`CloseInfo`]. What is on
/// its way between the threads is bounded in both directions; see the sink of [`RemoteSender`] and [`RemoteReceiver::recv`].
/// There is no `try_send`, because only the socket's thread knows whether the browser takes a message now.
///
/// # Drop
///
/// The connection is closed with the [`default_close_frame`](crate::WebSocketBuilder::default_close_frame). It stays open as
/// long as a [`RemoteSender`] made from it exists.
pub struct RemoteWebSocket {
    sender: RemoteSender,
    receiver: RemoteReceiver,
}

impl RemoteWebSocket {
    /// Returns the high-water mark of the send buffer, in bytes.
    #[cfg(any(feature = "futures-io", feature = "tokio"))]
    pub(crate) fn send_window(&self) -> usize {
        self.sender.shared().send_window()
    }

    fn new(handles: HandleEnd) -> Self {
        let HandleEnd { shared, commands, messages } = handles;
        let handle = Handle { commands, shared };
        Self { sender: RemoteSender::new(handle.clone()), receiver: RemoteReceiver::new(handle, messages) }
    }

    /// Sends a message; see [`RemoteSender::send`].
    ///
    /// # Errors
    ///
    /// [`SendError`], which contains the message, once the connection is closed or closing, or if the driver was dropped.
    ///
    /// # Cancel safety
    ///
    /// See [`RemoteSender::send`].
    pub fn send(&self, message: impl Into<Message>) -> RemoteSendFuture<'_> {
        self.sender.send(message)
    }

    /// Returns the messages that this sink has accepted and that could not be sent; see [`RemoteSender::unsent`].
    #[must_use = "these messages were not sent"]
    pub fn unsent(&mut self) -> Vec<Message> {
        self.sender.unsent()
    }

    /// Receives the next message; see [`RemoteReceiver::recv`].
    ///
    /// # Errors
    ///
    /// [`RecvError`], once, if the connection did not close normally, or if the driver was dropped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. A message leaves the queue only when it is returned.
    pub fn recv(&mut self) -> RemoteRecvFuture<'_> {
        self.receiver.recv()
    }

    /// Starts closing the connection and returns a future for the result, as [`WebSocket::close`] does.
    ///
    /// Closing starts when the driver is polled next, even if the future is never polled. What a sink has accepted before is
    /// sent first; sends that wait fail with their message. A connection that is still connecting is given up at once, and
    /// then what a sink has accepted is [`unsent`](Self::unsent).
    pub fn close(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.sender.close(frame)
    }

    /// Half-closes the connection, as [`WebSocket::finish`] does: further sends fail, and messages are still delivered until
    /// the peer closes. What a sink has accepted before is sent first, which also waits for a connection that is still
    /// connecting.
    pub fn finish(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.sender.finish(frame)
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> RemoteClosedFuture {
        self.sender.closed()
    }

    /// Splits into halves that can be moved to different tasks and threads. Both can close and wait for the close.
    #[must_use = "dropping both halves closes the connection"]
    pub fn split(self) -> (RemoteSender, RemoteReceiver) {
        (self.sender, self.receiver)
    }

    /// Returns another handle that sends and closes.
    #[must_use]
    pub fn sender(&self) -> RemoteSender {
        self.sender.clone()
    }

    /// Returns the state of the connection, as the socket's thread saw it last.
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.sender.state()
    }

    /// Returns the URL, as the browser resolved it.
    #[must_use]
    pub fn url(&self) -> &str {
        self.sender.url()
    }

    /// Returns the subprotocol that the server chose. It is empty before the connection is open, and if none was chosen.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.sender.protocol()
    }
}

crate::socket::delegate_to_halves!(RemoteWebSocket, RemoteSender);

impl fmt::Debug for RemoteWebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sender.shared().fmt_debug(f, "RemoteWebSocket")
    }
}

/// Channels and atomics have no invariant that a caught panic of user code could break. This lets a `Closure` own handles
/// with `panic = "unwind"`.
macro_rules! unwind_safe {
    ($($name:ident)*) => {
        $(
            impl UnwindSafe for $name {}
            impl RefUnwindSafe for $name {}
        )*
    };
}

unwind_safe! { RemoteSender RemoteReceiver RemoteClosedFuture RemoteDriver }

impl UnwindSafe for RemoteSendFuture<'_> {}
impl RefUnwindSafe for RemoteSendFuture<'_> {}
impl UnwindSafe for RemoteRecvFuture<'_> {}
impl RefUnwindSafe for RemoteRecvFuture<'_> {}
