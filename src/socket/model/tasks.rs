//! The tasks that wait, and what they find when they are polled.

use super::action::UNREADABLE;
use super::world::{Reader, Task, World};
use super::{Violation, ensure};
use crate::CloseFrame;
use crate::socket::core::machine::SendState;
use crate::socket::core::recv_queue::Popped;

impl World {
    pub(super) fn has_woken_tasks(&self) -> bool {
        self.reader == Reader::Woken || self.tasks.iter().any(|(_, waits)| !waits)
    }

    /// Polls the tasks that were woken. Those that are not done register again, which keeps their place.
    pub(super) fn poll_tasks(&mut self) -> Result<(), Violation> {
        let woken: Vec<_> = self.tasks.iter().filter_map(|(task, waits)| (!waits).then_some(*task)).collect();
        for task in woken {
            self.poll(task);
        }
        if self.reader == Reader::Woken { self.read() } else { Ok(()) }
    }

    /// Polls a task: it is done and leaves the list, or waits in its place.
    pub(super) fn poll(&mut self, task: Task) {
        let is_closed = self.info.is_some();
        let is_done = match task {
            Task::Opener => is_closed || self.machine.was_open(),
            Task::Sender => {
                self.found_full = self.machine.send_state() == SendState::Open;
                self.machine.send_state() == SendState::Closed
            }
            Task::Sink => is_closed || self.machine.is_detached() || !self.second,
            Task::Closed(_) => is_closed,
        };
        match self.tasks.iter().position(|(known, _)| *known == task) {
            Some(at) if is_done => {
                self.tasks.remove(at);
            }
            Some(at) => self.tasks[at].1 = true,
            None if is_done => {}
            None => self.tasks.push((task, true)),
        }
    }

    /// Takes everything that the stream yields.
    fn read(&mut self) -> Result<(), Violation> {
        loop {
            match self.pop()? {
                Popped::Message(id) if id & UNREADABLE != 0 => {
                    self.errors += 1;
                    self.fail_recv();
                    self.expected.clear();
                    self.request(CloseFrame::NORMAL);
                    let ready = self.raw;
                    let effects = self.machine.unreadable_message(ready);
                    // The reader is polled again later.
                    return self.apply(effects);
                }
                Popped::Message(_) => {}
                Popped::Error(_) | Popped::Lost => self.errors += 1,
                Popped::End => {
                    self.reader = Reader::Idle;
                    return Ok(());
                }
                Popped::Pending => {
                    self.reader = Reader::Waiting;
                    return Ok(());
                }
            }
        }
    }

    /// Takes from the stream and compares with what must come.
    pub(super) fn pop(&mut self) -> Result<Popped<u32>, Violation> {
        let popped = self.machine.pop();
        match &popped {
            Popped::Message(id) => {
                let due = self.expected.pop_front().map(|(id, _)| id);
                ensure!(self.errors == 0 && !self.stream_ended, "message {id} after an error or the end");
                ensure!(due == Some(*id), "message {id} instead of {due:?}");
            }
            Popped::Error(_) | Popped::Lost => {
                ensure!(self.errors == 0 && !self.stream_ended, "a second error, or one after the end");
                ensure!(self.expected.is_empty(), "{:?} were lost before an error", self.expected);
            }
            Popped::End => {
                ensure!(self.info.is_some(), "the stream ends before the connection closes");
                ensure!(self.expected.is_empty(), "{:?} were lost before the end", self.expected);
                self.stream_ended = true;
            }
            Popped::Pending => {
                ensure!(!self.stream_ended && self.info.is_none(), "the stream is pending for nothing");
                ensure!(self.expected.is_empty(), "{:?} are not delivered", self.expected);
            }
        }
        ensure!(self.machine.recv_queue.is_terminated() == self.stream_ended, "is_terminated is wrong");
        Ok(popped)
    }
}
