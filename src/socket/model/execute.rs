//! What each action does, and how the machine's effects are carried out in the order of the browser layer.

use super::action::{Action, UNREADABLE};
use super::world::{Listeners, Queued, Reader, Step, Task, World};
use super::{FRAME_CLOSE, FRAME_FINISH, FRAME_OVERFLOW, Violation, ensure};
use crate::js::timer::Step as TimerStep;
use crate::socket::close_info::ReadyState;
use crate::socket::core::effects::Effects;
use crate::socket::core::machine::Machine;
use crate::socket::core::recv_queue::MESSAGE_OVERHEAD;
use crate::socket::core::send_buffer::PollCause;
use crate::socket::core::wait_list::Interest;
use crate::{CloseEvent, CloseFrame};

/// Whether user code ran, and may have done anything.
type UserCodeRan = bool;

impl World {
    /// Returns `true` if this action is possible now.
    pub(crate) fn can(&self, action: Action) -> bool {
        if self.is_over() {
            return false;
        }
        let alive = !self.iframe_removed;
        let listens = |listener| alive && self.listeners.has(listener);
        match action {
            Action::DropReceiver => self.receiver,
            Action::DropFirst => self.first,
            Action::DropSecond => self.second,
            Action::DropSocket | Action::IntoRaw => self.first && self.receiver,
            Action::DropFuture => self.closed_futures() > 0,
            Action::Close | Action::Finish => self.first || self.second || self.receiver,
            Action::CloseSink => self.second && !self.has_task(Task::CloseSink),
            Action::Send(slot) => self.second && !self.has_task(Task::Send(slot)),
            Action::DropSend(slot) => self.has_task(Task::Send(slot)),
            Action::TrySend => self.second,
            Action::Feed => self.second && (self.feed_abandoned || !self.has_task(Task::Feed)),
            Action::AbandonFeed => !self.feed_abandoned && self.has_task(Task::Feed),
            Action::Flush => self.second && self.flush().is_none(),
            Action::DropFlush => self.flush().is_some(),
            Action::Observe => self.second,
            Action::Open => listens(Listeners::OPEN),
            Action::Message(_) | Action::UnreadableMessage => listens(Listeners::MESSAGE),
            Action::PeerCloses => alive && self.raw == ReadyState::Open,
            Action::Error { closes: true } => alive && self.raw < ReadyState::Closed,
            Action::Error { closes: false } => listens(Listeners::ERROR),
            Action::CloseEvent { .. } => listens(Listeners::CLOSE) && self.queued.is_none(),
            Action::QueueCloseEvent => alive && self.raw < ReadyState::Closed && self.queued.is_none(),
            Action::FireQueued => self.queued.is_some(),
            Action::Drain(_) => alive && self.buffered > 0 && self.raw < ReadyState::Closed,
            // Engines run events that were queued when it fired for the first time before it fires again.
            Action::Timeout => match self.timeout {
                TimerStep::Stopped => false,
                TimerStep::Started => true,
                TimerStep::Fired => !self.queued.is_some_and(|queued| queued.before_timeout),
            },
            Action::PollTimer => self.poll_timer,
            Action::RemoveIframe => alive,
            Action::Terminate => true,
            Action::Return => !self.is_idle(),
            Action::PollTasks => self.is_idle() && self.has_woken_tasks(),
        }
    }

    /// Performs an action up to the next point at which user code runs, and checks the guarantees there.
    pub(crate) fn act(&mut self, action: Action) -> Result<(), Violation> {
        self.perform(action)?;
        self.check()
    }

    /// Performs an action without checking the guarantees.
    pub(crate) fn perform(&mut self, action: Action) -> Result<(), Violation> {
        let raw = self.raw;
        match action {
            Action::DropFirst => self.drop_first(),
            Action::DropSecond => {
                self.second = false;
                self.drop_tasks(Task::is_of_second);
                self.pending.push(Step::DropHandle);
            }
            Action::DropReceiver => self.drop_receiver(),
            Action::DropSocket => {
                self.drop_receiver();
                self.drop_first();
            }
            Action::IntoRaw => {
                self.drop_receiver();
                self.drop_first();
                self.raw_released = true;
                // What only `finish` was to close stays open.
                self.close_awaited = self.close_certain || self.close_calls > 0;
                self.expected.clear();
                let effects = self.machine.release_raw();
                self.apply(effects)?;
            }
            Action::DropFuture => {
                let at = [false, true].into_iter().find(|future| self.has_task(Task::Closed(*future)));
                self.drop_tasks(|task| at.is_some_and(|future| task == Task::Closed(future)));
            }
            Action::Close => {
                self.await_close(FRAME_CLOSE);
                self.close_certain = true;
                self.step(|machine| machine.close(FRAME_CLOSE, raw))?;
            }
            Action::Finish => {
                self.await_close(FRAME_FINISH);
                self.pending.push(Step::SchedulePoll);
                self.step(|machine| machine.finish(FRAME_FINISH))?;
            }
            Action::CloseSink => {
                self.pending.push(Step::Poll(Task::CloseSink));
                if !self.machine.is_detached() {
                    self.request(CloseFrame::NORMAL);
                    self.close_certain = true;
                    self.step(|machine| machine.close_with_default(raw))?;
                }
            }
            Action::Send(slot) => self.pending.push(Step::Poll(Task::Send(slot))),
            Action::DropSend(slot) => self.drop_tasks(|task| task == Task::Send(slot)),
            Action::TrySend => self.try_send()?,
            Action::Feed => {
                self.feed_abandoned = false;
                self.pending.push(Step::Poll(Task::Feed));
            }
            Action::AbandonFeed => self.feed_abandoned = true,
            Action::Flush => self.pending.push(Step::Poll(Task::Flush { target: self.machine.send_buffer.sent() })),
            Action::DropFlush => self.drop_tasks(|task| matches!(task, Task::Flush { .. })),
            Action::Observe => self.machine.send_buffer.observe(self.buffered),
            Action::Open => {
                if raw == ReadyState::Connecting {
                    self.raw = ReadyState::Open;
                }
                self.step(Machine::open_event)?;
            }
            Action::Message(bytes) => self.message(0, bytes)?,
            Action::UnreadableMessage => self.message(UNREADABLE, 0)?,
            Action::PeerCloses => self.raw = ReadyState::Closing,
            Action::Error { closes } => {
                if closes {
                    self.raw = ReadyState::Closed;
                }
                if self.listeners.has(Listeners::ERROR) {
                    self.error_delivered |= closes;
                    self.step(Machine::error_event)?;
                }
            }
            Action::CloseEvent { code, clean, dispatched } => {
                if !dispatched {
                    self.raw = ReadyState::Closed;
                }
                self.close_event(code, clean)?;
            }
            Action::QueueCloseEvent => self.queued = Some(Queued { code: 4040, before_timeout: false }),
            Action::FireQueued => {
                let code = self.queued.take().map_or(1006, |queued| queued.code);
                self.raw = ReadyState::Closed;
                if self.listeners.has(Listeners::CLOSE) && !self.iframe_removed {
                    self.close_event(code, true)?;
                }
            }
            Action::Drain(bytes) => {
                let bytes = self.buffered.min(bytes.into());
                self.buffered -= bytes;
                self.left += bytes;
            }
            Action::Timeout => {
                let is_final = self.timeout == TimerStep::Fired;
                self.timeout = self.timeout.next();
                if is_final {
                    self.timeout_elapsed()?;
                } else if let Some(queued) = &mut self.queued {
                    queued.before_timeout = true;
                }
            }
            Action::PollTimer => {
                self.poll_timer = false;
                self.poll_send_buffer(PollCause::Timer)?;
            }
            Action::RemoveIframe => {
                self.iframe_removed = true;
                self.raw = ReadyState::Closed;
            }
            Action::Terminate => {
                self.terminated = true;
                return Ok(());
            }
            Action::Return => {}
            Action::PollTasks => self.poll_tasks()?,
        }
        self.go_on()
    }

    fn drop_first(&mut self) {
        self.first = false;
        self.pending.push(Step::DropHandle);
    }

    fn drop_receiver(&mut self) {
        self.receiver = false;
        self.reader = Reader::Idle;
        self.pending.extend([Step::DropHandle, Step::ReaderDropped]);
    }

    /// Requests a close and waits on its future.
    fn await_close(&mut self, frame: CloseFrame) {
        self.request(frame);
        if self.info.is_none() && self.closed_futures() < 2 {
            self.pending.push(Step::Poll(Task::Closed(!self.has_task(Task::Closed(true)))));
        }
    }

    pub(super) fn request(&mut self, frame: CloseFrame) {
        if self.info.is_some() {
            return;
        }
        self.close_awaited = true;
        if !self.machine.is_detached() {
            self.requested.get_or_insert(frame);
        }
    }

    fn close_event(&mut self, code: u16, clean: bool) -> Result<(), Violation> {
        let ready = self.raw;
        self.step(|machine| machine.close_event(CloseEvent::new(code, "", clean), ready))
    }

    fn timeout_elapsed(&mut self) -> Result<(), Violation> {
        let ready = self.raw;
        let close_calls = self.close_calls;
        self.step(|machine| machine.timeout_elapsed(ready))?;
        if self.close_calls > close_calls && self.info.is_none() {
            // `finish` waited in vain: one error after what has come.
            self.fail_recv();
        }
        Ok(())
    }

    fn message(&mut self, mark: u32, bytes: usize) -> Result<(), Violation> {
        self.poll_awaited_send_buffer()?;
        self.next_message += 1;
        let id = self.next_message | mark;
        let queued: usize = self.expected.iter().map(|(_, bytes)| bytes + MESSAGE_OVERHEAD).sum();
        if self.receiver && !self.recv_failed && self.info.is_none() {
            if self.limit.is_some_and(|limit| queued + bytes + MESSAGE_OVERHEAD > limit) {
                self.fail_recv();
                self.request(FRAME_OVERFLOW);
            } else {
                self.expected.push_back((id, bytes));
            }
        }
        let ready = self.raw;
        match self.limit {
            None => self.step(|machine| machine.message_event(id)),
            Some(_) => self.step(|machine| machine.message_event_limited(id, bytes, ready)),
        }
    }

    pub(super) fn fail_recv(&mut self) {
        self.recv_failed = true;
        self.close_certain = true;
    }

    /// Reports an event to the machine and applies its effects.
    pub(super) fn step(&mut self, event: impl FnOnce(&mut Machine<u32>) -> Effects) -> Result<(), Violation> {
        let was_closed = self.info.is_some();
        let effects = event(&mut self.machine);
        ensure!(!was_closed || effects == Effects::NONE, "effects after the close: {effects:?}");
        self.apply(effects)
    }

    pub(super) fn apply(&mut self, effects: Effects) -> Result<(), Violation> {
        // A stack: the last step is executed first.
        if effects.any(Effects::WAKE_NEXT_SENDER) {
            self.pending.push(Step::WakeToSend);
        }
        if effects.wakes() != Interest::NONE {
            self.pending.push(Step::Wake(effects.wakes(), 0, self.list.last_ticket()));
        }
        if effects.any(Effects::WAKE_RECV) {
            self.pending.push(Step::WakeReader);
        }
        if effects.any(Effects::DROP_MESSAGE) {
            self.listeners = self.listeners.without(Listeners::MESSAGE);
        }
        self.listeners = self.listeners.without(Listeners(effects.dropped_listeners() << 1));
        if effects.any(Effects::STOP_TIMEOUT) {
            self.timeout = TimerStep::Stopped;
        }
        if effects.any(Effects::START_TIMEOUT) {
            self.timeout = TimerStep::Started;
        }
        if effects.any(Effects::STOP_POLL) {
            self.poll_timer = false;
        }
        if let (None, Some(info)) = (&self.info, self.machine.close_info()) {
            let answered = self.queued.is_some_and(|queued| queued.before_timeout);
            ensure!(!(info.timed_out() && answered), "timed out although the close event had been queued: {info:?}");
            self.info = Some(info.clone());
        }
        if effects.any(Effects::CLOSE) {
            ensure!(self.raw < ReadyState::Closing, "`close` was called on a socket that is closing");
            ensure!(!self.raw_released, "`close` was called on a socket that `into_raw` has released");
            let frame = self.machine.frame();
            let first = self.requested.as_ref().unwrap_or(&CloseFrame::NORMAL);
            ensure!(&frame == first, "closed with {frame:?}, although {first:?} was requested first");
            self.close_calls += 1;
            self.raw = ReadyState::Closing;
            self.pending.push(Step::CloseReturned);
        }
        Ok(())
    }

    /// Continues the calls in progress, up to the next point at which user code runs.
    pub(super) fn go_on(&mut self) -> Result<(), Violation> {
        while let Some(step) = self.pending.pop() {
            if self.execute(step)? {
                return Ok(());
            }
        }
        self.renumber();
        // The core is freed with the last of its owners, and its listeners and timers with it.
        self.freed |= self.handles == 0 && self.futures() == 0;
        Ok(())
    }

    fn execute(&mut self, step: Step) -> Result<UserCodeRan, Violation> {
        Ok(match step {
            Step::WakeReader => {
                let waits = self.reader == Reader::Waiting;
                if waits {
                    self.reader = Reader::Woken;
                }
                waits
            }
            Step::Wake(interest, from, to) => match self.list.take_waker(interest, from, to) {
                Some((ticket, task)) => {
                    self.wake(task);
                    self.pending.push(Step::Wake(interest, ticket + 1, to));
                    true
                }
                None => false,
            },
            Step::WakeToSend => {
                self.pending.push(Step::WakeNextSender);
                if self.list.record_missed() {
                    self.pending.push(Step::Wake(Interest::WRITABLE, 0, self.list.last_ticket()));
                }
                false
            }
            Step::WakeNextSender => self.wake_next_sender(),
            Step::ReaderDropped => {
                self.expected.clear();
                let effects = self.machine.reader_dropped();
                self.apply(effects)?;
                false
            }
            Step::Poll(task) => {
                self.poll(task)?;
                false
            }
            Step::SchedulePoll => {
                self.schedule_poll();
                false
            }
            Step::CloseReturned => true,
            Step::DropHandle => {
                self.handles -= 1;
                if self.handles == 0 {
                    if !self.machine.is_detached() {
                        self.request(CloseFrame::NORMAL);
                        self.close_certain = true;
                    }
                    let ready = self.raw;
                    self.step(|machine| machine.last_handle_dropped(ready))?;
                }
                false
            }
        })
    }
}
