//! What the driver does, for any connection: the tests have one without a browser.

use super::channel::{Command, DriverEnd, Received, Shared, cost};
use super::closed::Waiters;
use super::outbox::Outbox;
use crate::CloseFrame;
use crate::socket::{CloseInfo, Message, RecvError, SendErrorKind};
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures_core::Stream;
use std::sync::Arc;

/// A connection on the driver's own thread.
pub(crate) trait Connection {
    /// Waits until it is this driver's turn to send and there is capacity. A closed connection is ready as well.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Gives up the place that `poll_writable` took.
    fn stop_waiting(&mut self);
    /// Sends at once, whatever is buffered. The error is why not; `None` if the connection is closed or closing.
    fn send(&mut self, message: &Message) -> Result<(), Option<SendErrorKind>>;
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
                    self.close(None);
                }
                Poll::Pending => return,
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Send(outgoing) => self.outbox.push(outgoing),
            Command::SendCancelled => self.outbox.record_cancelled(),
            Command::Close(frame) => self.close(frame),
            Command::Finish(frame) => {
                self.outbox.close(|message| self.connection.send(message));
                self.connection.finish(frame);
            }
            // The task was woken, which is all.
            Command::Receive => {}
            Command::ReceiverDropped => self.drop_receiver(),
        }
    }

    fn close(&mut self, frame: Option<CloseFrame>) {
        self.outbox.close(|message| self.connection.send(message));
        self.connection.close(frame);
    }

    fn drop_receiver(&mut self) {
        if self.messages.take().is_some() {
            self.connection.drop_receiver();
        }
    }

    fn poll_sending(&mut self, cx: &mut Context<'_>) {
        while self.outbox.has_next() {
            if self.connection.poll_writable(cx).is_pending() {
                return;
            }
            let Some(outgoing) = self.outbox.pop() else { break };
            let Some(message) = outgoing.message() else { continue };
            let sent = self.connection.send(message);
            outgoing.complete(sent);
        }
        // All that waited may have been cancelled.
        self.connection.stop_waiting();
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
                    if messages.unbounded_send(received).is_err() {
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
