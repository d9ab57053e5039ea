//! What the machine says is carried out, in the browser layer's order.

use super::inputs::{Change, Effects, Input};
use super::world::{Todo, World};
use super::{Broken, hold};
use crate::CloseFrame;
use crate::socket::close_info::ReadyState;

/// Whether user code ran, and may have done anything.
type Window = bool;

impl World {
    pub(super) fn input(&mut self, input: Input<u32>) -> Result<(), Broken> {
        let over = self.end.is_some();
        let effects = self.machine.step(input);
        hold!(!over || effects == Effects::default(), "something is done after the end: {effects:?}");
        self.apply(effects)
    }

    pub(super) fn apply(&mut self, effects: Effects) -> Result<(), Broken> {
        let Effects { detach, deadline, grace, close, wake } = effects;
        let wakes = [
            (wake.closed, Todo::WakeEnders),
            (wake.send, Todo::WakeSenders),
            (wake.open, Todo::WakeOpener),
            (wake.recv, Todo::WakeReader),
        ];
        self.todo.extend(wakes.into_iter().filter_map(|(wakes, todo)| wakes.then_some(todo)));
        self.listening = self.listening.max(detach);
        for (timer, change) in [(&mut self.deadline, deadline), (&mut self.grace, grace)] {
            match change {
                Change::Keep => {}
                Change::Stop => *timer = false,
                Change::Start(_) => *timer = true,
            }
        }
        if let (None, Some(closed)) = (&self.end, self.machine.closed()) {
            self.end = Some(closed.clone());
        }
        if let Some(frame) = close {
            hold!(self.raw < ReadyState::Closing, "a socket that is closing is closed");
            hold!(!self.gave_back, "a socket is closed that was given back");
            let first = self.asked.as_ref().unwrap_or(&CloseFrame::NORMAL);
            hold!(&frame == first, "closed with {frame:?}, although {first:?} was asked for first");
            self.closes += 1;
            self.raw = ReadyState::Closing;
            self.todo.push(Todo::Called);
        }
        Ok(())
    }

    /// Goes on with what is to be done, up to where user code runs.
    pub(super) fn go_on(&mut self) -> Result<(), Broken> {
        while let Some(todo) = self.todo.pop() {
            if self.carry_out(todo)? {
                return Ok(());
            }
        }
        // The core goes with the last of its owners, and listeners and timers with it.
        self.freed |= self.held == 0 && self.waiting + self.woken == 0;
        Ok(())
    }

    fn carry_out(&mut self, todo: Todo) -> Result<Window, Broken> {
        Ok(match todo {
            Todo::WakeReader => self.reader.wake(),
            Todo::WakeOpener => self.opener.wake(),
            Todo::WakeSenders => self.sending.wake(),
            Todo::WakeEnders => {
                // Closing a sink waits among them.
                let sink = self.sink.wake();
                let woken = ::core::mem::take(&mut self.waiting);
                self.woken += woken;
                sink || woken > 0
            }
            Todo::Abandon => {
                self.expected.clear();
                self.input(Input::Abandoned)?;
                false
            }
            Todo::PollSink => {
                self.poll_sink();
                false
            }
            Todo::Called => true,
            Todo::LetGo => {
                self.held -= 1;
                if self.held == 0 {
                    if !self.machine.is_released() {
                        self.ask(CloseFrame::NORMAL);
                        self.closing = true;
                    }
                    self.input(Input::Released { close: true, ready: self.raw })?;
                }
                false
            }
        })
    }
}
