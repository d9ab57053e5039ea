//! The machine against every order of events: chosen ones by name, the rest by proptest.

use super::closed::{Cause, Closed, ReadyState};
use super::inbox::{Fault, Taken};
use super::machine::{Alarm, Change, Config, Effects, Gate, Input, Listening, Machine};
use crate::{CloseCode, CloseEvent, CloseFrame};
use ::core::time::Duration;
use proptest::prelude::*;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const LATER: CloseFrame = CloseFrame::from_static(4001, "later");
const TOO_MUCH: CloseFrame = CloseFrame::from_static(4002, "too much");
const CLOSE: Duration = Duration::from_secs(5);

fn config(limit: Option<usize>) -> Config {
    Config {
        connect_timeout: Duration::from_secs(75),
        close_timeout: CLOSE,
        recv_limit: limit.map(|bytes| (bytes, TOO_MUCH)),
        default_frame: CloseFrame::NORMAL,
    }
}

fn machine(ready: ReadyState) -> Machine<u32> {
    Machine::new(config(None), ready).0
}

fn open() -> Machine<u32> {
    let mut machine = machine(ReadyState::Connecting);
    machine.step(Input::Opened);
    machine
}

fn event(code: u16, was_clean: bool) -> Input<u32> {
    Input::Closed(CloseEvent::new(code, "", was_clean), ReadyState::Closed)
}

fn end(machine: &Machine<u32>) -> Closed {
    machine.closed().cloned().expect("it has ended")
}

#[test]
fn connecting_is_bounded_and_says_so() {
    let (mut machine, start) = Machine::<u32>::new(config(None), ReadyState::Connecting);
    assert_eq!(start.deadline, Change::Start(Duration::from_secs(75)));
    let effects = machine.step(Input::Tick(Alarm::Deadline, ReadyState::Connecting));
    assert_eq!(effects.detach, Listening::DropAll);
    assert_eq!(effects.close, Some(CloseFrame::NORMAL), "an abandoned attempt is given up in the browser too");
    assert_eq!((end(&machine).cause(), end(&machine).code()), (Cause::Deadline, CloseCode::ABNORMAL));
    assert!(!end(&machine).was_open());
    assert_eq!(end(&machine).requested(), None);
}

#[test]
fn opening_ends_the_connect_deadline() {
    let mut machine = machine(ReadyState::Connecting);
    let effects = machine.step(Input::Opened);
    assert_eq!(effects.deadline, Change::Stop);
    assert!(effects.wake.open && effects.wake.send);
    assert_eq!(machine.step(Input::Tick(Alarm::Deadline, ReadyState::Open)), Effects::default());
}

#[test]
fn the_first_frame_wins_and_is_sent_once() {
    let mut machine = open();
    let first = machine.step(Input::UserClosed(ASKED, ReadyState::Open));
    assert_eq!((first.close, first.deadline), (Some(ASKED), Change::Start(CLOSE)));
    assert_eq!(machine.step(Input::UserClosed(LATER, ReadyState::Closing)), Effects::default());
    machine.step(event(4000, true));
    assert_eq!(end(&machine).requested(), Some(&ASKED));
    assert_eq!(end(&machine).cause(), Cause::Local);
}

#[test]
fn closing_while_connecting_keeps_the_code_that_was_not_sent() {
    let mut machine = machine(ReadyState::Connecting);
    machine.step(Input::UserClosed(ASKED, ReadyState::Connecting));
    machine.step(Input::Errored);
    machine.step(event(1006, false));
    let closed = end(&machine);
    assert_eq!((closed.cause(), closed.code(), closed.was_open()), (Cause::Local, CloseCode::ABNORMAL, false));
    assert_eq!(closed.requested(), Some(&ASKED));
}

#[test]
fn an_open_that_comes_after_close_does_not_reopen() {
    let mut machine = machine(ReadyState::Connecting);
    machine.step(Input::UserClosed(ASKED, ReadyState::Connecting));
    assert_eq!(machine.step(Input::Opened), Effects::default());
    assert_eq!(machine.gate(), Gate::Closed);
    assert!(!machine.was_open());
}

#[test]
fn a_close_that_crosses_the_peers_is_the_peers() {
    let mut machine = open();
    let effects = machine.step(Input::UserClosed(ASKED, ReadyState::Closing));
    assert_eq!(effects.close, None, "the browser would discard it");
    machine.step(event(4040, true));
    assert_eq!(end(&machine).cause(), Cause::Remote);
    assert_eq!(end(&machine).requested(), Some(&ASKED));
}

#[test]
fn a_silent_peer_costs_the_close_timeout_and_no_more() {
    let mut machine = open();
    machine.step(Input::UserClosed(ASKED, ReadyState::Open));
    let effects = machine.step(Input::Tick(Alarm::Deadline, ReadyState::Closing));
    assert_eq!(effects.detach, Listening::DropAll);
    let closed = end(&machine);
    assert_eq!((closed.cause(), closed.code(), closed.was_clean()), (Cause::Deadline, CloseCode::ABNORMAL, false));
    assert_eq!(machine.step(event(4000, true)), Effects::default());
    assert_eq!(end(&machine), closed, "a late event changes nothing");
}

#[test]
fn no_code_says_who_began() {
    for (code, clean, cause) in [
        (1006, false, Cause::Lost),
        (1006, true, Cause::Remote),
        (1015, false, Cause::Lost),
        (1015, true, Cause::Remote),
        (1005, true, Cause::Remote),
        (1011, false, Cause::Remote),
        (0, true, Cause::Remote),
    ] {
        let mut machine = open();
        machine.step(event(code, clean));
        assert_eq!(end(&machine).cause(), cause, "{code} {clean}");
        let mut machine = open();
        machine.step(Input::UserClosed(ASKED, ReadyState::Open));
        machine.step(event(code, clean));
        assert_eq!(end(&machine).cause(), Cause::Local, "{code} {clean} after our close");
    }
}

#[test]
fn an_error_without_a_close_ends_it_as_blocked() {
    let mut machine = machine(ReadyState::Connecting);
    assert!(matches!(machine.step(Input::Errored).grace, Change::Start(_)));
    machine.step(Input::Tick(Alarm::Grace, ReadyState::Closed));
    assert_eq!(end(&machine).cause(), Cause::Blocked);
}

#[test]
fn an_error_that_somebody_dispatched_does_not_end_an_open_socket() {
    let mut machine = open();
    machine.step(Input::Errored);
    assert_eq!(machine.step(Input::Tick(Alarm::Grace, ReadyState::Open)), Effects::default());
    assert_eq!(machine.gate(), Gate::Open);
}

#[test]
fn a_dispatched_close_leaves_no_connection_behind() {
    let mut machine = open();
    let dispatched = Input::Closed(CloseEvent::new(1000, "", true), ReadyState::Open);
    assert_eq!(machine.step(dispatched).close, Some(CloseFrame::NORMAL));
}

#[test]
fn messages_before_the_end_come_before_it() {
    let mut machine = open();
    machine.step(Input::Message(1, 0));
    machine.step(Input::Message(2, 0));
    machine.step(event(1006, false));
    machine.step(Input::Message(3, 0));
    let taken: Vec<_> = (0..5).map(|_| machine.take()).collect();
    assert_eq!(taken, [Taken::Message(1), Taken::Message(2), Taken::Lost, Taken::End, Taken::End]);
}

#[test]
fn a_clean_end_is_no_error() {
    let mut machine = open();
    assert_eq!(machine.take(), Taken::Wait);
    machine.step(event(1000, true));
    assert_eq!(machine.take(), Taken::End);
    assert!(machine.is_spent());
}

#[test]
fn overflow_closes_and_yields_one_error_after_what_fitted() {
    let (mut machine, _) = Machine::new(config(Some(10)), ReadyState::Open);
    assert_eq!(machine.step(Input::Message(1, 6)).close, None);
    assert_eq!(machine.step(Input::Message(2, 4)).close, None, "exactly the limit fits");
    assert_eq!(machine.step(Input::Message(3, 1)).close, Some(TOO_MUCH));
    assert_eq!(machine.step(Input::Message(4, 1)).close, None);
    assert_eq!((machine.take(), machine.take()), (Taken::Message(1), Taken::Message(2)));
    assert_eq!(machine.take(), Taken::Fault(Fault::Overflow { limit: 10 }));
    assert_eq!(machine.take(), Taken::Wait, "the end is not known yet");
    machine.step(event(1006, false));
    assert_eq!(machine.take(), Taken::End, "one error is enough");
    assert_eq!(end(&machine).requested(), Some(&TOO_MUCH));
}

#[test]
fn taking_messages_makes_room_under_the_limit() {
    let (mut machine, _) = Machine::new(config(Some(10)), ReadyState::Open);
    for round in 0..100 {
        assert_eq!(machine.step(Input::Message(round, 10)).close, None);
        assert_eq!(machine.take(), Taken::Message(round));
    }
}

#[test]
fn an_unreadable_message_after_the_end_is_the_only_error() {
    let mut machine = open();
    machine.step(Input::Message(1, 0));
    machine.step(event(1006, false));
    assert_eq!(machine.take(), Taken::Message(1));
    machine.step(Input::Unreadable(ReadyState::Closed));
    assert_eq!(machine.take(), Taken::End);
}

#[test]
fn finish_hears_the_peer_out() {
    let mut machine = open();
    let effects = machine.step(Input::Finished(ASKED));
    assert_eq!((effects.close, effects.deadline), (None, Change::Start(CLOSE)));
    assert!(effects.wake.send, "a send that waits has to fail");
    assert_eq!(machine.gate(), Gate::Closed);
    machine.step(Input::Message(7, 0));
    assert_eq!(machine.take(), Taken::Message(7));
    machine.step(event(1000, true));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (Cause::Remote, Some(&ASKED)));
}

#[test]
fn finish_closes_at_its_deadline_and_then_gives_up_at_another() {
    let mut machine = open();
    machine.step(Input::Finished(ASKED));
    let effects = machine.step(Input::Tick(Alarm::Deadline, ReadyState::Open));
    assert_eq!((effects.close, effects.deadline), (Some(ASKED), Change::Start(CLOSE)));
    machine.step(Input::Tick(Alarm::Deadline, ReadyState::Closing));
    assert_eq!(end(&machine).cause(), Cause::Deadline);
}

#[test]
fn close_after_finish_closes_now_with_the_first_frame() {
    let mut machine = open();
    machine.step(Input::Finished(ASKED));
    assert_eq!(machine.step(Input::UserClosed(LATER, ReadyState::Open)).close, Some(ASKED));
}

#[test]
fn a_finish_while_connecting_survives_the_open() {
    let mut machine = machine(ReadyState::Connecting);
    machine.step(Input::Finished(ASKED));
    assert_eq!(machine.step(Input::Opened).deadline, Change::Keep);
    assert_eq!(machine.gate(), Gate::Closed);
}

#[test]
fn a_drain_waits_as_long_as_bytes_leave() {
    let mut machine = open();
    let drained = |buffered| Input::Drained { buffered, ready: ReadyState::Open };
    assert_eq!(machine.step(drained(100)).deadline, Change::Start(CLOSE));
    assert_eq!(machine.step(drained(100)).deadline, Change::Keep, "nothing has left");
    assert_eq!(machine.step(drained(99)).deadline, Change::Start(CLOSE));
    assert!(machine.is_draining());
    assert_eq!(machine.step(drained(0)).close, Some(CloseFrame::NORMAL));
    assert!(!machine.is_draining());
}

#[test]
fn a_drain_that_stalls_closes_all_the_same() {
    let mut machine = open();
    machine.step(Input::Drained { buffered: 100, ready: ReadyState::Open });
    let effects = machine.step(Input::Tick(Alarm::Deadline, ReadyState::Open));
    assert_eq!(effects.close, Some(CloseFrame::NORMAL));
}

#[test]
fn dropping_detaches_and_closes_and_keeps_the_close_listener_only_for_a_waiter() {
    let released = |watched| Input::Released { close: true, watched, ready: ReadyState::Open };
    let mut machine = open();
    let effects = machine.step(released(false));
    assert_eq!((effects.detach, effects.deadline), (Listening::DropAll, Change::Stop));
    assert_eq!(effects.close, Some(CloseFrame::NORMAL));
    let mut machine = open();
    let effects = machine.step(released(true));
    assert_eq!((effects.detach, effects.deadline), (Listening::KeepClose, Change::Start(CLOSE)));
    machine.step(event(1000, true));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (Cause::Local, Some(&CloseFrame::NORMAL)));
}

#[test]
fn giving_the_raw_socket_back_never_closes_it() {
    let mut machine = open();
    let effects = machine.step(Input::Released { close: false, watched: true, ready: ReadyState::Open });
    assert_eq!((effects.close, effects.detach), (None, Listening::KeepClose));
    assert_eq!(machine.step(Input::UserClosed(ASKED, ReadyState::Open)), Effects::default());
    assert_eq!(machine.step(Input::Finished(ASKED)), Effects::default());
    assert_eq!(
        machine.step(Input::Released { close: true, watched: true, ready: ReadyState::Open }),
        Effects::default()
    );
    assert_eq!(machine.gate(), Gate::Closed);
    machine.step(event(1001, true));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (Cause::Remote, None));
}

#[test]
fn an_adopted_socket_that_has_ended_does_not_wait_for_ever() {
    let (mut machine, start) = Machine::<u32>::new(config(None), ReadyState::Closed);
    assert!(matches!(start.deadline, Change::Start(soon) if soon < CLOSE));
    machine.step(Input::Tick(Alarm::Deadline, ReadyState::Closed));
    assert_eq!(end(&machine).cause(), Cause::Deadline);
}

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
    watched: bool,
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
    Drop { watched: bool },
    GiveBack { watched: bool },
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
        1 => any::<bool>().prop_map(|watched| H::Drop { watched }),
        1 => any::<bool>().prop_map(|watched| H::GiveBack { watched }),
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
            watched: true,
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
                    assert_eq!(closed.requested(), self.first_frame.as_ref());
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
            H::Drop { watched } => {
                self.ask(CloseFrame::NORMAL);
                self.watched &= watched || self.released;
                self.released = true;
                self.input(Input::Released { close: true, watched, ready: raw });
            }
            H::GiveBack { watched } => {
                self.watched &= watched || self.released;
                self.released = true;
                self.input(Input::Released { close: false, watched, ready: raw });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_ends_once_and_delivers_in_order(
        ready in prop_oneof![4 => Just(0u16), 2 => Just(1), 1 => Just(2), 1 => Just(3)],
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let mut world = World::new(ready.into(), None);
        for happening in happenings {
            world.happen(happening);
        }
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
        prop_assert!(world.released || world.first_end.is_some(), "close() hangs");
        for _ in 0..100 {
            world.happen(Happening::Take);
        }
        prop_assert!(world.released || world.over, "the stream hangs");
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
