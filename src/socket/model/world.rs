//! The state of the model, and what each action does to it.

use super::action::{Action, UNREADABLE};
use super::{FRAME_CLOSE, FRAME_FINISH, FRAME_OVERFLOW, Violation};
use crate::socket::close_info::{CloseInfo, ReadyState};
use crate::socket::core::machine::{Config, Machine, SendState};
use crate::socket::core::waiters::Interest;
use crate::{CloseEvent, CloseFrame};
use std::collections::VecDeque;

/// Where a connection starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) ready: ReadyState,
    /// The receive limit, in bytes.
    pub(crate) limit: Option<usize>,
}

impl Start {
    #[cfg(fuzzing)]
    pub(super) fn from_byte(byte: u8) -> Self {
        let limit = usize::from(byte >> 2);
        Self { ready: ReadyState::from_raw(u16::from(byte & 3)), limit: (limit > 0).then_some(limit) }
    }
}

/// A socket with a second sender and one `ClosedFuture`, and tasks that wait for everything that can be waited for.
///
/// The tasks on the second sender wait for the connection to open and, since the buffer is always full, for capacity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(super) machine: Machine<u32>,
    pub(super) raw: ReadyState,
    pub(super) listeners: Listeners,
    pub(super) timeout: bool,
    pub(super) grace: bool,

    /// The socket's own sender, the second sender, and the receiver.
    pub(super) first: bool,
    pub(super) second: bool,
    pub(super) receiver: bool,
    /// The number of handles; one that is being dropped still counts.
    pub(super) handles: u8,
    /// Nothing owns the core any more, so its listeners and timers are freed.
    pub(super) freed: bool,
    /// The iframe was removed: no event fires any more.
    pub(super) iframe_removed: bool,
    /// The worker was terminated: nothing runs any more.
    pub(super) terminated: bool,

    pub(super) reader: Reader,
    /// All other tasks, in the order in which they registered, and whether they wait. Those that do not were woken and
    /// have not been polled since; they keep their place.
    pub(super) tasks: Vec<(Task, bool)>,
    /// The sending task found a full buffer when it was polled last, and not a connection that is not open yet.
    pub(super) found_full: bool,
    /// What calls in progress still have to do; the innermost last.
    pub(super) pending: Vec<Step>,

    /// What the reader must get: number and bytes.
    pub(super) expected: VecDeque<(u32, usize)>,
    next_message: u32,
    limit: Option<usize>,
    /// The limit was exceeded or a message was unreadable: nothing after it counts.
    recv_failed: bool,
    pub(super) errors: u8,
    pub(super) stream_ended: bool,

    pub(super) info: Option<CloseInfo>,
    /// The first frame that was requested.
    pub(super) requested: Option<CloseFrame>,
    /// A close was requested and is waited for; by `close` or a drop, which `into_raw` does not take back.
    pub(super) close_awaited: bool,
    pub(super) close_certain: bool,
    /// An `error` event that closed the socket was delivered.
    pub(super) error_delivered: bool,
    pub(super) raw_released: bool,
    pub(super) close_calls: u8,
}

/// The reader, which is woken before all other tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reader {
    Idle,
    Waiting,
    Woken,
}

/// A task other than the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Task {
    /// Waits for the connection to open, on the second sender.
    Opener,
    /// Waits to send, on the second sender.
    Sender,
    /// Closes the second sender as a sink.
    Sink,
    /// Waits on a `ClosedFuture`. Two futures stand for any number.
    Closed(bool),
}

impl Task {
    pub(super) fn interest(self) -> Interest {
        match self {
            Self::Opener => Interest::OPEN,
            Self::Sender => Interest::WRITABLE,
            Self::Sink | Self::Closed(_) => Interest::CLOSED,
        }
    }

    pub(super) fn is_closed_future(self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

/// A step of a call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    WakeReader,
    /// Wakes the tasks with one of these interests that wait when the step begins.
    Wake(Interest),
    /// The rest of those tasks.
    WakeTasks(Vec<Task>),
    /// A handle is dropped.
    DropHandle,
    /// The receiver's drop tells the machine.
    ReaderDropped,
    /// A sink that is being closed checks whether the connection is closed.
    PollSink,
    /// The raw socket's `close` returns; it may have run any listener.
    CloseReturned,
}

/// The registered listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Listeners(pub(super) u8);

impl Listeners {
    pub(super) const MESSAGE: Self = Self(0b0001);
    pub(super) const OPEN: Self = Self(0b0010);
    pub(super) const ERROR: Self = Self(0b0100);
    pub(super) const CLOSE: Self = Self(0b1000);
    pub(super) const ALL: Self = Self(0b1111);
    pub(super) const NONE: Self = Self(0);

    pub(super) fn has(self, listener: Self) -> bool {
        self.0 & listener.0 != 0
    }

    pub(super) fn without(self, removed: Self) -> Self {
        Self(self.0 & !removed.0)
    }
}

impl World {
    pub(crate) fn new(start: Start) -> Result<Self, Violation> {
        let Start { ready, limit } = start;
        let config = Config {
            connect_timeout_ms: 75_000,
            close_timeout_ms: 5_000,
            recv_limit: limit.map(|bytes| (bytes, FRAME_OVERFLOW)),
            default_frame: CloseFrame::NORMAL,
        };
        let (machine, timeout_ms) = Machine::new(config, ready);
        let mut tasks = vec![(Task::Closed(false), true)];
        if !machine.was_open() {
            tasks.push((Task::Opener, true));
        }
        if machine.send_state() != SendState::Closed {
            tasks.push((Task::Sender, true));
        }
        let world = Self {
            raw: ready,
            listeners: Listeners::ALL,
            timeout: timeout_ms.is_some(),
            grace: false,
            first: true,
            second: true,
            receiver: true,
            handles: 3,
            freed: false,
            iframe_removed: false,
            terminated: false,
            reader: Reader::Waiting,
            tasks,
            found_full: machine.send_state() == SendState::Open,
            pending: Vec::new(),
            expected: VecDeque::new(),
            next_message: 0,
            limit,
            recv_failed: false,
            errors: 0,
            stream_ended: false,
            info: None,
            requested: None,
            close_awaited: false,
            close_certain: false,
            error_delivered: false,
            raw_released: false,
            close_calls: 0,
            machine,
        };
        world.check()?;
        Ok(world)
    }

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
            // A sink is closed once; afterwards its poll timer calls this.
            Action::Drain(_) if !self.has_task(Task::Sink) => self.second && !self.machine.is_detached(),
            Action::Drain(_) => self.machine.is_draining() && self.raw == ReadyState::Open,
            Action::Open => listens(Listeners::OPEN),
            Action::Message(_) | Action::UnreadableMessage => listens(Listeners::MESSAGE),
            Action::PeerCloses => alive && self.raw == ReadyState::Open,
            Action::Error { closes: true } => alive && self.raw < ReadyState::Closed,
            Action::Error { closes: false } => listens(Listeners::ERROR),
            Action::CloseEvent { .. } => listens(Listeners::CLOSE),
            Action::Timeout => self.timeout,
            Action::Grace => self.grace,
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
            Action::DropFirst => {
                self.first = false;
                self.pending.push(Step::DropHandle);
            }
            Action::DropSecond => {
                self.second = false;
                self.tasks.retain(|(task, _)| task.is_closed_future());
                self.pending.push(Step::DropHandle);
            }
            Action::DropReceiver => self.drop_receiver(),
            Action::DropSocket => {
                self.drop_receiver();
                self.first = false;
                self.pending.push(Step::DropHandle);
            }
            Action::IntoRaw => {
                self.drop_receiver();
                self.first = false;
                self.pending.push(Step::DropHandle);
                self.raw_released = true;
                // What only `finish` or a sink was to close is not closed any more.
                self.close_awaited = self.close_certain || self.close_calls > 0;
                self.expected.clear();
                let effects = self.machine.release_raw();
                self.apply(effects)?;
            }
            Action::DropFuture => {
                // One that waits, if there is one: it leaves more to go wrong.
                let position =
                    |waits| self.tasks.iter().position(|(task, now)| task.is_closed_future() && *now == waits);
                if let Some(at) = position(true).or_else(|| position(false)) {
                    self.tasks.remove(at);
                }
            }
            Action::Close => {
                self.await_close(FRAME_CLOSE);
                self.close_certain = true;
                self.step(|machine| machine.close(FRAME_CLOSE, raw))?;
            }
            Action::Finish => {
                self.await_close(FRAME_FINISH);
                self.step(|machine| machine.finish(FRAME_FINISH))?;
            }
            Action::Drain(buffered) => {
                if !self.has_task(Task::Sink) {
                    self.request(CloseFrame::NORMAL);
                    self.pending.push(Step::PollSink);
                }
                self.step(|machine| machine.drain(buffered, raw))?;
            }
            Action::Open => {
                if raw == ReadyState::Connecting {
                    self.raw = ReadyState::Open;
                }
                self.step(|machine| machine.open_event())?;
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
                    self.step(|machine| machine.error_event())?;
                }
            }
            Action::CloseEvent { code, clean, dispatched } => {
                if !dispatched {
                    self.raw = ReadyState::Closed;
                }
                let ready = self.raw;
                self.step(|machine| machine.close_event(CloseEvent::new(code, "", clean), ready))?;
            }
            Action::Timeout => {
                self.timeout = false;
                self.step(|machine| machine.timeout_elapsed(raw))?;
            }
            Action::Grace => {
                self.grace = false;
                self.step(|machine| machine.grace_elapsed(raw))?;
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

    /// Returns `true` if nothing can happen any more.
    pub(crate) fn is_over(&self) -> bool {
        self.freed || self.terminated
    }

    /// Returns `true` if no call is in progress.
    pub(super) fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    pub(super) fn has_task(&self, task: Task) -> bool {
        self.tasks.iter().any(|(known, _)| *known == task)
    }

    pub(super) fn closed_futures(&self) -> usize {
        self.tasks.iter().filter(|(task, _)| task.is_closed_future()).count()
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
            let task = Task::Closed(!self.has_task(Task::Closed(true)));
            self.tasks.push((task, true));
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

    fn message(&mut self, mark: u32, bytes: usize) -> Result<(), Violation> {
        self.next_message += 1;
        let id = self.next_message | mark;
        let queued: usize = self.expected.iter().map(|(_, bytes)| bytes).sum();
        if self.receiver && !self.recv_failed {
            if self.limit.is_some_and(|limit| queued.saturating_add(bytes) > limit) {
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
}
