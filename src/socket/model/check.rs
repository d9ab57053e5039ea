//! The guarantees: what must hold after any sequence of actions.

use super::action::Action;
use super::world::{Listeners, Reader, Task, World};
use super::{Slot, Violation, ensure};
use crate::CloseCode;
use crate::js::timer::Step as TimerStep;
use crate::socket::close_info::{CloseCause, ReadyState};
use crate::socket::core::machine::SendState;
use crate::socket::core::recv_queue::Popped;

/// Enough for finishing, closing and the time after an `error`, each of which fires twice.
const MAX_TIMERS: u8 = 8;
/// Enough for every task to send, and for one that does not poll to be passed over.
const MAX_POLLS: u8 = 8;

impl World {
    /// Checks what must hold after every action, and also in the middle of one.
    pub(crate) fn check(&self) -> Result<(), Violation> {
        ensure!(self.close_calls <= 1, "the raw socket's close was called {} times", self.close_calls);
        match (&self.info, self.machine.close_info()) {
            (None, None) => {}
            (Some(first), Some(now)) => ensure!(first == now, "the close info was {first:?} and is {now:?}"),
            (first, now) => return Err(format!("the close info was {first:?} and is {now:?}")),
        }
        if let Some(info) = &self.info {
            let no_event = info.timed_out() || matches!(info.cause(), CloseCause::Timeout | CloseCause::Blocked);
            let no_frame = info.code() == CloseCode::ABNORMAL && !info.was_clean() && info.reason().is_empty();
            ensure!(!no_event || no_frame, "no event was fired, but the close info has one: {info:?}");
            ensure!(info.cause() != CloseCause::Timeout || info.timed_out(), "no timeout elapsed: {info:?}");
            ensure!(
                info.cause() != CloseCause::Blocked || !info.was_open(),
                "an open socket was not blocked: {info:?}"
            );
            // An event that a script dispatches closes the raw socket too, but is the cause itself.
            let is_local = info.cause() == CloseCause::Local;
            ensure!(!is_local || self.close_calls == 1, "this endpoint did not close: {info:?}");
            ensure!(info.was_open() == self.machine.was_open(), "was_open is wrong: {info:?}");
            // `into_raw` takes back a request that was not sent.
            let is_requested = self.raw_released || info.requested() == self.requested.as_ref();
            ensure!(is_requested, "{:?} was requested first: {info:?}", self.requested);
            ensure!(self.timeout == TimerStep::Stopped, "a timeout is left after the close");
            ensure!(
                self.raw_released || self.raw >= ReadyState::Closing,
                "the raw socket is left open after the close"
            );
        }
        let closing = self.info.is_some() || self.requested.is_some() || self.machine.is_detached();
        let can_send = self.machine.send_state() != SendState::Closed;
        ensure!(!closing || !can_send, "sending is possible after a close was requested");
        if self.is_idle() { self.check_idle() } else { Ok(()) }
    }

    /// Checks what must hold when no call is in progress.
    fn check_idle(&self) -> Result<(), Violation> {
        let closed = self.info.is_some();
        let detached = self.machine.is_detached();
        let missed = |task: Task, event: bool| self.waits(task) && event;
        ensure!(!missed(Task::Opener, closed || self.machine.was_open()), "a task that waits to open was not woken");
        ensure!(!missed(Task::CloseSink, closed || detached), "a closing sink was not woken");
        ensure!(!missed(Task::Closing, self.machine.is_closing()), "a closing future was not woken");
        for future in [false, true] {
            ensure!(!missed(Task::Closed(future), closed), "a closed future was not woken");
        }
        self.check_senders()?;
        self.check_poll_timer()?;

        let needed = match (self.handles, self.raw_released) {
            // Browsers fire no event at a closed socket. Its listeners are removed with the last handle or future.
            _ if closed && self.raw == ReadyState::Closed => Listeners::ALL,
            _ if closed => Listeners::NONE,
            _ if self.receiver => Listeners::ALL,
            (0, false) => Listeners::ALL.without(Listeners::MESSAGE).without(Listeners::OPEN),
            _ => Listeners::ALL.without(Listeners::MESSAGE),
        };
        ensure!(self.listeners.without(needed) == Listeners::NONE, "unneeded listeners: {:?}", self.listeners);
        ensure!(closed || self.listeners.has(Listeners::CLOSE), "nothing listens for close");
        let waits_to_open = self.waits(Task::Opener);
        ensure!(!waits_to_open || self.listeners.has(Listeners::OPEN), "a task waits to open without a listener");
        let reads = self.reader == Reader::Waiting;
        ensure!(!reads || self.listeners.has(Listeners::MESSAGE), "the reader waits without a listener");
        let left_open = self.freed && !self.raw_released && self.raw < ReadyState::Closing;
        ensure!(!left_open, "the raw socket is left open without an owner");

        self.clone().check_stream()?;
        self.check_timers(0)
    }

    /// Checks that tasks that send wait for something that will wake them.
    fn check_senders(&self) -> Result<(), Violation> {
        let closed = self.machine.send_state() == SendState::Closed;
        let waits = |task| self.waits(task) && !(task == Task::Feed && self.feed_abandoned);
        let senders = [Task::Send(Slot::A), Task::Send(Slot::B), Task::Feed];
        ensure!(!closed || !senders.into_iter().any(waits), "a task that waits to send was not woken");
        let flushes = self.flush().is_some_and(waits);
        ensure!(!flushes || !(self.info.is_some() || self.machine.is_detached()), "a flush was not woken");
        let open = self.machine.send_state() == SendState::Open;
        let sends = open && senders.into_iter().any(waits);
        let is_over = self.freed || self.info.is_some();
        ensure!(!(sends || flushes && !is_over) || self.poll_timer, "a task waits for a buffer that is not polled");
        let stuck = self.raw == ReadyState::Closing && self.buffered > 0 && !is_over && !self.machine.is_detached();
        let mut polled = self.clone();
        if stuck && self.poll_timer {
            polled.perform(Action::PollTimer)?;
        }
        let bounded = polled.timeout != TimerStep::Stopped;
        ensure!(!stuck || bounded, "the peer has closed and does not read, and no timeout runs");
        Ok(())
    }

    /// Checks that the buffer is not polled in vain: after all has left and every task had its turn, no timer is left.
    fn check_poll_timer(&self) -> Result<(), Violation> {
        // A poll that was scheduled finds a closed socket once.
        let may_poll = self.info.is_none() || self.raw == ReadyState::Closed;
        ensure!(!self.poll_timer || may_poll, "the buffer of a closed connection is polled");
        let mut world = self.clone();
        world.left += ::core::mem::take(&mut world.buffered);
        for _ in 0..MAX_POLLS {
            if !world.poll_timer || world.is_over() {
                return Ok(());
            }
            world.perform(Action::PollTimer)?;
            loop {
                let next = [Action::Return, Action::PollTasks].into_iter().find(|action| world.can(*action));
                let Some(next) = next else { break };
                world.perform(next)?;
            }
            world.left += ::core::mem::take(&mut world.buffered);
        }
        Err("an empty buffer is polled without end".to_owned())
    }

    /// Checks that the stream yields what must come, and that a waiting reader misses nothing.
    fn check_stream(mut self) -> Result<(), Violation> {
        if !self.receiver {
            return Ok(());
        }
        let waits = self.reader == Reader::Waiting;
        // All messages, an error, and the end.
        for _ in 0..self.expected.len() + 3 {
            let popped = self.pop()?;
            match popped {
                Popped::Pending => return Ok(()),
                _ if waits => return Err(format!("the reader was not woken for {popped:?}")),
                Popped::Message(_) => {}
                Popped::Error(_) | Popped::Lost => self.errors += 1,
                Popped::End => {
                    let again = self.pop()?;
                    ensure!(again == Popped::End, "{again:?} after the end");
                    return Ok(());
                }
            }
        }
        Err("the stream does not end".to_owned())
    }

    /// Checks that a close that is waited for completes by the timeout alone.
    fn check_timers(&self, fired: u8) -> Result<(), Violation> {
        let awaited = self.close_awaited || self.error_delivered || !self.machine.was_open();
        if self.info.is_some() || self.freed || self.terminated || !awaited {
            return Ok(());
        }
        ensure!(self.timeout != TimerStep::Stopped, "a close that is waited for has no timeout");
        ensure!(fired < MAX_TIMERS, "a close that is waited for starts one timer after the other");
        // It fires without an event that was queued before: that one would close the connection.
        let mut next = Self { queued: None, ..self.clone() };
        next.perform(Action::Timeout)?;
        while next.can(Action::Return) {
            next.perform(Action::Return)?;
        }
        next.check_timers(fired + 1)
    }
}
