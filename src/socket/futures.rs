//! The futures of connecting, sending and receiving. They have names so that a struct can store them.

use super::WebSocket;
use super::close_on_drop::CloseOnDrop;
use super::core::Core;
use super::core::waiters::{Interest, WaiterKey};
use super::error::{ConnectError, RecvError, SendError, SendRawError};
use super::message::Message;
use super::message::raw_message::RawMessage;
use super::sender::WebSocketSender;
use crate::CloseFrame;
use ::core::fmt;
use ::core::future::Future;
use ::core::panic::AssertUnwindSafe;
use ::core::pin::Pin;
use ::core::task::{Context, Poll};
use futures_core::FusedFuture;
use std::rc::Rc;

/// Creates a socket and waits until it is open. Returned by [`WebSocket::connect`] and
/// [`WebSocketBuilder::connect`](crate::WebSocketBuilder::connect).
///
/// The socket is created when the future is first polled.
///
/// # Drop
///
/// Dropping it closes the socket.
#[must_use = "futures do nothing unless polled"]
pub struct ConnectFuture {
    /// What the `async` block captures is unwind safe, but the compiler does not derive it for one.
    future: AssertUnwindSafe<Pin<Box<Connect>>>,
    done: bool,
}

pub(crate) type Connect = dyn Future<Output = Result<WebSocket, ConnectError>>;

impl ConnectFuture {
    pub(crate) fn new(future: impl Future<Output = Result<WebSocket, ConnectError>> + 'static) -> Self {
        Self { future: AssertUnwindSafe(Box::pin(future)), done: false }
    }

    /// Returns a guard that closes the connection with this frame when it is dropped: now while connecting, and later,
    /// whatever owns the socket by then.
    ///
    /// If the guard is dropped while connecting, the attempt is aborted, and the future resolves with a [`ConnectError`]
    /// whose cause is [`CloseCause::Local`](crate::CloseCause::Local); if it was not polled yet, no socket is created. If the
    /// connection has opened, and the future was not polled since, the future resolves with the socket, which is closing.
    ///
    /// Call this before the future is first polled, or poll the future again afterwards: until then, dropping the guard does
    /// not wake the task, and closes a connection that has opened with the
    /// [`default_close_frame`](crate::WebSocketBuilder::default_close_frame).
    ///
    /// See [`CloseOnDrop`] for an example. After the future has resolved, use [`WebSocket::close_on_drop`]: a guard that is
    /// created then closes nothing.
    pub fn close_on_drop(&mut self, frame: CloseFrame) -> CloseOnDrop {
        if self.done {
            return CloseOnDrop::of_nothing(frame);
        }
        // The placeholder takes no memory and is replaced at once.
        let future = ::core::mem::replace(&mut self.future.0, Box::pin(::core::future::pending()));
        let (guard, guarded) = CloseOnDrop::of_attempt(future, frame);
        self.future.0 = guarded;
        guard
    }
}

impl Future for ConnectFuture {
    type Output = Result<WebSocket, ConnectError>;

    // Inlined it takes 30 bytes more (brotli) in a minimal app.
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // An `async` block panics when it is polled after completion.
        if self.done {
            return Poll::Pending;
        }
        let connected = self.future.as_mut().poll(cx);
        self.done = connected.is_ready();
        connected
    }
}

impl FusedFuture for ConnectFuture {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl fmt::Debug for ConnectFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectFuture").finish()
    }
}

/// Waits until a connection is open. Returned by [`WebSocket::opened`] and
/// [`WebSocketSender::opened`](crate::WebSocketSender::opened).
///
/// # Drop
///
/// Dropping it does not affect the connection.
#[must_use = "futures do nothing unless polled"]
pub struct OpenedFuture<'a> {
    core: &'a Rc<Core>,
    key: WaiterKey,
    done: bool,
}

impl<'a> OpenedFuture<'a> {
    pub(crate) fn new(core: &'a Rc<Core>) -> Self {
        Self { core, key: WaiterKey::default(), done: false }
    }
}

impl Core {
    pub(crate) fn poll_opened(&self, key: &WaiterKey, cx: &Context<'_>) -> Poll<Result<(), ConnectError>> {
        // Registered first: cloning the waker can run user code that closes the connection.
        self.waiters.register(key, Interest::OPEN, cx.waker());
        let opened = match self.close_info() {
            _ if self.was_open() => Ok(()),
            Some(info) => Err(ConnectError::closed_early(info)),
            None => return Poll::Pending,
        };
        self.waiters.deregister(key);
        Poll::Ready(opened)
    }
}

impl Future for OpenedFuture<'_> {
    type Output = Result<(), ConnectError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let opened = self.core.poll_opened(&self.key, cx);
        self.done = opened.is_ready();
        opened
    }
}

impl FusedFuture for OpenedFuture<'_> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for OpenedFuture<'_> {
    fn drop(&mut self) {
        self.core.waiters.deregister(&self.key);
    }
}

impl fmt::Debug for OpenedFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedFuture").field("state", &self.core.state()).finish()
    }
}

/// Waits for capacity, then sends. Returned by [`WebSocketSender::send`] and [`WebSocket::send`].
///
/// # Cancel safety
///
/// If it is dropped before it completes, the message was not sent and is dropped with it.
#[must_use = "futures do nothing unless polled"]
pub struct SendFuture<'a> {
    sender: &'a WebSocketSender,
    message: Option<Message>,
    key: WaiterKey,
}

impl<'a> SendFuture<'a> {
    pub(crate) fn new(sender: &'a WebSocketSender, message: Message) -> Self {
        Self { sender, message: Some(message), key: WaiterKey::default() }
    }
}

impl Future for SendFuture<'_> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(message) = &self.message else { return Poll::Ready(Ok(())) };
        let sent = match self.sender.core().poll_send(message, &self.key, cx) {
            Poll::Ready(sent) => sent,
            Poll::Pending => return Poll::Pending,
        };
        let message = self.message.take();
        Poll::Ready(sent.map_err(|kind| self.sender.core().send_error(kind, message)))
    }
}

impl FusedFuture for SendFuture<'_> {
    fn is_terminated(&self) -> bool {
        self.message.is_none()
    }
}

impl Drop for SendFuture<'_> {
    fn drop(&mut self) {
        self.sender.core().waiters.deregister(&self.key);
    }
}

impl fmt::Debug for SendFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture").field("unsent_bytes", &self.message.as_ref().map(Message::len)).finish()
    }
}

/// Waits for capacity, then sends a JavaScript value. Returned by [`WebSocketSender::send_raw`].
///
/// # Cancel safety
///
/// If it is dropped before it completes, the message was not sent and is dropped with it.
#[must_use = "futures do nothing unless polled"]
pub struct SendRawFuture<'a> {
    sender: &'a WebSocketSender,
    message: Option<RawMessage>,
    key: WaiterKey,
}

impl<'a> SendRawFuture<'a> {
    pub(crate) fn new(sender: &'a WebSocketSender, message: RawMessage) -> Self {
        Self { sender, message: Some(message), key: WaiterKey::default() }
    }
}

impl Future for SendRawFuture<'_> {
    type Output = Result<(), SendRawError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(message) = self.message.take() else { return Poll::Ready(Ok(())) };
        match self.sender.core().poll_send(&message, &self.key, cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(kind)) => {
                Poll::Ready(Err(SendRawError::new(self.sender.core().send_error(kind, None), message)))
            }
            Poll::Pending => {
                self.message = Some(message);
                Poll::Pending
            }
        }
    }
}

impl FusedFuture for SendRawFuture<'_> {
    fn is_terminated(&self) -> bool {
        self.message.is_none()
    }
}

impl Drop for SendRawFuture<'_> {
    fn drop(&mut self) {
        self.sender.core().waiters.deregister(&self.key);
    }
}

impl fmt::Debug for SendRawFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendRawFuture").field("unsent", &self.message.is_some()).finish()
    }
}

/// Waits until a message can be sent immediately. Returned by [`WebSocketSender::ready`].
///
/// # Drop
///
/// Dropping it does not affect the connection.
#[must_use = "futures do nothing unless polled"]
pub struct ReadyFuture<'a> {
    sender: &'a WebSocketSender,
    key: WaiterKey,
    done: bool,
}

impl<'a> ReadyFuture<'a> {
    pub(crate) fn new(sender: &'a WebSocketSender) -> Self {
        Self { sender, key: WaiterKey::default(), done: false }
    }
}

impl Future for ReadyFuture<'_> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ready = self.sender.core().poll_ready(&self.key, self.sender.turn(), cx);
        self.done = ready.is_ready();
        ready
    }
}

impl FusedFuture for ReadyFuture<'_> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for ReadyFuture<'_> {
    fn drop(&mut self) {
        self.sender.core().waiters.deregister(&self.key);
    }
}

impl fmt::Debug for ReadyFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyFuture").field("state", &self.sender.state()).finish()
    }
}

/// Waits until everything sent so far has left the browser's buffer. Returned by [`WebSocketSender::flush`] and
/// [`WebSocket::flush`].
///
/// # Drop
///
/// Dropping it does not affect the connection.
#[must_use = "futures do nothing unless polled"]
pub struct FlushFuture<'a> {
    core: &'a Rc<Core>,
    target: u64,
    key: WaiterKey,
    done: bool,
}

impl<'a> FlushFuture<'a> {
    pub(crate) fn new(core: &'a Rc<Core>) -> Self {
        Self { core, target: core.sent(), key: WaiterKey::default(), done: false }
    }
}

impl Future for FlushFuture<'_> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let flushed = self.core.poll_flushed(self.target, &self.key, cx);
        self.done = flushed.is_ready();
        flushed
    }
}

impl FusedFuture for FlushFuture<'_> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for FlushFuture<'_> {
    fn drop(&mut self) {
        self.core.waiters.deregister(&self.key);
    }
}

impl fmt::Debug for FlushFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlushFuture").field("target_bytes", &self.target).finish()
    }
}

macro_rules! recv_future {
    ($(#[$doc:meta])* $name:ident $message:ty) => {
        $(#[$doc])*
        ///
        /// # Cancel safety
        ///
        /// Cancel safe. A message leaves the queue only when the future returns it.
        #[must_use = "futures do nothing unless polled"]
        pub struct $name<'a> {
            core: &'a Rc<Core>,
        }

        impl<'a> $name<'a> {
            pub(crate) fn new(core: &'a Rc<Core>) -> Self {
                Self { core }
            }
        }

        impl Future for $name<'_> {
            type Output = Option<Result<$message, RecvError>>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.core.poll_recv(cx)
            }
        }

        /// Terminated when the stream of messages is, as the futures of `StreamExt::next` are.
        impl FusedFuture for $name<'_> {
            fn is_terminated(&self) -> bool {
                self.core.is_stream_terminated()
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

recv_future! {
    /// Waits for the next message. Returned by [`WebSocketReceiver::recv`](crate::WebSocketReceiver::recv) and
    /// [`WebSocket::recv`].
    RecvFuture Message
}

recv_future! {
    /// Waits for the next message, which stays in JavaScript. Returned by
    /// [`WebSocketReceiver::recv_raw`](crate::WebSocketReceiver::recv_raw) and [`WebSocket::recv_raw`].
    RecvRawFuture RawMessage
}
