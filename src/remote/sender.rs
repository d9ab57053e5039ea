//! The sending half.

use super::channel::{Command, Shared, Unsent, cost};
use super::closed::RemoteClosedFuture;
use super::driver::run_here;
use super::handle::Handle;
use super::outbox::{Ack, Outgoing, Reply};
use crate::CloseFrame;
use crate::socket::{Message, ReadyState, SendError};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_channel::oneshot;
use futures_core::{FusedFuture, Stream};
use futures_sink::Sink;
use std::collections::VecDeque;
use std::sync::Arc;

/// A cloneable handle that sends messages and closes the connection from any thread.
///
/// Created by [`RemoteWebSocket::split`](crate::RemoteWebSocket::split) and
/// [`RemoteWebSocket::sender`](crate::RemoteWebSocket::sender).
///
/// # Drop
///
/// The connection is closed, with the [`default_close_frame`](crate::WebSocketBuilder::default_close_frame), when the last
/// `RemoteSender` *and* the [`RemoteReceiver`](crate::RemoteReceiver) or [`RemoteWebSocket`](crate::RemoteWebSocket) are
/// dropped. What a sink has accepted is sent before.
pub struct RemoteSender {
    handle: Handle,
    /// Created when the handle is first used as a sink.
    lane: Option<Box<Lane>>,
    /// Completes when less than the window is queued. `None` unless `poll_ready` waits.
    capacity: Option<oneshot::Receiver<()>>,
    closing: Option<RemoteClosedFuture>,
}

/// What one handle has accepted as a sink.
struct Lane {
    reply: UnboundedSender<Ack>,
    acks: UnboundedReceiver<Ack>,
    /// How many accepted messages are not acknowledged.
    in_flight: usize,
    failed: VecDeque<Unsent>,
}

impl Default for Lane {
    fn default() -> Self {
        let (reply, acks) = unbounded();
        Self { reply, acks, in_flight: 0, failed: VecDeque::new() }
    }
}

impl Lane {
    /// Takes all acknowledgements. If messages are left without one, the task is woken by the next.
    fn poll(&mut self, cx: &mut Context<'_>) {
        while self.in_flight > 0 {
            let Poll::Ready(Some(ack)) = Pin::new(&mut self.acks).poll_next(cx) else { return };
            self.record(ack);
        }
    }

    /// Takes the acknowledgements that have come, without waiting for others.
    fn take_acks(&mut self) {
        while self.in_flight > 0 {
            let Ok(ack) = self.acks.try_recv() else { return };
            self.record(ack);
        }
    }

    fn record(&mut self, ack: Ack) {
        self.in_flight -= 1;
        self.failed.extend(ack.err());
    }
}

impl RemoteSender {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle, lane: None, capacity: None, closing: None }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.handle.shared
    }

    /// Sends a message, after waiting until the connection is open and less than the
    /// [high-water mark](crate::WebSocketBuilder::send_high_water_mark) is buffered.
    ///
    /// Messages go out in the order in which their sends were first polled, whatever handle on whatever thread they came
    /// from; among sends of the socket's own thread, what comes from another thread has its place when it arrives there.
    /// Completion means that the browser has taken the message.
    ///
    /// # Errors
    ///
    /// [`SendError`], which contains the message, once the connection is closed or closing, or if the driver was dropped
    /// ([`is_driver_dropped`](SendError::is_driver_dropped)).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the message is dropped with it, unless the browser has taken it already
    /// and the task of this future did not run since. Once it is dropped the message is not sent any later, unless another
    /// thread is handing it to the browser at that moment.
    pub fn send(&self, message: impl Into<Message>) -> RemoteSendFuture<'_> {
        RemoteSendFuture { sender: self, state: SendState::Begun(message.into()) }
    }

    /// Returns the messages that this handle has accepted as a [`Sink`] and that could not be sent, in their order.
    ///
    /// An error of `flush` contains the first of them, and each further `flush` the next one. All of them are here once
    /// `flush` completes, with or without an error.
    #[must_use = "these messages were not sent"]
    pub fn unsent(&mut self) -> Vec<Message> {
        let Some(lane) = &mut self.lane else { return Vec::new() };
        lane.take_acks();
        lane.failed.drain(..).map(|unsent| unsent.message).collect()
    }

    /// Closes the connection; see [`RemoteWebSocket::close`](crate::RemoteWebSocket::close).
    pub fn close(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.handle.close(frame)
    }

    /// Stops sending and lets the peer finish; see [`RemoteWebSocket::finish`](crate::RemoteWebSocket::finish).
    pub fn finish(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.handle.finish(frame)
    }

    /// Waits until the connection is closed, whichever side initiates it.
    #[must_use = "futures do nothing unless polled"]
    pub fn closed(&self) -> RemoteClosedFuture {
        self.handle.closed()
    }

    /// Returns the state of the connection; see [`RemoteWebSocket::state`](crate::RemoteWebSocket::state).
    #[must_use]
    pub fn state(&self) -> ReadyState {
        self.handle.shared.state()
    }

    /// Returns the URL, as the browser resolved it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.handle.shared.url
    }

    /// Returns the subprotocol that the server chose; see [`RemoteWebSocket::protocol`](crate::RemoteWebSocket::protocol).
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.handle.shared.protocol()
    }

    /// Hands a message over to the driver; returns it if the driver is gone.
    fn hand_over(&self, outgoing: Outgoing) -> Result<(), SendError> {
        let bytes = outgoing.message().map_or(0, cost);
        // Before the driver can subtract it.
        self.handle.shared.add_queued(bytes);
        let Err(command) = run_here(&self.handle.shared, Command::Send(outgoing)) else { return Ok(()) };
        let Err(refused) = self.handle.commands.unbounded_send(command) else { return Ok(()) };
        self.handle.shared.remove_queued(bytes);
        let message = match refused.into_inner() {
            Command::Send(outgoing) => outgoing.into_message(),
            _ => None,
        };
        Err(self.handle.shared.send_error(None, message))
    }

    fn next_error(&mut self) -> Option<SendError> {
        let unsent = self.lane.as_mut()?.failed.pop_front()?;
        Some(self.handle.shared.unsent_error(unsent))
    }
}

/// Returns another handle of the same connection. As a sink it has accepted nothing yet.
impl Clone for RemoteSender {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl fmt::Debug for RemoteSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.shared.fmt_debug(f, "RemoteSender")
    }
}

/// Accepts messages up to a bound, and hands them to the browser in order with the sends of all handles.
///
/// - `poll_ready` waits while as much is on its way to the browser, from all handles together, as the
///   [high-water mark](crate::WebSocketBuilder::send_high_water_mark) allows (each message counts its length and 64 bytes).
///   While the connection is connecting, messages are accepted up to the same bound. Threads that look at the same moment
///   may each add a message.
/// - `start_send` gives the message its place in the order.
/// - `poll_flush` is ready once the browser has taken everything that this handle has accepted.
/// - `poll_close` closes the connection with the
///   [`default_close_frame`](crate::WebSocketBuilder::default_close_frame), and waits for the close. What was accepted
///   before is sent first, which also waits for a connection that is still connecting.
///
/// # Errors
///
/// `start_send` fails with its message once the connection is known to be closed or closing, and while messages that were
/// accepted and could not be sent are left: these are in the error of `poll_flush` or `poll_close`, or in
/// [`unsent`](Self::unsent).
impl Sink<Message> for RemoteSender {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let this = &mut *self;
        if let Some(lane) = &mut this.lane {
            lane.take_acks();
        }
        while !this.handle.shared.has_send_capacity() {
            let capacity = this.capacity.get_or_insert_with(|| {
                let (sender, receiver) = oneshot::channel();
                this.handle.command(Command::AwaitCapacity(sender));
                receiver
            });
            match Pin::new(capacity).poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => this.capacity = None,
                // Without a driver nothing is queued any longer: `start_send` returns the message.
                Poll::Ready(Err(oneshot::Canceled)) => break,
            }
        }
        this.capacity = None;
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        let this = &mut *self;
        let lane = this.lane.get_or_insert_default();
        let failed = lane.failed.front().map(|unsent| unsent.kind.clone());
        if this.handle.shared.is_closing() || failed.is_some() {
            return Err(this.handle.shared.send_error(failed.flatten(), Some(message)));
        }
        let outgoing = Outgoing::new(message, Reply::Accepted(lane.reply.clone()));
        this.hand_over(outgoing)?;
        if let Some(lane) = &mut this.lane {
            lane.in_flight += 1;
        }
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if let Some(lane) = &mut self.lane {
            lane.poll(cx);
            if lane.in_flight > 0 {
                return Poll::Pending;
            }
        }
        match self.next_error() {
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let this = &mut *self;
        let closing = this.closing.get_or_insert_with(|| {
            this.handle.command(Command::Close(None));
            this.handle.closed()
        });
        if Pin::new(closing).poll(cx).is_pending() {
            return Poll::Pending;
        }
        match self.as_mut().poll_flush(cx) {
            Poll::Ready(Ok(())) if !self.handle.shared.all_flushed() => {
                Poll::Ready(Err(self.handle.shared.send_error(None, None)))
            }
            flushed => flushed,
        }
    }
}

/// Waits until the browser has taken a message. Returned by [`RemoteSender::send`] and
/// [`RemoteWebSocket::send`](crate::RemoteWebSocket::send).
///
/// # Cancel safety
///
/// See [`RemoteSender::send`].
#[must_use = "futures do nothing unless polled"]
pub struct RemoteSendFuture<'a> {
    sender: &'a RemoteSender,
    state: SendState,
}

enum SendState {
    Begun(Message),
    Waiting(oneshot::Receiver<Ack>),
    Done,
}

impl Future for RemoteSendFuture<'_> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut ack = match core::mem::replace(&mut self.state, SendState::Done) {
            SendState::Begun(message) => {
                let (reply, ack) = oneshot::channel();
                self.sender.hand_over(Outgoing::new(message, Reply::Waiting(reply)))?;
                ack
            }
            SendState::Waiting(ack) => ack,
            SendState::Done => return Poll::Ready(Ok(())),
        };
        match Pin::new(&mut ack).poll(cx) {
            Poll::Pending => {
                self.state = SendState::Waiting(ack);
                Poll::Pending
            }
            Poll::Ready(Ok(Ok(()))) => Poll::Ready(Ok(())),
            Poll::Ready(Ok(Err(unsent))) => Poll::Ready(Err(self.sender.handle.shared.unsent_error(unsent))),
            // An `Outgoing` replies even when it is dropped.
            Poll::Ready(Err(oneshot::Canceled)) => Poll::Ready(Err(self.sender.handle.shared.send_error(None, None))),
        }
    }
}

impl FusedFuture for RemoteSendFuture<'_> {
    fn is_terminated(&self) -> bool {
        matches!(self.state, SendState::Done)
    }
}

impl Drop for RemoteSendFuture<'_> {
    fn drop(&mut self) {
        if let SendState::Waiting(ack) = core::mem::replace(&mut self.state, SendState::Done) {
            // First, because the driver looks for it.
            drop(ack);
            drop(self.sender.handle.commands.unbounded_send(Command::SendCancelled));
        }
    }
}

impl fmt::Debug for RemoteSendFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            SendState::Begun(_) => "begun",
            SendState::Waiting(_) => "waiting",
            SendState::Done => "done",
        };
        f.debug_struct("RemoteSendFuture").field("state", &state).finish()
    }
}
