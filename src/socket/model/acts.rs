//! What can happen to a connection.

/// A message with this bit cannot be read.
pub(super) const ID_BAD: u32 = 1 << 31;

/// One thing that happens: between two turns of the event loop, or in the middle of another, where that calls user code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    /// The receiver goes; splitting is no act of its own.
    DropReceiver,
    /// The socket's own sender goes.
    DropFirst,
    /// The other sender goes, and the tasks that use it.
    DropSecond,
    /// Both halves of the socket go.
    DropSocket,
    DropFuture,
    GiveBack,
    Close,
    Finish,
    /// The second sender is closed as a sink, or reports again how many bytes are left.
    Drain(u32),
    /// The `open` event.
    Open,
    Message(usize),
    BadMessage,
    /// The peer's Close frame: the ready state changes, the event comes later.
    PeerBegins,
    /// The `error` event; without `closes`, a script dispatched it.
    Error {
        closes: bool,
    },
    /// The `close` event.
    End {
        code: u16,
        clean: bool,
        dispatched: bool,
    },
    Deadline,
    Grace,
    /// The frame that the socket was made in is removed.
    Vanish,
    /// The worker that all of it runs in is ended.
    Terminate,

    /// User code that was called in the middle of something returns.
    Return,
    /// The tasks that were woken run.
    Turn,
}

impl Act {
    /// One of each kind that makes a difference, for going through all orders.
    pub(crate) const CHOSEN: &[Self] = &[
        Self::DropReceiver,
        Self::DropFirst,
        Self::DropSecond,
        Self::DropSocket,
        Self::DropFuture,
        Self::GiveBack,
        Self::Close,
        Self::Finish,
        Self::Drain(0),
        Self::Drain(1),
        Self::Open,
        Self::Message(0),
        Self::Message(1),
        Self::BadMessage,
        Self::PeerBegins,
        Self::Error { closes: true },
        Self::Error { closes: false },
        Self::End { code: 4040, clean: true, dispatched: false },
        Self::End { code: 1006, clean: false, dispatched: false },
        Self::End { code: 1000, clean: true, dispatched: true },
        Self::Deadline,
        Self::Grace,
        Self::Vanish,
        Self::Terminate,
    ];
}

/// Acts read from any bytes.
#[cfg(fuzzing)]
#[derive(Debug)]
pub(super) struct Acts<'a>(pub(super) &'a [u8]);

#[cfg(fuzzing)]
impl Acts<'_> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }
}

#[cfg(fuzzing)]
impl Iterator for Acts<'_> {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let kind = usize::from(self.byte()?) % (Act::CHOSEN.len() + 4);
        let act = match kind.checked_sub(Act::CHOSEN.len()) {
            // The two free ones are as frequent as needed to get anywhere.
            Some(0 | 1) => Act::Turn,
            Some(_) => Act::Return,
            None => Act::CHOSEN.get(kind).copied()?,
        };
        let mut any = || self.byte().unwrap_or_default();
        Some(match act {
            Act::Message(_) => Act::Message(any().into()),
            Act::Drain(1) => Act::Drain(any().into()),
            Act::End { clean, dispatched, .. } => {
                Act::End { code: u16::from_be_bytes([any(), any()]), clean: clean ^ (any() & 1 == 1), dispatched }
            }
            act => act,
        })
    }
}
