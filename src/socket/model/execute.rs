//! Carries out the machine's effects in the order of the browser layer.

use super::world::{Listeners, Reader, Step, Task, World};
use super::{Violation, ensure};
use crate::CloseFrame;
use crate::socket::close_info::ReadyState;
use crate::socket::core::effects::Effects;
use crate::socket::core::machine::Machine;
use crate::socket::core::waiters::Interest;

/// Whether user code ran, and may have done anything.
type UserCodeRan = bool;

impl World {
    /// Reports an event to the machine and applies its effects.
    pub(super) fn step(&mut self, event: impl FnOnce(&mut Machine<u32>) -> Effects) -> Result<(), Violation> {
        let was_closed = self.info.is_some();
        let effects = event(&mut self.machine);
        ensure!(!was_closed || effects == Effects::NONE, "effects after the close: {effects:?}");
        self.apply(effects)
    }

    pub(super) fn apply(&mut self, effects: Effects) -> Result<(), Violation> {
        // A stack: the last step is executed first.
        if effects.wakes() != Interest::NONE {
            self.pending.push(Step::Wake(effects.wakes()));
        }
        if effects.any(Effects::WAKE_RECV) {
            self.pending.push(Step::WakeReader);
        }
        if effects.any(Effects::DROP_MESSAGE) {
            self.listeners = self.listeners.without(Listeners::MESSAGE);
        }
        self.listeners = self.listeners.without(Listeners(effects.dropped_listeners() << 1));
        if effects.any(Effects::STOP_TIMEOUT.and(Effects::START_TIMEOUT)) {
            self.timeout = effects.any(Effects::START_TIMEOUT);
        }
        if effects.any(Effects::STOP_GRACE.and(Effects::START_GRACE)) {
            self.grace = effects.any(Effects::START_GRACE);
        }
        if let (None, Some(info)) = (&self.info, self.machine.close_info()) {
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
        // The core is freed with the last of its owners, and its listeners and timers with it.
        self.freed |= self.handles == 0 && self.closed_futures() == 0;
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
            Step::Wake(interest) => {
                let woken = |(task, waits): &(Task, bool)| (*waits && task.interest().any(interest)).then_some(*task);
                self.wake_next(self.tasks.iter().filter_map(woken).collect())
            }
            Step::WakeTasks(tasks) => self.wake_next(tasks),
            Step::ReaderDropped => {
                self.expected.clear();
                let effects = self.machine.reader_dropped();
                self.apply(effects)?;
                false
            }
            Step::PollSink => {
                self.poll(Task::Sink);
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

    /// Wakes the first of these tasks that still waits, and leaves the rest for later.
    fn wake_next(&mut self, mut tasks: Vec<Task>) -> UserCodeRan {
        while !tasks.is_empty() {
            let task = tasks.remove(0);
            if let Some((_, waits @ true)) = self.tasks.iter_mut().find(|(known, _)| *known == task) {
                *waits = false;
                if !tasks.is_empty() {
                    self.pending.push(Step::WakeTasks(tasks));
                }
                return true;
            }
        }
        false
    }
}
