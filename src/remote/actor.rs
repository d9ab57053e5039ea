//! What the driver does, for any connection: the tests have one without a browser.

use super::channel::{Command, DriverEnd, Received, Shared, cost};
use super::closed::{Waiters, WaitingFutures};
use super::outbox::Outbox;
use crate::CloseFrame;
use crate::socket::{CloseInfo, Message, RecvError, SendErrorKind};
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures_core::Stream;
use std::sync::Arc;

/// Whether the browser has taken a message.
pub(crate) type Sent = Result<(), Option<SendErrorKind>>;

/// How a handle ends the connection.
enum End {
    /// With the default frame if there is none here.
    Close(Option<CloseFrame>),
    Finish(CloseFrame),
}

/// A connection on the driver's own thread.
pub(crate) trait Connection {
    /// Reserves a place among all that wait to send, for a message that is sent later.
    fn reserve_place(&mut self) -> u64;
    /// Sends a message once it is its turn, the connection is open, and there is capacity. The error is why it was not sent;
    /// `None` if the connection is closed or closing.
    fn poll_send(&mut self, place: u64, message: &Message, cx: &mut Context<'_>) -> Poll<Sent>;
    /// Gives up the place of the message that was polled last.
    fn stop_waiting(&mut self);
    /// Sends at once, whatever is buffered.
    fn send(&mut self, message: &Message) -> Sent;
    fn is_connecting(&self) -> bool;
    /// Starts to close, with the default frame if there is none here.
    fn close(&mut self, frame: Option<CloseFrame>);
    fn finish(&mut self, frame: CloseFrame);
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Received>>;
    fn drop_receiver(&mut self);
    /// Waits for the close. Returns how it closed, and whether all that was sent has left.
    fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<(CloseInfo, bool)>;
    /// Has the close published although the driver is dropped. The connection is closing.
    fn publish_when_closed(&mut self, waiters: Waiters);
}

/// Carries out commands, and passes on what is received.
pub(crate) struct Actor<C: Connection> {
    connection: C,
    shared: Arc<Shared>,
    /// `None` once no handle is left, and once the work is done.
    commands: Option<UnboundedReceiver<Command>>,
    outbox: Outbox,
    /// Sinks that wait for capacity.
    capacity: WaitingFutures,
    /// What is done once the connection is no longer connecting, so that messages that sinks have accepted are sent before.
    put_off: Vec<End>,
    /// `None` once the stream has ended or the receiver is dropped.
    messages: Option<UnboundedSender<Received>>,
    /// `None` once the connection has closed.
    waiters: Option<Waiters>,
}

impl<C: Connection> Actor<C> {
    pub(crate) fn new(connection: C, end: DriverEnd) -> Self {
        let DriverEnd { shared, commands, messages, waiters } = end;
        Self {
            connection,
            outbox: Outbox::new(Arc::clone(&shared)),
            capacity: WaitingFutures::default(),
            put_off: Vec::new(),
            shared,
            commands: Some(commands),
            messages: Some(messages),
            waiters: Some(waiters),
        }
    }

    /// Does what can be done. Ready once the connection is closed and its messages are delivered.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseInfo> {
        self.poll_commands(cx);
        self.poll_sending(cx);
        self.poll_receiving(cx);
        if let Some(waiters) = &mut self.waiters {
            waiters.poll(cx);
        }
        let Poll::Ready((info, all_flushed)) = self.connection.poll_closed(cx) else { return Poll::Pending };
        if let Some(waiters) = self.waiters.take() {
            waiters.publish(info.clone(), all_flushed);
        }
        if self.messages.is_some() {
            return Poll::Pending;
        }
        self.stop();
        Poll::Ready(info)
    }

    /// Carries out a command of a handle on this thread, after those that are in the channel.
    pub(crate) fn run(&mut self, command: Command, cx: &mut Context<'_>) {
        self.poll_commands(cx);
        self.carry_out(command);
        self.poll_sending(cx);
    }

    /// Takes all commands, so that none waits behind a message that cannot be sent yet.
    fn poll_commands(&mut self, cx: &mut Context<'_>) {
        while let Some(commands) = &mut self.commands {
            match Pin::new(commands).poll_next(cx) {
                Poll::Ready(Some(command)) => self.carry_out(command),
                Poll::Ready(None) => {
                    self.commands = None;
                    self.drop_receiver();
                    self.end(End::Close(None));
                }
                Poll::Pending => return,
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Send(outgoing) if self.put_off.is_empty() => {
                let place = self.connection.reserve_place();
                self.outbox.push(place, outgoing);
            }
            Command::Send(outgoing) => self.outbox.refuse(outgoing),
            Command::SendCancelled => self.outbox.record_cancelled(),
            Command::Close(frame) => self.end(End::Close(frame)),
            Command::Finish(frame) => self.end(End::Finish(frame)),
            Command::AwaitCapacity(waiting) => self.capacity.push(waiting),
            // The task was woken, which is all.
            Command::Receive => {}
            Command::ReceiverDropped => self.drop_receiver(),
        }
    }

    /// Ends the connection. While it is connecting, what sinks have accepted cannot be sent: `finish` and a sink's own close
    /// are put off then, and the connect timeout bounds for how long. A close with a frame ends the attempt.
    fn end(&mut self, end: End) {
        let ends_the_attempt = matches!(end, End::Close(Some(_)));
        self.put_off.push(end);
        if !ends_the_attempt && self.connection.is_connecting() && self.outbox.has_accepted() {
            return self.outbox.fail_waiting();
        }
        self.end_now();
    }

    fn end_now(&mut self) {
        self.outbox.close(|message| self.connection.send(message));
        for end in core::mem::take(&mut self.put_off) {
            match end {
                End::Close(frame) => self.connection.close(frame),
                End::Finish(frame) => self.connection.finish(frame),
            }
        }
    }

    fn drop_receiver(&mut self) {
        if self.messages.take().is_some() {
            self.connection.drop_receiver();
        }
    }

    fn poll_sending(&mut self, cx: &mut Context<'_>) {
        if !self.put_off.is_empty() && !self.connection.is_connecting() {
            self.end_now();
        }
        loop {
            let Some((place, message)) = self.outbox.next() else {
                // All that waited may have been cancelled.
                self.connection.stop_waiting();
                break;
            };
            let Poll::Ready(sent) = self.connection.poll_send(place, message, cx) else { break };
            if let Some(outgoing) = self.outbox.pop() {
                outgoing.complete(sent);
            }
        }
        if self.shared.has_send_capacity() {
            self.capacity.complete();
        }
    }

    fn poll_receiving(&mut self, cx: &mut Context<'_>) {
        while let Some(messages) = &self.messages {
            if !self.shared.may_deliver() {
                return;
            }
            match self.connection.poll_recv(cx) {
                Poll::Ready(Some(received)) => {
                    if let Ok(message) = &received {
                        // Before it can be taken, so that the account never goes below zero.
                        self.shared.add_unread(cost(message));
                    }
                    // The stream has one error at most, and ends after it.
                    let is_last = received.is_err();
                    if messages.unbounded_send(received).is_err() || is_last {
                        self.drop_receiver();
                    }
                }
                Poll::Ready(None) => self.drop_receiver(),
                Poll::Pending => return,
            }
        }
    }

    /// Carries out no further command: what is queued is returned, and so is what comes later.
    fn stop(&mut self) {
        self.outbox.fail_all();
        self.capacity.complete();
        // The channel's own drop waits out a push that another thread has begun, which takes a few instructions, and drops
        // what is in it: an `Outgoing` returns its message then.
        self.commands = None;
    }
}

impl<C: Connection> Drop for Actor<C> {
    fn drop(&mut self) {
        self.connection.stop_waiting();
        let waiters = self.waiters.take();
        if waiters.is_some() {
            self.shared.set_driver_dropped();
        }
        self.stop();
        if let Some(messages) = self.messages.take() {
            // Fails if the receiver was dropped.
            drop(messages.unbounded_send(Err(RecvError::driver_dropped())));
        }
        if let Some(waiters) = waiters {
            self.connection.close(None);
            self.connection.publish_when_closed(waiters);
        }
    }
}
