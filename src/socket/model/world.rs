//! The connection and what happens to it.

use super::acts::{Act, ID_BAD};
use super::inputs::Listening;
use super::inputs::{Alarm, Input};
use super::{ASKED, Broken, LATER, TOO_MUCH};
use crate::socket::close_info::{CloseInfo, ReadyState};
use crate::socket::core::machine::{Config, Gate, Machine};
use crate::{CloseEvent, CloseFrame};
use std::collections::VecDeque;

/// Where a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) ready: ReadyState,
    /// Of the bytes that wait to be read.
    pub(crate) limit: Option<usize>,
}

impl Start {
    #[cfg(fuzzing)]
    pub(super) fn from_byte(byte: u8) -> Self {
        let limit = usize::from(byte >> 2);
        Self { ready: u16::from(byte & 3).into(), limit: (limit > 0).then_some(limit) }
    }
}

/// A socket with one more sender and one future of its end, and tasks that wait for everything that can be waited for.
///
/// The tasks on the second sender wait for the connection to open and, the buffer being full all the time, for room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(super) machine: Machine<u32>,
    pub(super) raw: ReadyState,
    pub(super) listening: Listening,
    pub(super) deadline: bool,
    pub(super) grace: bool,

    /// The socket's own sender, the other one, and the receiver.
    pub(super) first: bool,
    pub(super) second: bool,
    pub(super) receiver: bool,
    /// How many of them hold the handle; while one is being dropped it still does.
    pub(super) held: u8,
    /// Nobody owns the core any more: whatever was registered is gone with it.
    pub(super) freed: bool,
    /// The frame was removed: no event comes any more.
    pub(super) vanished: bool,
    /// The worker was ended: nothing runs any more.
    pub(super) terminated: bool,

    pub(super) reader: Task,
    pub(super) opener: Task,
    pub(super) sending: Task,
    /// What the sending task found when it began to wait.
    pub(super) full: bool,
    pub(super) sink: Task,
    /// Futures of the end that wait, and that were woken.
    pub(super) waiting: u8,
    pub(super) woken: u8,
    /// What calls that are under way have still to do; the innermost last.
    pub(super) todo: Vec<Todo>,

    /// What the reader ought to get: number and bytes.
    pub(super) expected: VecDeque<(u32, usize)>,
    next: u32,
    limit: Option<usize>,
    /// More came than the limit allows, or something unreadable: nothing after it counts.
    faulted: bool,
    pub(super) errors: u8,
    pub(super) over: bool,

    pub(super) end: Option<CloseInfo>,
    /// The first frame that anybody asked to close with.
    pub(super) asked: Option<CloseFrame>,
    /// Somebody asked for the end and waits for it; by `close` or a drop, which nothing takes back.
    pub(super) begun: bool,
    pub(super) closing: bool,
    /// We were told of an `error` that ended it.
    pub(super) told: bool,
    pub(super) gave_back: bool,
    pub(super) closes: u8,
}

/// A task that waits for one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Task {
    /// It does not wait, or not any more.
    None,
    Waits,
    Woken,
}

impl Task {
    pub(super) fn wake(&mut self) -> bool {
        let waits = *self == Self::Waits;
        if waits {
            *self = Self::Woken;
        }
        waits
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Todo {
    WakeReader,
    WakeOpener,
    WakeSenders,
    WakeEnders,
    /// One of those who hold the handle lets it go.
    LetGo,
    /// The receiver's drop begins.
    Abandon,
    /// A sink that is being closed looks for the end.
    PollSink,
    /// The browser's `close` returns; it may have called anybody.
    Called,
}

impl World {
    pub(crate) fn new(start: Start) -> Result<Self, Broken> {
        let Start { ready, limit } = start;
        let config = Config {
            connect_timeout: 75_000,
            close_timeout: 5_000,
            recv_limit: limit.map(|bytes| (bytes, TOO_MUCH)),
            default_frame: CloseFrame::NORMAL,
        };
        let (machine, effects) = Machine::start(config, ready);
        let waits = |waits: bool| if waits { Task::Waits } else { Task::None };
        let mut world = Self {
            raw: ready,
            listening: Listening::KeepAll,
            deadline: false,
            grace: false,
            first: true,
            second: true,
            receiver: true,
            held: 3,
            freed: false,
            vanished: false,
            terminated: false,
            reader: Task::Waits,
            opener: waits(!machine.was_open()),
            sending: waits(machine.gate() != Gate::Closed),
            full: machine.gate() == Gate::Open,
            sink: Task::None,
            waiting: 1,
            woken: 0,
            todo: Vec::new(),
            expected: VecDeque::new(),
            next: 0,
            limit,
            faulted: false,
            errors: 0,
            over: false,
            end: None,
            asked: None,
            begun: false,
            closing: false,
            told: false,
            gave_back: false,
            closes: 0,
            machine,
        };
        world.apply(effects)?;
        world.check()?;
        Ok(world)
    }

    /// Whether this can happen now.
    pub(crate) fn can(&self, act: Act) -> bool {
        if self.is_over() {
            return false;
        }
        let alive = !self.vanished;
        let hears = |event| alive && self.hears(event);
        match act {
            Act::DropReceiver => self.receiver,
            Act::DropFirst => self.first,
            Act::DropSecond => self.second,
            Act::DropSocket | Act::GiveBack => self.first && self.receiver,
            Act::DropFuture => self.waiting + self.woken > 0,
            Act::Close | Act::Finish => self.first || self.second || self.receiver,
            // A sink begins with it, once; afterwards the send buffer's timer reports.
            Act::Drain(_) if self.sink == Task::None => self.second && !self.machine.is_released(),
            Act::Drain(_) => self.machine.is_draining() && self.raw == ReadyState::Open,
            Act::Open => hears("open"),
            Act::Message(_) | Act::BadMessage => hears("message"),
            Act::PeerBegins => alive && self.raw == ReadyState::Open,
            Act::Error { closes: true } => alive && self.raw < ReadyState::Closed,
            Act::Error { closes: false } => hears("error"),
            Act::End { .. } => hears("close"),
            Act::Deadline => self.deadline,
            Act::Grace => self.grace,
            Act::Vanish => alive,
            Act::Terminate => true,
            Act::Return => !self.is_quiet(),
            Act::Turn => self.is_quiet() && self.has_turn(),
        }
    }

    /// Lets it happen, up to the next moment at which user code runs and anything else may happen.
    pub(crate) fn act(&mut self, act: Act) -> Result<(), Broken> {
        self.happen(act)?;
        self.check()
    }

    /// The same without the check.
    pub(crate) fn happen(&mut self, act: Act) -> Result<(), Broken> {
        let raw = self.raw;
        match act {
            Act::DropFirst => {
                self.first = false;
                self.todo.push(Todo::LetGo);
            }
            Act::DropSecond => {
                self.second = false;
                (self.opener, self.sending, self.sink) = (Task::None, Task::None, Task::None);
                self.todo.push(Todo::LetGo);
            }
            Act::DropReceiver => self.drop_receiver(),
            Act::DropSocket => {
                self.drop_receiver();
                self.first = false;
                self.todo.push(Todo::LetGo);
            }
            Act::GiveBack => {
                self.drop_receiver();
                self.first = false;
                self.todo.push(Todo::LetGo);
                self.gave_back = true;
                // What only `finish` or a sink was to bring about, nobody brings about any more.
                self.begun = self.closing || self.closes > 0;
                self.expected.clear();
                self.input(Input::Released { close: false, ready: raw })?;
            }
            Act::DropFuture if self.waiting > 0 => self.waiting -= 1,
            Act::DropFuture => self.woken -= 1,
            Act::Close => {
                self.begin(ASKED);
                self.closing = true;
                self.input(Input::UserClosed(ASKED, raw))?;
            }
            Act::Finish => {
                self.begin(LATER);
                self.input(Input::Finished(LATER))?;
            }
            Act::Drain(buffered) => {
                if self.sink == Task::None {
                    self.ask(CloseFrame::NORMAL);
                    self.todo.push(Todo::PollSink);
                }
                self.input(Input::Drained { buffered, ready: raw })?;
            }
            Act::Open => {
                if raw == ReadyState::Connecting {
                    self.raw = ReadyState::Open;
                }
                self.input(Input::Opened)?;
            }
            Act::Message(bytes) => self.message(0, bytes)?,
            Act::BadMessage => self.message(ID_BAD, 0)?,
            Act::PeerBegins => self.raw = ReadyState::Closing,
            Act::Error { closes } => {
                if closes {
                    self.raw = ReadyState::Closed;
                }
                if self.hears("error") {
                    self.told |= closes;
                    self.input(Input::Errored)?;
                }
            }
            Act::End { code, clean, dispatched } => {
                if !dispatched {
                    self.raw = ReadyState::Closed;
                }
                self.input(Input::Closed(CloseEvent::new(code, "", clean), self.raw))?;
            }
            Act::Deadline => {
                self.deadline = false;
                self.input(Input::Tick(Alarm::Deadline, raw))?;
            }
            Act::Grace => {
                self.grace = false;
                self.input(Input::Tick(Alarm::Grace, raw))?;
            }
            Act::Vanish => {
                self.vanished = true;
                self.raw = ReadyState::Closed;
            }
            Act::Terminate => {
                self.terminated = true;
                return Ok(());
            }
            Act::Return => {}
            Act::Turn => self.turn()?,
        }
        self.go_on()
    }

    /// Whether nothing can happen any more.
    pub(crate) fn is_over(&self) -> bool {
        self.freed || self.terminated
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.todo.is_empty()
    }

    /// Whether a listener for this event is left.
    pub(super) fn hears(&self, event: &str) -> bool {
        match self.listening {
            Listening::KeepAll => true,
            Listening::DropMessage => event != "message",
            Listening::KeepClose => event == "close",
            Listening::DropAll => false,
        }
    }

    fn drop_receiver(&mut self) {
        self.receiver = false;
        self.reader = Task::None;
        self.todo.extend([Todo::LetGo, Todo::Abandon]);
    }

    /// Somebody closes, and waits for the end.
    fn begin(&mut self, frame: CloseFrame) {
        self.ask(frame);
        // Two futures stand for any number.
        if self.end.is_none() && self.waiting + self.woken < 2 {
            self.waiting += 1;
        }
    }

    pub(super) fn ask(&mut self, frame: CloseFrame) {
        if self.end.is_some() {
            return;
        }
        self.begun = true;
        if !self.machine.is_released() {
            self.asked.get_or_insert(frame);
        }
    }

    fn message(&mut self, mark: u32, bytes: usize) -> Result<(), Broken> {
        self.next += 1;
        let id = self.next | mark;
        let waits: usize = self.expected.iter().map(|(_, bytes)| bytes).sum();
        if self.receiver && !self.faulted {
            if self.limit.is_some_and(|limit| waits.saturating_add(bytes) > limit) {
                self.fault();
                self.ask(TOO_MUCH);
            } else {
                self.expected.push_back((id, bytes));
            }
        }
        self.input(Input::Message(id, bytes, self.raw))
    }

    pub(super) fn fault(&mut self) {
        self.faulted = true;
        self.closing = true;
    }
}
