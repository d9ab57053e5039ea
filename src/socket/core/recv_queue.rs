//! Messages that wait to be taken, and how their stream ends. Pure: no JavaScript types.

use crate::socket::close_info::{CloseCause, CloseInfo};
use std::collections::VecDeque;

/// The received messages of one socket, and what comes after the last of them.
///
/// It yields the messages in order, then at most one error, then the end for ever.
#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
pub(crate) struct Inbox<M> {
    queue: VecDeque<(M, usize)>,
    /// Bytes in `queue`, as counted by whoever put them in.
    bytes: usize,
    limit: Option<usize>,
    fault: Option<Fault>,
    /// The one error has been yielded.
    failed: bool,
    /// The end has been yielded.
    over: bool,
    /// The reader is gone: nothing is kept for it.
    abandoned: bool,
}

/// Why the stream ends although the connection could have gone on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, fuzzing), derive(Hash))]
pub(crate) enum Fault {
    /// More bytes waited than the limit allows.
    Overflow { limit: usize },
    /// A message that is neither text nor an `ArrayBuffer`.
    Unreadable,
}

/// What the reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<M> {
    Message(M),
    Fault(Fault),
    /// The connection was lost; yielded once.
    Lost,
    End,
    /// Nothing yet.
    Wait,
}

impl<M> Inbox<M> {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self { queue: VecDeque::new(), bytes: 0, limit, fault: None, failed: false, over: false, abandoned: false }
    }

    /// Whether messages are still kept, for a reader that is told of them.
    pub(crate) fn keeps(&self) -> bool {
        !self.abandoned && self.fault.is_none() && !self.failed
    }

    /// Keeps a message.
    pub(crate) fn put(&mut self, message: M) {
        if self.keeps() {
            self.queue.push_back((message, 0));
        }
    }

    /// Keeps a message of so many bytes. Says no, and keeps neither this nor any later one, when it would exceed the limit.
    pub(crate) fn put_within(&mut self, message: M, bytes: usize) -> bool {
        if !self.keeps() {
            return true;
        }
        if let Some(limit) = self.limit {
            match self.bytes.checked_add(bytes).filter(|total| *total <= limit) {
                Some(total) => self.bytes = total,
                None => {
                    self.fault = Some(Fault::Overflow { limit });
                    return false;
                }
            }
        }
        self.queue.push_back((message, bytes));
        true
    }

    pub(crate) fn take(&mut self, end: Option<&CloseInfo>) -> Taken<M> {
        if let Some((message, bytes)) = self.queue.pop_front() {
            self.bytes = self.bytes.saturating_sub(bytes);
            return Taken::Message(message);
        }
        if let Some(fault) = self.fault.take() {
            self.failed = true;
            return Taken::Fault(fault);
        }
        match end {
            None => Taken::Wait,
            Some(closed) if !self.failed && is_loss(closed) => {
                self.failed = true;
                Taken::Lost
            }
            Some(_) => {
                self.over = true;
                Taken::End
            }
        }
    }

    /// Whether the end has been yielded. Not earlier: `select!` does not poll what says so.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the reader is gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// A message that was taken turned out to be unreadable: the reader is told now, and nothing follows.
    pub(crate) fn fail(&mut self) -> VecDeque<(M, usize)> {
        self.failed = true;
        self.fault = None;
        self.empty()
    }

    /// The reader is gone, and is told of nothing any more, also if it is a closure that still runs. Returns what
    /// waited, to be freed by the caller.
    pub(crate) fn abandon(&mut self) -> VecDeque<(M, usize)> {
        self.abandoned = true;
        self.fail()
    }

    fn empty(&mut self) -> VecDeque<(M, usize)> {
        self.bytes = 0;
        core::mem::take(&mut self.queue)
    }
}

/// Whether the reader cannot know that it has read all there was, and did not ask for that itself.
pub(crate) fn is_loss(closed: &CloseInfo) -> bool {
    matches!(closed.cause(), CloseCause::Lost | CloseCause::Timeout | CloseCause::Blocked)
}
