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
    /// The second sender is closed as a sink, or the send buffer is polled and holds this many bytes.
    Drain(u32),
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
    /// The timeout elapses.
    Timeout,
    /// The grace time elapses.
    Grace,
    /// The iframe that created the socket is removed.
    RemoveIframe,
    /// The worker that all of it runs in is terminated.
    Terminate,

    /// User code that was called in the middle of another action returns.
    Return,
    /// The executor polls the tasks that were woken.
    PollTasks,
}

impl Action {
    /// One of each kind that makes a difference, to explore every order.
    pub(crate) const REPRESENTATIVE: &[Self] = &[
        Self::DropReceiver,
        Self::DropFirst,
        Self::DropSecond,
        Self::DropSocket,
        Self::DropFuture,
        Self::IntoRaw,
        Self::Close,
        Self::Finish,
        Self::Drain(0),
        Self::Drain(1),
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
        Self::Timeout,
        Self::Grace,
        Self::RemoveIframe,
        Self::Terminate,
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
        let kind = usize::from(self.byte()?) % (Action::REPRESENTATIVE.len() + 4);
        let action = match kind.checked_sub(Action::REPRESENTATIVE.len()) {
            // Calls must return and tasks must run often enough for an order to get anywhere.
            Some(0 | 1) => Action::PollTasks,
            Some(_) => Action::Return,
            None => Action::REPRESENTATIVE.get(kind).copied()?,
        };
        let mut any = || self.byte().unwrap_or_default();
        Some(match action {
            Action::Message(_) => Action::Message(any().into()),
            Action::Drain(1) => Action::Drain(any().into()),
            Action::CloseEvent { clean, dispatched, .. } => Action::CloseEvent {
                code: u16::from_be_bytes([any(), any()]),
                clean: clean ^ (any() & 1 == 1),
                dispatched,
            },
            action => action,
        })
    }
}
