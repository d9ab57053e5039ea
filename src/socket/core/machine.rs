//! The state machine of a connection. Sans-I/O: no JavaScript types and no clock.
//!
//! The browser layer reports each event by a method of its own, so that an app links only what it can cause, and carries
//! out the [`Effects`] that the method returns. A `ReadyState` argument is the raw socket's state at that moment.

mod ending;

use super::effects::Effects;
use super::recv_queue::{Popped, RecvQueue};
use super::send_buffer::{PollCause, SendBuffer};
use crate::CloseFrame;
use crate::socket::close_info::{CloseInfo, ReadyState};

/// How long a `close` event may take to follow once the socket is closed, in milliseconds.
///
/// In Chromium and Firefox it fires in the same task as the `error` before it; WebKit queues a task of its own. The rest
/// is for a machine under load, where a timer competes with an event from another process.
pub(crate) const CLOSE_EVENT_GRACE_MS: u32 = 250;

#[derive(Clone, Debug)]
#[cfg_attr(any(test, fuzzing), derive(PartialEq, Eq, Hash))]
pub(crate) struct Config {
    pub(crate) connect_timeout_ms: u32,
    pub(crate) close_timeout_ms: u32,
    /// How many received bytes may be queued, and the frame to close with when there are more.
    pub(crate) recv_limit: Option<(usize, CloseFrame)>,
    /// The frame to close with when none was given explicitly.
    pub(crate) default_frame: CloseFrame,
    /// In bytes, at least 1.
    pub(crate) high_water_mark: u64,
}

#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
pub(crate) struct Machine<M> {
    config: Config,
    phase: Phase,
    write_half: WriteHalf,
    was_open: bool,
    /// Our `close` was called before the browser showed that the peer had started to close.
    closed_first: bool,
    requested: Option<CloseFrame>,
    /// The last handle was dropped, or `release_raw` released the raw socket.
    detached: bool,
    /// The timeout runs although `release_raw` released the raw socket.
    abandon_timer_armed: bool,
    close_event_due: Due,
    pub(crate) recv_queue: RecvQueue<M>,
    pub(crate) send_buffer: SendBuffer,
}

#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
enum Phase {
    Connecting,
    Open,
    Closing,
    Closed(CloseInfo),
}

/// Whether a `close` event is known to be queued, or to never fire: which of them, shows soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, fuzzing), derive(Hash))]
enum Due {
    No,
    /// The socket was CLOSED when it was wrapped, so the event may have fired before.
    IfNotFired,
    /// An `error` fired.
    AfterError,
}

/// Whether this endpoint still sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, fuzzing), derive(Hash))]
enum WriteHalf {
    Open,
    /// `finish` was called: receiving continues until the peer closes, or sends nothing for the timeout.
    Finished,
}

/// Whether a message may be sent now, judged by the state alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendState {
    Open,
    Connecting,
    Closed,
}

impl<M> Machine<M> {
    /// Creates a machine for a socket in this state, with this many bytes in its buffer.
    pub(crate) fn new(config: Config, ready: ReadyState, buffered: u64) -> (Self, Effects) {
        let (phase, effects) = match ready {
            ReadyState::Connecting => (Phase::Connecting, Effects::START_TIMEOUT),
            ReadyState::Open => (Phase::Open, Effects::NONE),
            ReadyState::Closing | ReadyState::Closed => (Phase::Closing, Effects::START_TIMEOUT),
        };
        let machine = Self {
            phase,
            write_half: WriteHalf::Open,
            was_open: ready == ReadyState::Open,
            closed_first: false,
            requested: None,
            detached: false,
            abandon_timer_armed: false,
            close_event_due: if ready == ReadyState::Closed { Due::IfNotFired } else { Due::No },
            recv_queue: RecvQueue::new(config.recv_limit.as_ref().map(|(bytes, _)| *bytes)),
            send_buffer: SendBuffer::new(config.high_water_mark, buffered),
            config,
        };
        (machine, effects)
    }

    /// Returns the timeout that [`Effects::START_TIMEOUT`] starts, in milliseconds.
    pub(crate) fn timeout_ms(&self) -> u32 {
        match (self.close_event_due, &self.phase) {
            (Due::IfNotFired | Due::AfterError, _) => CLOSE_EVENT_GRACE_MS,
            (Due::No, Phase::Connecting) if self.write_half == WriteHalf::Open => self.config.connect_timeout_ms,
            _ => self.config.close_timeout_ms,
        }
    }

    /// Returns how the connection closed, once it has.
    pub(crate) fn close_info(&self) -> Option<&CloseInfo> {
        match &self.phase {
            Phase::Closed(info) => Some(info),
            _ => None,
        }
    }

    pub(crate) fn was_open(&self) -> bool {
        self.was_open
    }

    /// Returns `true` if the last handle was dropped or the raw socket was released.
    pub(crate) fn is_detached(&self) -> bool {
        self.detached
    }

    #[cfg(any(feature = "futures-io", feature = "remote", feature = "tokio"))]
    pub(crate) fn high_water_mark(&self) -> u64 {
        self.config.high_water_mark
    }

    pub(crate) fn send_state(&self) -> SendState {
        match self.phase {
            _ if self.detached || self.write_half != WriteHalf::Open => SendState::Closed,
            Phase::Connecting => SendState::Connecting,
            Phase::Open => SendState::Open,
            Phase::Closing | Phase::Closed(_) => SendState::Closed,
        }
    }

    /// Takes what the reader gets next.
    pub(crate) fn pop(&mut self) -> Popped<M> {
        let closed = match &self.phase {
            Phase::Closed(info) => Some(info),
            _ => None,
        };
        self.recv_queue.pop(closed)
    }

    /// Returns `true` if the connection is closing or closed.
    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing | Phase::Closed(_))
    }

    fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }

    /// Handles the `open` event.
    pub(crate) fn open_event(&mut self) -> Effects {
        let Phase::Connecting = self.phase else { return Effects::NONE };
        self.phase = Phase::Open;
        self.was_open = true;
        // The timer is kept if it belongs to `finish`, to a `close` after `release_raw`, or to an `error` before this event.
        let is_finishing = self.write_half == WriteHalf::Finished || self.abandon_timer_armed;
        let was_connect_timer = !is_finishing && self.close_event_due == Due::No;
        // All senders are woken: the buffer is not polled yet, so one that is not polled again could hold up the next.
        Effects::WAKE_OPEN.and(Effects::WAKE_SEND).and_if(was_connect_timer, Effects::STOP_TIMEOUT)
    }

    /// Handles a `message` event, without a receive limit.
    pub(crate) fn message_event(&mut self, message: M) -> Effects {
        if self.is_closed() {
            return Effects::NONE;
        }
        if !self.detached {
            self.recv_queue.push(message);
        }
        self.received()
    }

    /// Handles the arrival of any message: `finish` waits as long as messages come.
    pub(crate) fn received(&self) -> Effects {
        if self.is_closed() {
            return Effects::NONE;
        }
        Effects::WAKE_RECV.and_if(self.is_finishing(), Effects::START_TIMEOUT)
    }

    /// Returns `true` if `finish` waits for the peer to close.
    pub(crate) fn is_finishing(&self) -> bool {
        self.write_half == WriteHalf::Finished && matches!(self.phase, Phase::Open) && !self.detached
    }

    /// Handles a `message` event whose size counts against the receive limit.
    pub(crate) fn message_event_limited(&mut self, message: M, bytes: usize, ready: ReadyState) -> Effects {
        if self.is_closed() {
            return Effects::NONE;
        }
        let kept = self.detached || self.recv_queue.push_limited(message, bytes);
        let more = match &self.config.recv_limit {
            // `close` checks the ready state: after the peer's Close no browser delivers a message, but a script can
            // dispatch one.
            Some((_, frame)) if !kept => {
                let frame = frame.clone();
                self.close(frame, ready)
            }
            _ => Effects::NONE,
        };
        more.and(self.received())
    }

    /// Handles a message that was taken and is neither text nor an `ArrayBuffer`.
    pub(crate) fn unreadable_message(&mut self, ready: ReadyState) -> Effects {
        let queued = self.recv_queue.fail();
        drop(queued);
        self.close_with_default(ready)
    }

    /// Handles the `error` event: finds out soon whether a `close` follows.
    pub(crate) fn error_event(&mut self) -> Effects {
        if self.is_closed() || self.close_event_due == Due::AfterError {
            return Effects::NONE;
        }
        self.close_event_due = Due::AfterError;
        Effects::START_TIMEOUT
    }

    /// Starts to close, with the first frame that was ever requested.
    pub(crate) fn close(&mut self, frame: CloseFrame, ready: ReadyState) -> Effects {
        if self.is_closed() {
            return Effects::NONE;
        }
        self.record_request(frame);
        if self.cannot_close() {
            return self.arm_abandon_timer();
        }
        self.phase = Phase::Closing;
        self.closed_first = ready < ReadyState::Closing;
        Effects::START_TIMEOUT
            .and(Effects::WAKE_SEND)
            .and(Effects::WAKE_CLOSING)
            .and_if(self.closed_first, Effects::CLOSE)
    }

    pub(crate) fn close_with_default(&mut self, ready: ReadyState) -> Effects {
        let frame = self.config.default_frame.clone();
        self.close(frame, ready)
    }

    /// Stores the first frame that is requested while the socket is ours to close.
    fn record_request(&mut self, frame: CloseFrame) {
        if !self.detached {
            self.requested.get_or_insert(frame);
        }
    }

    /// Returns `true` if closing has begun, or the raw socket is no longer ours to close.
    fn cannot_close(&self) -> bool {
        self.detached || matches!(self.phase, Phase::Closing)
    }

    /// Bounds a `close` after `release_raw`: the raw socket is not ours to close, but its future must not wait without limit.
    fn arm_abandon_timer(&mut self) -> Effects {
        let arms = self.detached && !self.abandon_timer_armed;
        self.abandon_timer_armed |= arms;
        Effects::NONE.and_if(arms, Effects::START_TIMEOUT)
    }

    /// Stops sending and waits for the peer to close.
    pub(crate) fn finish(&mut self, frame: CloseFrame) -> Effects {
        if self.is_closed() {
            return Effects::NONE;
        }
        self.record_request(frame);
        if self.cannot_close() || self.write_half != WriteHalf::Open {
            return self.arm_abandon_timer();
        }
        self.write_half = WriteHalf::Finished;
        Effects::START_TIMEOUT.and(Effects::WAKE_SEND)
    }

    /// Handles a poll of the send buffer, which found this much in it. `is_awaited`: a task waits to send.
    pub(crate) fn send_buffer_polled(
        &mut self,
        amount: u64,
        ready: ReadyState,
        is_awaited: bool,
        cause: PollCause,
    ) -> Effects {
        let progressed = self.send_buffer.poll(amount, is_awaited, cause);
        if self.is_closed() {
            return Effects::NONE;
        }
        let mut effects = self.ready_state_observed(ready);
        // A close and `finish` wait as long as bytes leave: a slow network is not a dead one.
        let is_ending = matches!(self.phase, Phase::Closing) || self.is_finishing();
        effects = effects.and_if(progressed && is_ending, Effects::START_TIMEOUT);
        effects = effects.and_if(progressed, Effects::WAKE_FLUSHED);
        effects.and_if(self.send_buffer.has_capacity(), Effects::WAKE_NEXT_SENDER)
    }

    /// Returns in how many milliseconds to poll the send buffer, if that is needed and not scheduled yet.
    pub(crate) fn schedule_send_buffer_poll(&mut self, is_awaited: bool) -> Option<u32> {
        match self.phase {
            // A task that was woken meanwhile has closed the connection or given the socket back.
            _ if self.detached => None,
            Phase::Closed(_) => None,
            // Before the open nothing can leave, and its event wakes the tasks that wait.
            Phase::Connecting => self.send_buffer.schedule(false),
            Phase::Open | Phase::Closing => self.send_buffer.schedule(is_awaited),
        }
    }

    /// Handles that the raw socket was found to be closing: no event is fired when the peer's Close frame comes, and browsers
    /// wait without limit for a peer that reads no more.
    pub(crate) fn ready_state_observed(&mut self, ready: ReadyState) -> Effects {
        match self.phase {
            Phase::Connecting | Phase::Open if ready == ReadyState::Closing && !self.detached => {
                self.phase = Phase::Closing;
                Effects::START_TIMEOUT.and(Effects::WAKE_SEND).and(Effects::WAKE_CLOSING)
            }
            _ => Effects::NONE,
        }
    }

    /// Returns the frame that [`Effects::CLOSE`] closes with.
    pub(crate) fn frame(&self) -> CloseFrame {
        let requested = match &self.phase {
            Phase::Closed(info) => info.requested(),
            _ => self.requested.as_ref(),
        };
        requested.unwrap_or(&self.config.default_frame).clone()
    }
}
