//! The state of the model.

use super::{FRAME_OVERFLOW, Violation};
use crate::CloseFrame;
use crate::js::timer::Step as TimerStep;
use crate::socket::close_info::{CloseInfo, ReadyState};
use crate::socket::core::machine::{Config, Machine};
use crate::socket::core::wait_list::{Interest, WaitList};
use std::collections::VecDeque;

/// In the model a message has one byte, and the buffer is full with one.
pub(super) const HIGH_WATER_MARK: u64 = 1;

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
        let limit = 4 * usize::from(byte >> 2);
        Self { ready: ReadyState::from_raw(u16::from(byte & 3)), limit: (limit > 0).then_some(limit) }
    }
}

/// A socket with a second sender, a `ClosedFuture` and a `ClosingFuture`, and tasks that wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(super) machine: Machine<u32>,
    pub(super) list: WaitList<Task>,
    pub(super) raw: ReadyState,
    /// `bufferedAmount`.
    pub(super) buffered: u64,
    /// How many bytes were ever sent and have ever left the browser's buffer.
    pub(super) sent: u64,
    pub(super) left: u64,
    pub(super) listeners: Listeners,
    pub(super) timeout: TimerStep,
    pub(super) poll_timer: bool,

    /// The socket's own sender, the second sender, and the receiver.
    pub(super) first: bool,
    pub(super) second: bool,
    pub(super) receiver: bool,
    /// The number of handles; one that is being dropped still counts.
    pub(super) handles: u8,
    /// No handle owns the core now, so its listeners and timers are freed.
    pub(super) freed: bool,
    /// The iframe was removed, so no event fires.
    pub(super) iframe_removed: bool,
    /// The worker was terminated, so no code runs.
    pub(super) terminated: bool,

    pub(super) reader: Reader,
    /// All other tasks that are not done, in the order in which they were first polled.
    pub(super) tasks: Vec<TaskState>,
    /// The sink's caller has turned to something else.
    pub(super) feed_abandoned: bool,
    /// What calls in progress still have to do; the innermost last.
    pub(super) pending: Vec<Step>,
    /// The `close` event is queued, and whether it was when the timeout fired for the first time.
    pub(super) queued: Option<Queued>,

    /// What the reader must get: number and bytes.
    pub(super) expected: VecDeque<(u32, usize)>,
    pub(super) next_message: u32,
    pub(super) limit: Option<usize>,
    /// The limit was exceeded, a message was unreadable, or `finish` timed out: nothing after it counts.
    pub(super) recv_failed: bool,
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

/// A `close` event that is queued behind a task that blocks the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Queued {
    pub(super) code: u16,
    pub(super) before_timeout: bool,
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
pub(crate) enum Task {
    /// Waits for the connection to open, on the second sender.
    Opener,
    /// Sends, on the second sender.
    Send(super::Slot),
    /// Sends through the second sender as a sink.
    Feed,
    /// Waits for everything that was sent before it to leave the buffer.
    Flush { target: u64 },
    /// Closes the second sender as a sink.
    CloseSink,
    /// Waits on a `ClosingFuture`.
    Closing,
    /// Waits on a `ClosedFuture`. Two futures stand for any number.
    Closed(bool),
}

impl Task {
    pub(super) fn interest(self) -> Interest {
        match self {
            Self::Opener => Interest::OPEN,
            Self::Send(_) | Self::Feed => Interest::WRITABLE,
            Self::Flush { .. } => Interest::FLUSHED,
            Self::Closing => Interest::CLOSING,
            Self::CloseSink | Self::Closed(_) => Interest::CLOSED,
        }
    }

    pub(super) fn is_closed_future(self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// Whether it goes with the second sender.
    pub(super) fn is_of_second(self) -> bool {
        !matches!(self, Self::Closed(_) | Self::Closing)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TaskState {
    pub(super) task: Task,
    /// Its ticket in the list of waiters.
    pub(super) ticket: u64,
    /// It was woken and has not been polled since.
    pub(super) woken: bool,
}

/// A step of a call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    WakeReader,
    /// Wakes the tasks with one of these interests, with tickets in this range.
    Wake(Interest, u64, u64),
    WakeToSend,
    WakeNextSender,
    /// A handle is dropped.
    DropHandle,
    /// The receiver's drop is reported to the machine.
    ReaderDropped,
    /// A task is polled, for the first time or again.
    Poll(Task),
    /// The poll timer is set if it is needed.
    SchedulePoll,
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
            high_water_mark: HIGH_WATER_MARK,
        };
        let (machine, effects) = Machine::new(config, ready, 0);
        let mut world = Self {
            list: WaitList::default(),
            raw: ready,
            buffered: 0,
            sent: 0,
            left: 0,
            listeners: Listeners::ALL,
            timeout: TimerStep::Stopped,
            poll_timer: false,
            first: true,
            second: true,
            receiver: true,
            handles: 3,
            freed: false,
            iframe_removed: false,
            terminated: false,
            reader: Reader::Waiting,
            tasks: Vec::new(),
            feed_abandoned: false,
            pending: Vec::new(),
            queued: None,
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
        world.apply(effects)?;
        for task in [Task::Closed(false), Task::Closing, Task::Opener] {
            world.poll(task)?;
        }
        world.go_on()?;
        world.check()?;
        Ok(world)
    }

    /// Returns `true` if nothing more can happen.
    pub(crate) fn is_over(&self) -> bool {
        self.freed || self.terminated
    }

    /// Returns `true` if no call is in progress.
    pub(super) fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    pub(super) fn state_of(&self, task: Task) -> Option<&TaskState> {
        self.tasks.iter().find(|state| state.task == task)
    }

    pub(super) fn has_task(&self, task: Task) -> bool {
        self.state_of(task).is_some()
    }

    /// Returns `true` if the task waits: it was polled, and has not been woken since.
    pub(super) fn waits(&self, task: Task) -> bool {
        self.state_of(task).is_some_and(|state| !state.woken)
    }

    pub(super) fn flush(&self) -> Option<Task> {
        self.tasks.iter().map(|state| state.task).find(|task| matches!(task, Task::Flush { .. }))
    }

    /// The core lives as long as one of them does.
    pub(super) fn futures(&self) -> usize {
        self.tasks.iter().filter(|state| !state.task.is_of_second()).count()
    }

    pub(super) fn closed_futures(&self) -> usize {
        self.tasks.iter().filter(|state| state.task.is_closed_future()).count()
    }
}
