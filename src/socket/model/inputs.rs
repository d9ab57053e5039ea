//! The machine by values: what happens to it as one type, what it says as another, both easy to list and compare.

use crate::socket::close_info::ReadyState;
use crate::socket::core::effects::Effects as Bits;
use crate::socket::core::machine::{Config, Machine};
use crate::{CloseEvent, CloseFrame};

/// What happened, one for each of the machine's methods.
#[derive(Clone, Debug)]
pub(crate) enum Input<M> {
    Opened,
    Message(M, usize, ReadyState),
    Unreadable(ReadyState),
    Errored,
    Closed(CloseEvent, ReadyState),
    UserClosed(CloseFrame, ReadyState),
    Finished(CloseFrame),
    Drained { buffered: u32, ready: ReadyState },
    Tick(Alarm, ReadyState),
    Abandoned,
    Released { close: bool, ready: ReadyState },
}

/// The two timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    Deadline,
    Grace,
}

/// What is to be done, in the order of the fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub(crate) detach: Listening,
    pub(crate) deadline: Change,
    pub(crate) grace: Change,
    pub(crate) close: Option<CloseFrame>,
    pub(crate) wake: Wake,
}

/// Which listeners to remove, the fewest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Listening {
    #[default]
    KeepAll,
    DropMessage,
    KeepClose,
    DropAll,
}

/// What to do with a timer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Change {
    #[default]
    Keep,
    Stop,
    /// For so many milliseconds.
    Start(u32),
}

impl Change {
    fn of(effects: Bits, stop: Bits, start: Bits, after: u32) -> Self {
        match (effects.any(start), effects.any(stop)) {
            (true, _) => Self::Start(after),
            (false, true) => Self::Stop,
            (false, false) => Self::Keep,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wake {
    pub(crate) open: bool,
    pub(crate) recv: bool,
    pub(crate) send: bool,
    pub(crate) closed: bool,
}

impl<M> Machine<M> {
    /// As `new`, with the first deadline among the effects.
    pub(crate) fn start(config: Config, ready: ReadyState) -> (Self, Effects) {
        let (machine, deadline) = Self::new(config, ready);
        (machine, Effects { deadline: deadline.map_or(Change::Keep, Change::Start), ..Effects::default() })
    }

    pub(crate) fn step(&mut self, input: Input<M>) -> Effects {
        let effects = match input {
            Input::Opened => self.opened(),
            Input::Message(message, ..) if !self.has_limit() => self.message(message),
            Input::Message(message, bytes, ready) => self.message_within(message, bytes, ready),
            Input::Unreadable(ready) => self.unreadable(ready),
            Input::Errored => self.errored(),
            Input::Closed(event, ready) => self.close_event(event, ready),
            Input::UserClosed(frame, ready) => self.close(frame, ready),
            Input::Finished(frame) => self.finish(frame),
            Input::Drained { buffered, ready } => self.drain(buffered, ready),
            Input::Tick(Alarm::Deadline, ready) => self.deadline(ready),
            Input::Tick(Alarm::Grace, ready) => self.grace(ready),
            Input::Abandoned => self.abandon(),
            Input::Released { close: true, ready } => self.let_go(ready),
            Input::Released { close: false, .. } => self.give_back(),
        };
        self.told(effects)
    }

    fn told(&self, effects: Bits) -> Effects {
        let detach = match effects.dropped() {
            0b0000 => Listening::KeepAll,
            0b0001 => Listening::DropMessage,
            0b0111 => Listening::KeepClose,
            _ => Listening::DropAll,
        };
        let all_or_none = |kinds: Bits| {
            let woken = effects.wakes() & kinds.wakes();
            assert!(woken == 0 || woken == kinds.wakes(), "half of a kind is woken: {effects:?}");
            woken != 0
        };
        Effects {
            detach,
            deadline: Change::of(effects, Bits::STOP_DEADLINE, Bits::START_DEADLINE, self.close_timeout()),
            grace: Change::of(effects, Bits::STOP_GRACE, Bits::START_GRACE, crate::observed::closed::GRACE),
            close: effects.any(Bits::CLOSE).then(|| self.frame()),
            wake: Wake {
                open: all_or_none(Bits::WAKE_OPEN),
                recv: effects.any(Bits::WAKE_RECV),
                send: all_or_none(Bits::WAKE_SEND),
                closed: all_or_none(Bits::WAKE_CLOSED),
            },
        }
    }
}
