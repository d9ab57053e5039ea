//! The messages that the driver has and the browser has not taken yet, in the order in which their sends were first polled.

use super::channel::{Shared, Unsent, cost};
use crate::socket::{Message, SendErrorKind};
use futures_channel::mpsc::UnboundedSender;
use futures_channel::oneshot;
use std::collections::VecDeque;
use std::sync::Arc;

/// How a sink learns what became of one of its messages.
pub(crate) type Ack = Result<(), Unsent>;

/// Whom to tell what became of a message.
pub(crate) enum Reply {
    /// A future waits for it, and owns the message as long as the browser has not taken it.
    Waiting(oneshot::Sender<Ack>),
    /// A sink has accepted it.
    Accepted(UnboundedSender<Ack>),
}

/// A message on its way to the browser. If it is dropped, its sender gets it back.
pub(crate) struct Outgoing(Option<(Message, Reply)>);

/// A message in the queue, and its place among all that wait to send on this connection.
struct Queued {
    place: u64,
    outgoing: Outgoing,
}

impl Outgoing {
    pub(crate) fn new(message: Message, reply: Reply) -> Self {
        Self(Some((message, reply)))
    }

    /// Returns the message to a sender that could not queue it. No acknowledgement is sent.
    pub(crate) fn into_message(mut self) -> Option<Message> {
        self.0.take().map(|(message, _)| message)
    }

    pub(crate) fn message(&self) -> Option<&Message> {
        self.0.as_ref().map(|(message, _)| message)
    }

    fn cost(&self) -> usize {
        self.message().map_or(0, cost)
    }

    /// Returns `true` if the future that waits for it was dropped.
    fn is_cancelled(&self) -> bool {
        matches!(&self.0, Some((_, Reply::Waiting(reply))) if reply.is_canceled())
    }

    fn is_accepted(&self) -> bool {
        matches!(&self.0, Some((_, Reply::Accepted(_))))
    }

    /// Handles that the browser has taken the message, or has refused it.
    pub(crate) fn complete(mut self, sent: Result<(), Option<SendErrorKind>>) {
        self.reply(sent);
    }

    fn reply(&mut self, sent: Result<(), Option<SendErrorKind>>) {
        let Some((message, reply)) = self.0.take() else { return };
        let ack = sent.map_err(|kind| Unsent { message, kind });
        // Fails if the sender was dropped.
        match reply {
            Reply::Waiting(reply) => drop(reply.send(ack)),
            Reply::Accepted(sink) => drop(sink.unbounded_send(ack)),
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.reply(Err(None));
    }
}

/// The queue. Its bytes are in the account of [`Shared`].
pub(crate) struct Outbox {
    shared: Arc<Shared>,
    queue: VecDeque<Queued>,
    /// How many futures were dropped while their messages were here.
    cancelled: usize,
}

impl Outbox {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, queue: VecDeque::new(), cancelled: 0 }
    }

    pub(crate) fn push(&mut self, place: u64, outgoing: Outgoing) {
        self.queue.push_back(Queued { place, outgoing });
    }

    /// Returns a message to its sender instead of queueing it.
    pub(crate) fn refuse(&self, outgoing: Outgoing) {
        self.shared.remove_queued(outgoing.cost());
        drop(outgoing);
    }

    /// Handles that a future was dropped. Cancelled messages are removed together, so that any number takes linear time.
    pub(crate) fn record_cancelled(&mut self) {
        self.cancelled += 1;
        if self.cancelled * 2 >= self.queue.len() {
            self.cancelled = 0;
            let shared = &self.shared;
            self.queue.retain(|queued| {
                let is_kept = !queued.outgoing.is_cancelled();
                if !is_kept {
                    shared.remove_queued(queued.outgoing.cost());
                }
                is_kept
            });
        }
    }

    /// Returns the next message that waits to be sent, and its place.
    pub(crate) fn next(&mut self) -> Option<(u64, &Message)> {
        while self.queue.front().is_some_and(|queued| queued.outgoing.is_cancelled()) {
            drop(self.pop());
        }
        let next = self.queue.front()?;
        Some((next.place, next.outgoing.message()?))
    }

    /// Returns `true` if a sink has accepted one of the messages.
    pub(crate) fn has_accepted(&self) -> bool {
        self.queue.iter().any(|queued| queued.outgoing.is_accepted())
    }

    /// Takes the next message.
    pub(crate) fn pop(&mut self) -> Option<Outgoing> {
        let outgoing = self.queue.pop_front()?.outgoing;
        self.shared.remove_queued(outgoing.cost());
        Some(outgoing)
    }

    /// Fails the sends that wait. What sinks have accepted stays.
    pub(crate) fn fail_waiting(&mut self) {
        let (accepted, waiting) =
            core::mem::take(&mut self.queue).into_iter().partition(|queued| queued.outgoing.is_accepted());
        self.queue = accepted;
        let waiting: VecDeque<Queued> = waiting;
        for queued in waiting {
            self.refuse(queued.outgoing);
        }
    }

    /// Handles that the connection starts to close: as with the socket itself, what sinks have accepted is sent first, and
    /// sends that wait fail.
    pub(crate) fn close(&mut self, mut send: impl FnMut(&Message) -> Result<(), Option<SendErrorKind>>) {
        let mut waiting = Vec::new();
        while let Some(outgoing) = self.pop() {
            match outgoing.message() {
                Some(message) if outgoing.is_accepted() => {
                    let sent = send(message);
                    outgoing.complete(sent);
                }
                _ => waiting.push(outgoing),
            }
        }
        drop(waiting);
    }

    /// Returns every message to its sender.
    pub(crate) fn fail_all(&mut self) {
        while let Some(outgoing) = self.pop() {
            drop(outgoing);
        }
    }
}
