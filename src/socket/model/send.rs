//! Sending, as `core/sending.rs` does it.

use super::world::{HIGH_WATER_MARK, Step, Task, TaskState, World};
use super::{Slot, Violation, ensure};
use crate::socket::close_info::ReadyState;
use crate::socket::core::machine::SendState;
use crate::socket::core::send_buffer::PollCause;
use crate::socket::core::wait_list::Interest;

impl World {
    fn send_state(&mut self) -> Result<SendState, Violation> {
        let state = self.machine.send_state();
        if state != SendState::Open || self.raw == ReadyState::Open {
            return Ok(state);
        }
        let ready = self.raw;
        self.step(|machine| machine.ready_state_observed(ready))?;
        Ok(SendState::Closed)
    }

    fn has_capacity(&mut self) -> bool {
        if !self.machine.send_buffer.has_capacity() {
            self.machine.send_buffer.observe(self.buffered);
        }
        self.machine.send_buffer.has_capacity()
    }

    /// Whether a task may send now; `None` if the connection is closed to it.
    fn may_send(&mut self, ticket: u64) -> Result<Option<bool>, Violation> {
        Ok(match self.send_state()? {
            SendState::Closed => None,
            SendState::Connecting => Some(false),
            SendState::Open => Some(self.list.is_first_to_send(ticket) && self.has_capacity()),
        })
    }

    /// The browser takes one byte.
    fn raw_send(&mut self, sender: Option<Slot>) -> Result<(), Violation> {
        ensure!(self.raw == ReadyState::Open, "sent on a socket that is not open: the browser discards it");
        let limit = 16 * HIGH_WATER_MARK;
        ensure!(self.buffered < limit, "sent although {} bytes were buffered", self.buffered);
        // Tasks that were first polled earlier and still wait are sent first.
        for state in &self.tasks {
            match state.task {
                Task::Send(slot) if sender == Some(slot) => break,
                Task::Send(slot) if !state.woken => {
                    return Err(format!("{sender:?} was sent before {slot:?}, which was polled first"));
                }
                _ => {}
            }
        }
        self.buffered += 1;
        self.sent += 1;
        self.machine.send_buffer.record_sent(1);
        self.pending.push(Step::SchedulePoll);
        Ok(())
    }

    pub(super) fn try_send(&mut self) -> Result<(), Violation> {
        match self.may_send(0)? {
            Some(true) => self.raw_send(None),
            None => Ok(()),
            Some(false) => {
                let is_held_up = self.machine.send_state() == SendState::Open && !self.list.is_first_to_send(0);
                self.poll_timer |= is_held_up && self.machine.schedule_send_buffer_poll(true).is_some();
                Ok(())
            }
        }
    }

    /// Polls a task that sends. Returns whether it is done.
    pub(super) fn poll_send(&mut self, slot: Slot, ticket: u64) -> Result<bool, Violation> {
        match self.may_send(ticket)? {
            Some(true) => self.raw_send(Some(slot)).map(|()| true),
            // The message is returned in the error.
            None => Ok(true),
            Some(false) => Ok(false),
        }
    }

    /// Polls `poll_ready` of the sink, and sends when it is ready. Returns whether it is done.
    pub(super) fn poll_feed(&mut self, ticket: u64) -> Result<bool, Violation> {
        match self.may_send(ticket)? {
            Some(true) => {
                self.buffered += 1;
                self.sent += 1;
                self.machine.send_buffer.record_sent(1);
                self.pending.push(Step::SchedulePoll);
                Ok(true)
            }
            None => Ok(true),
            Some(false) => Ok(false),
        }
    }

    /// Whether a flush is done: everything has left, or nothing more will.
    pub(super) fn poll_flush(&mut self, target: u64) -> Result<bool, Violation> {
        self.machine.send_buffer.observe(self.buffered);
        if self.machine.send_buffer.has_left(target) {
            ensure!(self.left >= target, "a flush is done with {} of {target} bytes sent", self.left);
            return Ok(true);
        }
        ensure!(self.left < target, "a flush waits although its bytes have left");
        Ok(self.info.is_some() || self.machine.is_detached())
    }

    pub(super) fn poll_awaited_send_buffer(&mut self) -> Result<(), Violation> {
        if self.list.has_waiters(Interest::SEND) { self.poll_send_buffer(PollCause::Message) } else { Ok(()) }
    }

    pub(super) fn poll_send_buffer(&mut self, cause: PollCause) -> Result<(), Violation> {
        let is_awaited = self.list.has_waiters(Interest::WRITABLE);
        let (amount, ready) = (self.buffered, self.raw);
        self.pending.push(Step::SchedulePoll);
        self.step(|machine| machine.send_buffer_polled(amount, ready, is_awaited, cause))
    }

    pub(super) fn schedule_poll(&mut self) {
        let is_awaited = self.list.has_waiters(Interest::SEND);
        self.poll_timer |= self.machine.schedule_send_buffer_poll(is_awaited).is_some();
    }

    pub(super) fn wake_next_sender(&mut self) -> bool {
        let next = self.list.take_waker(Interest::WRITABLE, 0, u64::MAX);
        if let Some((_, task)) = next {
            self.wake(task);
        }
        next.is_some()
    }

    pub(super) fn wake(&mut self, task: Task) {
        if let Some(state) = self.tasks.iter_mut().find(|state| state.task == task) {
            state.woken = true;
        }
    }

    pub(super) fn drop_tasks(&mut self, dropped: impl Fn(Task) -> bool) {
        for TaskState { task, ticket, .. } in &self.tasks {
            if dropped(*task) {
                self.list.deregister(*ticket);
            }
        }
        self.tasks.retain(|state| !dropped(state.task));
    }

    /// Numbers the tickets from 1 on, and bytes from 0, so that worlds that differ in nothing else are equal.
    pub(super) fn renumber(&mut self) {
        let tickets = self.list.renumber();
        for state in &mut self.tasks {
            let at = tickets.iter().position(|ticket| *ticket == state.ticket);
            state.ticket = at.map_or(0, |at| at as u64 + 1);
        }
        if self.flush().is_none() {
            let base = self.machine.send_buffer.rebase();
            self.sent -= base;
            self.left = self.left.saturating_sub(base);
        }
    }
}
