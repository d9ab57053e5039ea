//! Received messages that wait for the reader, and how their stream ends. Pure: no JavaScript types.

use crate::socket::close_info::{CloseCause, CloseInfo};
use std::collections::VecDeque;

/// The received messages of one socket, and what follows the last of them.
///
/// It yields the messages in order, then at most one error, then the end of the stream.
#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
pub(crate) struct RecvQueue<M> {
    queue: VecDeque<(M, usize)>,
    /// The sum of the sizes in `queue`.
    bytes: usize,
    limit: Option<usize>,
    /// An error that the reader has not been given yet.
    pending_error: Option<RecvErrorKind>,
    /// The one error has been yielded.
    error_yielded: bool,
    /// The end of the stream has been yielded.
    end_yielded: bool,
    /// The reader was dropped, so nothing is kept.
    abandoned: bool,
}

/// Why a stream ends with an error although the connection was not lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, fuzzing), derive(Hash))]
pub(crate) enum RecvErrorKind {
    /// More bytes were queued than the limit allows.
    Overflow { limit: usize },
    /// A message was neither text nor an `ArrayBuffer`.
    Unreadable,
    /// The peer neither sent nor closed for as long as `finish` waits, so this endpoint closed.
    Unfinished,
}

/// How many bytes a queued message counts in addition to its content: about what its entries in this queue, in
/// wasm-bindgen's table of values and in the JavaScript heap take. Without it, empty messages would pass any limit.
pub(crate) const MESSAGE_OVERHEAD: usize = 64;

/// A queue with more capacity than this is freed when it is empty.
const MAX_IDLE_CAPACITY: usize = 64;

/// What the reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Popped<M> {
    Message(M),
    Error(RecvErrorKind),
    /// The connection was lost; yielded once.
    Lost,
    End,
    /// Nothing is available yet.
    Pending,
}

impl<M> RecvQueue<M> {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: 0,
            limit,
            pending_error: None,
            error_yielded: false,
            end_yielded: false,
            abandoned: false,
        }
    }

    /// Returns `true` as long as new messages are kept for the reader.
    pub(crate) fn is_accepting(&self) -> bool {
        !self.abandoned && self.pending_error.is_none() && !self.error_yielded
    }

    /// Queues a message.
    pub(crate) fn push(&mut self, message: M) {
        if self.is_accepting() {
            self.queue.push_back((message, 0));
        }
    }

    /// Queues a message with a content of this size, counted against the limit. Returns `false`, and keeps neither this message nor any
    /// later one, if it exceeds the limit.
    pub(crate) fn push_limited(&mut self, message: M, bytes: usize) -> bool {
        if !self.is_accepting() {
            return true;
        }
        let bytes = bytes.saturating_add(MESSAGE_OVERHEAD);
        if let Some(limit) = self.limit {
            match self.bytes.checked_add(bytes).filter(|total| *total <= limit) {
                Some(total) => self.bytes = total,
                None => {
                    self.pending_error = Some(RecvErrorKind::Overflow { limit });
                    return false;
                }
            }
        }
        self.queue.push_back((message, bytes));
        true
    }

    pub(crate) fn pop(&mut self, closed: Option<&CloseInfo>) -> Popped<M> {
        if let Some((message, bytes)) = self.queue.pop_front() {
            self.bytes = self.bytes.saturating_sub(bytes);
            if self.queue.is_empty() && self.queue.capacity() > MAX_IDLE_CAPACITY {
                self.queue = VecDeque::new();
            }
            return Popped::Message(message);
        }
        if let Some(error) = self.pending_error.take() {
            self.error_yielded = true;
            return Popped::Error(error);
        }
        match closed {
            None => Popped::Pending,
            Some(info) if !self.error_yielded && is_loss(info) => {
                self.error_yielded = true;
                Popped::Lost
            }
            Some(_) => {
                self.end_yielded = true;
                Popped::End
            }
        }
    }

    /// Returns `true` once the end of the stream has been yielded. Not earlier, because `select!` does not poll a
    /// terminated stream and would miss the end.
    pub(crate) fn is_terminated(&self) -> bool {
        self.end_yielded
    }

    /// Returns `true` if the reader was dropped.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Ends the stream with this error after the queued messages.
    pub(crate) fn end_with(&mut self, error: RecvErrorKind) {
        if self.is_accepting() {
            self.pending_error = Some(error);
        }
    }

    /// Records that a message could not be read: the reader gets that error now, and nothing follows it. Returns the
    /// queued messages, for the caller to drop.
    pub(crate) fn fail(&mut self) -> VecDeque<(M, usize)> {
        self.error_yielded = true;
        self.pending_error = None;
        self.bytes = 0;
        core::mem::take(&mut self.queue)
    }

    /// Records that the reader was dropped: nothing is delivered to it from now on, also if it is a closure that is
    /// running. Returns the queued messages, for the caller to drop.
    pub(crate) fn abandon(&mut self) -> VecDeque<(M, usize)> {
        self.abandoned = true;
        self.fail()
    }
}

/// Returns `true` if messages may be missing: the connection ended without a Close frame, and not because this endpoint
/// closed it.
fn is_loss(info: &CloseInfo) -> bool {
    matches!(info.cause(), CloseCause::Lost | CloseCause::Timeout | CloseCause::Blocked)
}
