//! What can happen to a connection in the model.

/// The bit in a message's number that makes it unreadable.
pub(super) const UNREADABLE: u32 = 1 << 31;

/// One event or call: in a task of its own, or in the middle of another one, where that runs user code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// The receiver is dropped. Splitting is no action of its own.
    DropReceiver,
    /// The socket's own sender is dropped.
    DropFirst,
    /// The other sender is dropped, and with it the tasks that use it.
    DropSecond,
    /// The unsplit socket is dropped.
    DropSocket,
    DropFuture,
    IntoRaw,
    Close,
    Finish,
    /// The second sender is closed as a sink.
    CloseSink,

    /// A task of the second sender begins to send.
    Send(Slot),
    /// It is dropped before it is done.
    DropSend(Slot),
    /// `try_send`, on the second sender.
    TrySend,
    /// A task begins to send through the second sender as a sink.
    Feed,
    /// It turns to something else, without telling the sink.
    AbandonFeed,
    Flush,
    DropFlush,
    /// Something reads `bufferedAmount` between two polls: `buffered_amount`, or a flush that ends at once.
    Observe,

    /// The `open` event.
    Open,
    Message(usize),
    UnreadableMessage,
    /// The peer's Close frame: the ready state changes, the event follows.
    PeerCloses,
    /// The `error` event; without `closes`, a script has dispatched it.
    Error {
        closes: bool,
    },
    /// The `close` event.
    CloseEvent {
        code: u16,
        clean: bool,
        dispatched: bool,
    },
    /// The `close` event is queued, behind a task that blocks the thread.
    QueueCloseEvent,
    /// The queued event fires.
    FireQueued,
    /// So many bytes leave the browser's buffer.
    Drain(u8),
    /// The timeout fires, for the first or for the second time.
    Timeout,
    /// The timer that polls the send buffer fires.
    PollTimer,
    /// The iframe that created the socket is removed.
    RemoveIframe,
    /// The worker that all of it runs in is terminated.
    Terminate,

    /// User code that was called in the middle of another action returns.
    Return,
    /// The executor polls the tasks that were woken.
    PollTasks,
}

/// Which of two sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    A,
    B,
}

impl Action {
    /// One of each kind that makes a difference to how a connection closes, to explore every order.
    pub(crate) const CLOSING: &[Self] = &[
        Self::DropReceiver,
        Self::DropFirst,
        Self::DropSecond,
        Self::DropSocket,
        Self::DropFuture,
        Self::IntoRaw,
        Self::Close,
        Self::Finish,
        Self::CloseSink,
        Self::Send(Slot::A),
        Self::Open,
        Self::Message(0),
        Self::Message(1),
        Self::UnreadableMessage,
        Self::PeerCloses,
        Self::Error { closes: true },
        Self::Error { closes: false },
        Self::CloseEvent { code: 4040, clean: true, dispatched: false },
        Self::CloseEvent { code: 1006, clean: false, dispatched: false },
        Self::CloseEvent { code: 1000, clean: true, dispatched: true },
        Self::QueueCloseEvent,
        Self::FireQueued,
        Self::Timeout,
        Self::RemoveIframe,
        Self::Terminate,
    ];

    /// One of each kind that makes a difference to the flow of messages, to explore every order.
    pub(crate) const FLOW: &[Self] = &[
        Self::Open,
        Self::Send(Slot::A),
        Self::Send(Slot::B),
        Self::DropSend(Slot::A),
        Self::TrySend,
        Self::Feed,
        Self::AbandonFeed,
        Self::Flush,
        Self::DropFlush,
        Self::Observe,
        Self::Drain(1),
        Self::Drain(u8::MAX),
        Self::PollTimer,
        Self::Message(0),
        Self::PeerCloses,
        Self::Close,
        Self::Finish,
        Self::CloseSink,
        Self::DropSecond,
        Self::Timeout,
        Self::QueueCloseEvent,
        Self::FireQueued,
        Self::CloseEvent { code: 1006, clean: false, dispatched: false },
    ];
}

/// Decodes actions from any bytes.
#[cfg(fuzzing)]
#[derive(Debug)]
pub(super) struct Decoder<'a>(pub(super) &'a [u8]);

#[cfg(fuzzing)]
impl Decoder<'_> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }
}

#[cfg(fuzzing)]
impl Iterator for Decoder<'_> {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        let (closing, flow) = (Action::CLOSING.len(), Action::FLOW.len());
        let kind = usize::from(self.byte()?) % (closing + flow + 6);
        // Calls must return and tasks must run often enough for an order to get anywhere.
        let action = match kind.checked_sub(closing + flow) {
            Some(0..=3) => Action::PollTasks,
            Some(_) => Action::Return,
            None => Action::CLOSING.get(kind).or_else(|| Action::FLOW.get(kind - closing)).copied()?,
        };
        let mut any = || self.byte().unwrap_or_default();
        Some(match action {
            Action::Message(_) => Action::Message(any().into()),
            Action::Drain(1) => Action::Drain(any()),
            Action::CloseEvent { clean, dispatched, .. } => Action::CloseEvent {
                code: u16::from_be_bytes([any(), any()]),
                clean: clean ^ (any() & 1 == 1),
                dispatched,
            },
            action => action,
        })
    }
}
