//! The tasks that wait, and what they find when they are polled.

use super::action::UNREADABLE;
use super::world::{Reader, Step, Task, TaskState, World};
use super::{Violation, ensure};
use crate::CloseFrame;
use crate::socket::core::recv_queue::Popped;

impl World {
    pub(super) fn has_woken_tasks(&self) -> bool {
        self.reader == Reader::Woken || self.tasks.iter().any(|state| state.woken)
    }

    /// Polls the tasks that were woken. Those that are not done register again, which keeps their place.
    pub(super) fn poll_tasks(&mut self) -> Result<(), Violation> {
        let woken: Vec<_> = self.tasks.iter().filter(|state| state.woken).map(|state| state.task).collect();
        for task in woken {
            let is_abandoned = task == Task::Feed && self.feed_abandoned;
            if !is_abandoned {
                self.poll(task)?;
            } else if let Some(state) = self.tasks.iter_mut().find(|state| state.task == task) {
                // Its task runs, and does not poll the sink.
                state.woken = false;
            }
        }
        if self.reader == Reader::Woken { self.read() } else { Ok(()) }
    }

    /// Polls a task, for the first time or again: it is done and leaves the list, or waits in its place.
    pub(super) fn poll(&mut self, task: Task) -> Result<(), Violation> {
        let at = self.tasks.iter().position(|state| state.task == task);
        let ticket = at.and_then(|at| self.tasks.get(at)).map_or(0, |state| state.ticket);
        let is_closed = self.info.is_some();
        let is_done = match task {
            Task::Opener => is_closed || self.machine.was_open(),
            Task::Send(slot) => self.poll_send(slot, ticket)?,
            Task::Feed => self.poll_feed(ticket)?,
            Task::Flush { target } => self.poll_flush(target)?,
            Task::CloseSink => is_closed || self.machine.is_detached() || !self.second,
            Task::Closing => self.machine.is_closing(),
            Task::Closed(_) => is_closed,
        };
        if is_done {
            if let Some(at) = at {
                self.tasks.remove(at);
            }
            if ticket != 0 {
                self.list.deregister(ticket);
                if task.is_of_second() && task != Task::Opener && task != Task::CloseSink {
                    self.pending.push(Step::WakeNextSender);
                }
            }
            return Ok(());
        }
        let (ticket, _) = self.list.register(ticket, task.interest(), task);
        match at.and_then(|at| self.tasks.get_mut(at)) {
            Some(state) => (state.ticket, state.woken) = (ticket, false),
            None => self.tasks.push(TaskState { task, ticket, woken: false }),
        }
        if matches!(task, Task::Send(_) | Task::Feed | Task::Flush { .. }) {
            self.pending.push(Step::SchedulePoll);
        }
        Ok(())
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
                ensure!(!self.recv_failed || self.errors > 0, "the stream was cut off and ends without an error");
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
