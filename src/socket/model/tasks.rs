//! The tasks that wait, and what they find when they run.

use super::acts::ID_BAD;
use super::inputs::Input;
use super::world::{Task, World};
use super::{Broken, hold};
use crate::CloseFrame;
use crate::socket::core::machine::Gate;
use crate::socket::core::recv_queue::Taken;

impl World {
    pub(super) fn has_turn(&self) -> bool {
        self.woken > 0 || [self.reader, self.opener, self.sending, self.sink].contains(&Task::Woken)
    }

    /// The tasks that were woken run, and wait again for what is not there yet.
    pub(super) fn turn(&mut self) -> Result<(), Broken> {
        let ended = self.end.is_some();
        let again = |task: &mut Task, done: bool| {
            if *task == Task::Woken {
                *task = if done { Task::None } else { Task::Waits };
            }
        };
        again(&mut self.opener, ended || self.machine.was_open());
        if self.sending == Task::Woken {
            self.full = self.machine.gate() == Gate::Open;
        }
        again(&mut self.sending, self.machine.gate() == Gate::Closed);
        if self.sink == Task::Woken {
            self.poll_sink();
        }
        let woken = ::core::mem::take(&mut self.woken);
        if !ended {
            self.waiting += woken;
        }
        if self.reader == Task::Woken { self.read() } else { Ok(()) }
    }

    /// As `poll_close` does it.
    pub(super) fn poll_sink(&mut self) {
        let done = self.end.is_some() || self.machine.is_released();
        self.sink = if done || !self.second { Task::None } else { Task::Waits };
    }

    /// The reader takes what there is.
    fn read(&mut self) -> Result<(), Broken> {
        loop {
            match self.take()? {
                Taken::Message(id) if id & ID_BAD != 0 => {
                    self.errors += 1;
                    self.fault();
                    self.expected.clear();
                    self.ask(CloseFrame::NORMAL);
                    // It goes on with its next turn.
                    return self.input(Input::Unreadable(self.raw));
                }
                Taken::Message(_) => {}
                Taken::Fault(_) | Taken::Lost => self.errors += 1,
                Taken::End => {
                    self.reader = Task::None;
                    return Ok(());
                }
                Taken::Wait => {
                    self.reader = Task::Waits;
                    return Ok(());
                }
            }
        }
    }

    /// Takes from the stream and compares it with what ought to come.
    pub(super) fn take(&mut self) -> Result<Taken<u32>, Broken> {
        let taken = self.machine.take();
        match &taken {
            Taken::Message(id) => {
                let due = self.expected.pop_front().map(|(id, _)| id);
                hold!(self.errors == 0 && !self.over, "message {id} after an error or the end");
                hold!(due == Some(*id), "message {id} where {due:?} was due");
            }
            Taken::Fault(_) | Taken::Lost => {
                hold!(self.errors == 0 && !self.over, "a second error, or one after the end");
                hold!(self.expected.is_empty(), "{:?} were lost before an error", self.expected);
            }
            Taken::End => {
                hold!(self.end.is_some(), "the stream ends before the connection does");
                hold!(self.expected.is_empty(), "{:?} were lost before the end", self.expected);
                self.over = true;
            }
            Taken::Wait => {
                hold!(!self.over && self.end.is_none(), "the stream waits for what cannot come");
                hold!(self.expected.is_empty(), "{:?} are kept back", self.expected);
            }
        }
        hold!(self.machine.inbox.is_over() == self.over, "it says wrongly whether the stream is over");
        Ok(taken)
    }
}
