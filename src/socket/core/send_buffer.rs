//! The account of the browser's send buffer: how full it is, and when it is polled next. Pure: no JavaScript types.

/// Browsers fire no event when the buffer shrinks, so `bufferedAmount` is polled: by a timer as long as bytes are left in
/// it, and with each message that arrives.
#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
pub(crate) struct SendBuffer {
    high_water_mark: u64,
    /// Whether [`raised_mark`](Self::raised_mark) is in force: the network is faster than the polls.
    is_raised: bool,
    /// All bytes that were ever sent.
    sent: u64,
    /// How many of them are known to have left the buffer.
    left: u64,
    /// The interval of the poll that is scheduled, in milliseconds; 0 if none is.
    scheduled_ms: u32,
    /// The interval of the next poll if a task waits.
    interval_ms: u32,
}

/// Why the buffer is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PollCause {
    Timer,
    /// A message has arrived.
    Message,
}

const MIN_POLL_MS: u32 = 1;
const MAX_POLL_MS: u32 = 64;
/// The interval as long as no task waits: what has left is then only recorded, for a later `flush`.
const IDLE_POLL_MS: u32 = 200;

/// By how much the mark is raised, and up to how many bytes.
const RAISE: u64 = 16;
const MAX_RAISED_MARK: u64 = 16 << 20;

impl SendBuffer {
    /// Creates the account of a socket whose buffer holds this many bytes already.
    pub(crate) fn new(high_water_mark: u64, buffered: u64) -> Self {
        Self { high_water_mark, is_raised: false, sent: buffered, left: 0, scheduled_ms: 0, interval_ms: MIN_POLL_MS }
    }

    /// Records `bufferedAmount`. It never counts for less than an earlier value: a script may send on the raw socket.
    pub(crate) fn observe(&mut self, amount: u64) {
        self.left = self.left.max(self.sent.saturating_sub(amount));
    }

    /// Returns how many bytes may still be buffered.
    pub(crate) fn buffered(&self) -> u64 {
        self.sent - self.left
    }

    pub(crate) fn has_capacity(&self) -> bool {
        self.buffered() < if self.is_raised { self.raised_mark() } else { self.high_water_mark }
    }

    fn raised_mark(&self) -> u64 {
        MAX_RAISED_MARK.min(self.high_water_mark * RAISE).max(self.high_water_mark)
    }

    pub(crate) fn record_sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// Returns how many bytes were ever sent: the target of a flush that begins now.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Returns `true` if the first `target` bytes have left the buffer.
    pub(crate) fn has_left(&self, target: u64) -> bool {
        self.left >= target
    }

    /// Handles a poll: adapts the mark and the interval. Returns `true` if bytes have left since the last one.
    pub(crate) fn poll(&mut self, amount: u64, is_awaited: bool, cause: PollCause) -> bool {
        let by_timer = cause == PollCause::Timer;
        if by_timer {
            self.scheduled_ms = 0;
        }
        let before = self.left;
        self.observe(amount);
        let progressed = self.left > before;
        // A buffer that is empty while a task waits to send was empty for some time: polls come too rarely for the mark,
        // because the network is fast, or because the page is hidden and its timers fire once a second.
        // A mark of 1 means one message after the other.
        // Messages can arrive at any rate, so that nothing has left since the last one says nothing about the network.
        let stays_raised = self.is_raised && (progressed || !by_timer);
        self.is_raised = is_awaited && self.high_water_mark > 1 && (self.buffered() == 0 || stays_raised);
        // With capacity, tasks wait for one that was woken and is not polled.
        let is_soon = progressed || is_awaited && self.has_capacity();
        self.interval_ms = match is_soon {
            true => MIN_POLL_MS,
            false if by_timer => MAX_POLL_MS.min(self.interval_ms * 2),
            false => self.interval_ms,
        };
        progressed
    }

    /// Returns in how many milliseconds to poll, if no poll is scheduled that is early enough.
    pub(crate) fn schedule(&mut self, is_awaited: bool) -> Option<u32> {
        let after_ms = match is_awaited {
            true => self.interval_ms,
            false if self.buffered() > 0 => IDLE_POLL_MS,
            false => return None,
        };
        if self.scheduled_ms != 0 && self.scheduled_ms <= after_ms {
            return None;
        }
        self.scheduled_ms = after_ms;
        Some(after_ms)
    }

    /// Counts bytes from 0 again, for the model: accounts that differ in nothing else are equal. Returns how many it forgot.
    #[cfg(all(any(test, fuzzing), not(target_family = "wasm")))]
    pub(crate) fn rebase(&mut self) -> u64 {
        let forgotten = ::core::mem::take(&mut self.left);
        self.sent -= forgotten;
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_to_have_left_stays_left() {
        let mut buffer = SendBuffer::new(10, 0);
        buffer.record_sent(5);
        buffer.observe(0);
        assert!(buffer.has_left(5));
        // A script may send on the raw socket.
        buffer.observe(100);
        assert!(buffer.has_left(5) && buffer.buffered() == 0);
    }

    #[test]
    fn amounts_beyond_4_gib_do_not_wrap() {
        let mut buffer = SendBuffer::new(u64::from(u32::MAX), 0);
        for _ in 0..5 {
            buffer.record_sent(1 << 30);
        }
        buffer.observe((5 << 30) - 1);
        assert!(buffer.has_left(1) && !buffer.has_left(2) && !buffer.has_capacity());
    }

    #[test]
    fn mark_is_raised_while_polls_find_an_empty_buffer_and_comes_down_again() {
        const MIB: u64 = 1 << 20;
        let mut buffer = SendBuffer::new(MIB, 0);
        let fill = |buffer: &mut SendBuffer| {
            while buffer.has_capacity() {
                buffer.record_sent(1 << 16);
            }
            buffer.buffered()
        };
        let filled: Vec<_> = (0..4)
            .map(|_| {
                let filled = fill(&mut buffer);
                buffer.poll(0, true, PollCause::Timer);
                filled / MIB
            })
            .collect();
        assert_eq!(filled, [1, 16, 16, 16]);
        let full = fill(&mut buffer);
        buffer.poll(full, true, PollCause::Timer);
        assert!(!buffer.is_raised, "nothing left since the last poll: the network is slower than the polls");
    }

    #[test]
    fn mark_is_raised_sixteenfold_up_to_a_maximum() {
        let raised = |mark| {
            let mut buffer = SendBuffer::new(mark, 0);
            buffer.record_sent(1);
            buffer.poll(0, true, PollCause::Timer);
            assert!(buffer.is_raised);
            let raised = buffer.raised_mark();
            buffer.poll(0, false, PollCause::Timer);
            assert!(!buffer.is_raised, "it comes down when no task waits");
            raised
        };
        assert_eq!([2, 1 << 20, 4 << 20].map(raised), [32, 16 << 20, 16 << 20]);
        assert_eq!(raised(64 << 20), 64 << 20, "a mark above the maximum is never raised");
    }

    #[test]
    fn mark_of_one_sends_one_message_after_the_other_also_where_polls_come_rarely() {
        let mut buffer = SendBuffer::new(1, 0);
        for _ in 0..3 {
            buffer.record_sent(1);
            assert!(!buffer.has_capacity());
            buffer.poll(0, true, PollCause::Timer);
        }
    }

    #[test]
    fn messages_that_arrive_faster_than_bytes_leave_change_neither_interval_nor_mark() {
        let mut buffer = SendBuffer::new(100, 0);
        buffer.record_sent(200);
        assert!(buffer.poll(0, true, PollCause::Timer));
        buffer.record_sent(1_700);
        for _ in 0..100 {
            assert!(!buffer.poll(1_700, true, PollCause::Message));
        }
        assert!(buffer.is_raised);
        assert_eq!(buffer.schedule(true), Some(MIN_POLL_MS));
        buffer.poll(1_700, true, PollCause::Message);
        assert_eq!(buffer.schedule(true), None, "the timer that is scheduled stays");
    }

    #[test]
    fn polls_are_scheduled_only_while_bytes_are_left_or_a_task_waits() {
        let mut buffer = SendBuffer::new(5, 0);
        assert_eq!(buffer.schedule(false), None);
        buffer.record_sent(5);
        assert_eq!(buffer.schedule(false), Some(IDLE_POLL_MS));
        assert_eq!(buffer.schedule(false), None, "one is scheduled already");
        assert_eq!(buffer.schedule(true), Some(MIN_POLL_MS), "a task waits, and that one is too late for it");
        let intervals: Vec<_> = (0..8)
            .filter_map(|_| {
                buffer.poll(5, true, PollCause::Timer);
                buffer.schedule(true)
            })
            .collect();
        assert_eq!(intervals, [2, 4, 8, 16, 32, 64, 64, 64]);
        assert!(buffer.poll(4, true, PollCause::Timer));
        assert_eq!(buffer.schedule(true), Some(MIN_POLL_MS), "there is capacity");
        buffer.poll(0, false, PollCause::Timer);
        assert_eq!(buffer.schedule(false), None);
    }
}
