//! The machine against any order of events, by proptest.

use super::{ASKED, LATER, config};
use crate::socket::closed::{Closed, ReadyState};
use crate::socket::effects::{Change, Effects, Listening};
use crate::socket::inbox::Taken;
use crate::socket::machine::{Alarm, Input, Machine};
use crate::{CloseEvent, CloseFrame};
use proptest::prelude::*;

/// A socket as a browser models it, with our machine on top: applies effects, and may misbehave.
struct World {
    machine: Machine<u32>,
    raw: ReadyState,
    deadline: bool,
    grace: bool,
    listening: Listening,
    sent: u32,
    taken: Vec<u32>,
    errors: usize,
    over: bool,
    first_end: Option<Closed>,
    first_frame: Option<CloseFrame>,
    closes: usize,
    released: bool,
    gave_back: bool,
}

/// What can happen to it; whether a browser would do so in this state is not asked.
#[derive(Clone, Debug)]
enum Happening {
    Open,
    Message(u8),
    Error { closes: bool },
    Close { code: u16, clean: bool, dispatched: bool },
    PeerBegins,
    UserClose,
    Finish,
    Drain(u8),
    Deadline,
    Grace,
    Take,
    Unreadable,
    Abandon,
    Drop,
    GiveBack,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening as H;
    prop_oneof![
        3 => Just(H::Open),
        6 => any::<u8>().prop_map(H::Message),
        1 => any::<bool>().prop_map(|closes| H::Error { closes }),
        2 => (prop_oneof![Just(1000), Just(1006), Just(1015), any::<u16>()], any::<bool>(), any::<bool>())
            .prop_map(|(code, clean, dispatched)| H::Close { code, clean, dispatched }),
        1 => Just(H::PeerBegins),
        2 => Just(H::UserClose),
        1 => Just(H::Finish),
        1 => any::<u8>().prop_map(H::Drain),
        2 => Just(H::Deadline),
        1 => Just(H::Grace),
        6 => Just(H::Take),
        1 => Just(H::Unreadable),
        1 => Just(H::Abandon),
        1 => Just(H::Drop),
        1 => Just(H::GiveBack),
    ]
}

impl World {
    fn new(ready: ReadyState, limit: Option<usize>) -> Self {
        let (machine, start) = Machine::new(config(limit), ready);
        let mut world = Self {
            machine,
            raw: ready,
            deadline: false,
            grace: false,
            listening: Listening::KeepAll,
            sent: 0,
            taken: Vec::new(),
            errors: 0,
            over: false,
            first_end: None,
            first_frame: None,
            closes: 0,
            released: false,
            gave_back: false,
        };
        world.apply(start);
        world
    }

    fn apply(&mut self, effects: Effects) {
        let after_end = self.first_end.is_some();
        assert!(!after_end || effects == Effects::default(), "nothing happens after the end: {effects:?}");
        for (timer, change) in [(&mut self.deadline, effects.deadline), (&mut self.grace, effects.grace)] {
            match change {
                Change::Keep => {}
                Change::Stop => *timer = false,
                Change::Start(_) => *timer = true,
            }
        }
        if effects.detach != Listening::KeepAll {
            self.listening = effects.detach;
        }
        if let Some(frame) = effects.close {
            self.closes += 1;
            assert!(self.raw < ReadyState::Closing, "close was called on a socket that is closing");
            if let Some(first) = &self.first_frame {
                assert_eq!(&frame, first, "the first frame wins");
            }
            self.raw = ReadyState::Closing;
        }
        if let Some(closed) = self.machine.closed() {
            assert_eq!(self.listening, Listening::DropAll);
            assert!(!self.deadline && !self.grace, "timers go with the end");
            match &self.first_end {
                Some(first) => assert_eq!(closed, first, "there is one end"),
                None => {
                    assert!(self.gave_back || closed.requested() == self.first_frame.as_ref());
                    self.first_end = Some(closed.clone());
                }
            }
        } else if !self.released {
            // Nothing that has begun waits for ever.
            let pending = self.raw == ReadyState::Closing && self.first_frame.is_some();
            assert!(self.deadline || !pending, "closing without a deadline");
        }
    }

    fn input(&mut self, input: Input<u32>) {
        let effects = self.machine.step(input);
        self.apply(effects);
    }

    fn ask(&mut self, frame: CloseFrame) {
        if self.first_end.is_none() && !self.released {
            self.first_frame.get_or_insert(frame);
        }
    }

    fn happen(&mut self, happening: Happening) {
        use Happening as H;
        let raw = self.raw;
        match happening {
            H::Open => {
                if raw == ReadyState::Connecting {
                    self.raw = ReadyState::Open;
                }
                self.input(Input::Opened);
            }
            H::Message(bytes) => {
                self.sent += 1;
                self.input(Input::Message(self.sent, bytes.into()));
            }
            H::Error { closes } => {
                if closes {
                    self.raw = ReadyState::Closed;
                }
                self.input(Input::Errored);
            }
            H::Close { code, clean, dispatched } => {
                if !dispatched {
                    self.raw = ReadyState::Closed;
                }
                self.input(Input::Closed(CloseEvent::new(code, "", clean), self.raw));
            }
            H::PeerBegins => self.raw = raw.max(ReadyState::Closing),
            H::UserClose => {
                self.ask(ASKED);
                self.input(Input::UserClosed(ASKED, raw));
            }
            H::Finish => {
                self.ask(LATER);
                self.input(Input::Finished(LATER));
            }
            H::Drain(buffered) => {
                self.ask(CloseFrame::NORMAL);
                self.input(Input::Drained { buffered: buffered.into(), ready: raw });
            }
            H::Deadline if self.deadline => {
                self.deadline = false;
                self.input(Input::Tick(Alarm::Deadline, raw));
            }
            H::Grace if self.grace => {
                self.grace = false;
                self.input(Input::Tick(Alarm::Grace, raw));
            }
            H::Deadline | H::Grace => {}
            H::Take => match self.machine.take() {
                Taken::Message(message) => {
                    assert!(!self.over && self.errors == 0, "a message after the error or the end");
                    self.taken.push(message);
                }
                Taken::Fault(_) | Taken::Lost => {
                    assert!(!self.over);
                    self.errors += 1;
                }
                Taken::End => self.over = true,
                Taken::Wait => assert!(!self.over && self.first_end.is_none()),
            },
            H::Unreadable => {
                if self.over || self.errors > 0 {
                    return;
                }
                self.errors += 1;
                self.ask(CloseFrame::NORMAL);
                self.input(Input::Unreadable(raw));
            }
            H::Abandon => self.input(Input::Abandoned),
            H::Drop => {
                self.ask(CloseFrame::NORMAL);
                self.released = true;
                self.input(Input::Released { close: true, ready: raw });
            }
            H::GiveBack => {
                // From here on a frame that was not sent is not asked for any more; the chosen orders test that.
                self.gave_back |= !self.released;
                self.released = true;
                self.input(Input::Released { close: false, ready: raw });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_000), ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_ends_once_and_delivers_in_order(
        ready in prop_oneof![4 => Just(0u16), 2 => Just(1), 1 => Just(2), 1 => Just(3)],
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let mut world = World::new(ready.into(), None);
        for happening in happenings {
            world.happen(happening);
        }
        prop_assert_eq!(world.machine.inbox.is_over(), world.over);
        prop_assert!(world.errors <= 1, "more than one error");
        prop_assert!(world.closes <= 1, "the browser's close was called more than once");
        // Order is kept and nothing is skipped.
        let in_order: Vec<u32> = (1..).take(world.taken.len()).collect();
        prop_assert_eq!(&world.taken, &in_order);
    }

    #[test]
    fn any_order_of_events_comes_to_an_end_once_it_has_begun(
        ready in 0u16..4,
        happenings in prop::collection::vec(happening(), 0..20),
    ) {
        let mut world = World::new(ready.into(), None);
        for happening in happenings {
            world.happen(happening);
        }
        world.happen(Happening::UserClose);
        // Timers alone: the browser says nothing more.
        for _ in 0..4 {
            world.happen(Happening::Deadline);
            world.happen(Happening::Grace);
        }
        prop_assert!(world.first_end.is_some(), "close() hangs");
        for _ in 0..100 {
            world.happen(Happening::Take);
        }
        prop_assert!(world.over, "the stream hangs");
    }

    #[test]
    fn a_limit_bounds_what_waits(
        limit in 0usize..600,
        happenings in prop::collection::vec(prop_oneof![
            3 => any::<u8>().prop_map(Some),
            1 => Just(None),
        ], 0..60),
    ) {
        let (mut machine, _) = Machine::new(config(Some(limit)), ReadyState::Open);
        let (mut waiting, mut overflowed) = (std::collections::VecDeque::new(), false);
        for happening in happenings {
            match happening {
                Some(bytes) => {
                    let fits = waiting.iter().sum::<usize>() + usize::from(bytes) <= limit;
                    let effects = machine.step(Input::Message(0, bytes.into()));
                    prop_assert_eq!(effects.close.is_some(), !fits && !overflowed);
                    overflowed |= !fits;
                    if !overflowed {
                        waiting.push_back(usize::from(bytes));
                    }
                }
                None => match machine.take() {
                    Taken::Message(_) => prop_assert!(waiting.pop_front().is_some()),
                    Taken::Fault(_) => prop_assert!(overflowed && waiting.is_empty()),
                    Taken::Wait => prop_assert!(waiting.is_empty()),
                    other => prop_assert!(false, "{other:?}"),
                },
            }
        }
    }
}
