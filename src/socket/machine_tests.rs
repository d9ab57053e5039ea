//! The machine against chosen orders of events; `every_order` and `orders` have the rest.
#![allow(clippy::expect_used, clippy::panic)]

mod every_order;
mod orders;

use super::close_info::{CloseCause, CloseInfo, ReadyState};
use super::core::machine::{Config, Gate, Machine};
use super::core::recv_queue::{Fault, Taken};
use super::model::{ASKED, LATER, TOO_MUCH};
use super::model::{Alarm, Change, Effects, Input, Listening};
use crate::{CloseCode, CloseEvent, CloseFrame};

const CLOSE: u32 = 5_000;

fn config(limit: Option<usize>) -> Config {
    Config {
        connect_timeout: 75_000,
        close_timeout: CLOSE,
        recv_limit: limit.map(|bytes| (bytes, TOO_MUCH)),
        default_frame: CloseFrame::NORMAL,
    }
}

fn machine(ready: ReadyState) -> Machine<u32> {
    Machine::start(config(None), ready).0
}

fn open() -> Machine<u32> {
    let mut machine = machine(ReadyState::Connecting);
    machine.step(Input::Opened);
    machine
}

fn message(id: u32, bytes: usize) -> Input<u32> {
    Input::Message(id, bytes, ReadyState::Open)
}

fn event(code: u16, was_clean: bool) -> Input<u32> {
    Input::Closed(CloseEvent::new(code, "", was_clean), ReadyState::Closed)
}

fn end(machine: &Machine<u32>) -> CloseInfo {
    machine.closed().cloned().expect("it has ended")
}

#[test]
fn connecting_is_bounded_and_says_so() {
    let (mut machine, start) = Machine::<u32>::start(config(None), ReadyState::Connecting);
    assert_eq!(start.deadline, Change::Start(75_000));
    let effects = machine.step(Input::Tick(Alarm::Deadline, ReadyState::Connecting));
    assert_eq!(effects.detach, Listening::DropAll);
    assert_eq!(effects.close, Some(CloseFrame::NORMAL), "an abandoned attempt is given up in the browser too");
    assert_eq!((end(&machine).cause(), end(&machine).code()), (CloseCause::Timeout, CloseCode::ABNORMAL));
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
    assert_eq!(end(&machine).cause(), CloseCause::Local);
}

#[test]
fn closing_while_connecting_keeps_the_code_that_was_not_sent() {
    let mut machine = machine(ReadyState::Connecting);
    machine.step(Input::UserClosed(ASKED, ReadyState::Connecting));
    machine.step(Input::Errored);
    machine.step(event(1006, false));
    let closed = end(&machine);
    assert_eq!((closed.cause(), closed.code(), closed.was_open()), (CloseCause::Local, CloseCode::ABNORMAL, false));
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
    assert_eq!(end(&machine).cause(), CloseCause::Remote);
    assert_eq!(end(&machine).requested(), Some(&ASKED));
}

#[test]
fn a_silent_peer_costs_the_close_timeout_and_no_more() {
    let mut machine = open();
    machine.step(Input::UserClosed(ASKED, ReadyState::Open));
    let effects = machine.step(Input::Tick(Alarm::Deadline, ReadyState::Closing));
    assert_eq!(effects.detach, Listening::DropAll);
    let closed = end(&machine);
    assert_eq!((closed.cause(), closed.code(), closed.was_clean()), (CloseCause::Timeout, CloseCode::ABNORMAL, false));
    assert_eq!(machine.step(event(4000, true)), Effects::default());
    assert_eq!(end(&machine), closed, "a late event changes nothing");
}

#[test]
fn no_code_says_who_began() {
    for (code, clean, cause) in [
        (1006, false, CloseCause::Lost),
        (1006, true, CloseCause::Remote),
        (1015, false, CloseCause::Lost),
        (1015, true, CloseCause::Remote),
        (1005, true, CloseCause::Remote),
        (1011, false, CloseCause::Remote),
        (0, true, CloseCause::Remote),
    ] {
        let mut machine = open();
        machine.step(event(code, clean));
        assert_eq!(end(&machine).cause(), cause, "{code} {clean}");
        let mut machine = open();
        machine.step(Input::UserClosed(ASKED, ReadyState::Open));
        machine.step(event(code, clean));
        assert_eq!(end(&machine).cause(), CloseCause::Local, "{code} {clean} after our close");
    }
}

#[test]
fn what_was_open_is_lost_and_not_blocked_by_an_error_alone() {
    for (closes, cause) in [(false, CloseCause::Lost), (true, CloseCause::Local)] {
        let mut machine = open();
        if closes {
            machine.step(Input::UserClosed(ASKED, ReadyState::Open));
        }
        machine.step(Input::Errored);
        machine.step(Input::Tick(Alarm::Grace, ReadyState::Closed));
        assert_eq!((end(&machine).cause(), end(&machine).code()), (cause, CloseCode::ABNORMAL));
    }
}

#[test]
fn an_error_without_a_close_ends_it_as_blocked() {
    let mut machine = machine(ReadyState::Connecting);
    assert!(matches!(machine.step(Input::Errored).grace, Change::Start(_)));
    machine.step(Input::Tick(Alarm::Grace, ReadyState::Closed));
    assert_eq!(end(&machine).cause(), CloseCause::Blocked);
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
    machine.step(message(1, 0));
    machine.step(message(2, 0));
    machine.step(event(1006, false));
    machine.step(message(3, 0));
    let taken: Vec<_> = (0..5).map(|_| machine.take()).collect();
    assert_eq!(taken, [Taken::Message(1), Taken::Message(2), Taken::Lost, Taken::End, Taken::End]);
}

#[test]
fn a_clean_end_is_no_error() {
    let mut machine = open();
    assert_eq!(machine.take(), Taken::Wait);
    machine.step(event(1000, true));
    assert!(!machine.inbox.is_over(), "`select!` would not poll it for the end");
    assert_eq!(machine.take(), Taken::End);
    assert!(machine.inbox.is_over());
}

#[test]
fn overflow_closes_and_yields_one_error_after_what_fitted() {
    let (mut machine, _) = Machine::start(config(Some(10)), ReadyState::Open);
    assert_eq!(machine.step(message(1, 6)).close, None);
    assert_eq!(machine.step(message(2, 4)).close, None, "exactly the limit fits");
    assert_eq!(machine.step(message(3, 1)).close, Some(TOO_MUCH));
    assert_eq!(machine.step(message(4, 1)).close, None);
    assert_eq!((machine.take(), machine.take()), (Taken::Message(1), Taken::Message(2)));
    assert_eq!(machine.take(), Taken::Fault(Fault::Overflow { limit: 10 }));
    assert_eq!(machine.take(), Taken::Wait, "the end is not known yet");
    machine.step(event(1006, false));
    assert_eq!(machine.take(), Taken::End, "one error is enough");
    assert_eq!(end(&machine).requested(), Some(&TOO_MUCH));
}

#[test]
fn an_overflow_after_the_peer_has_begun_closes_nothing_and_is_the_peers_end() {
    let (mut machine, _) = Machine::start(config(Some(1)), ReadyState::Open);
    // No browser delivers a message then, but a script can dispatch one.
    assert_eq!(machine.step(Input::Message(1, 2, ReadyState::Closing)).close, None);
    machine.step(event(4040, true));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (CloseCause::Remote, Some(&TOO_MUCH)));
}

#[test]
fn taking_messages_makes_room_under_the_limit() {
    let (mut machine, _) = Machine::start(config(Some(10)), ReadyState::Open);
    for round in 0..100 {
        assert_eq!(machine.step(message(round, 10)).close, None);
        assert_eq!(machine.take(), Taken::Message(round));
    }
}

#[test]
fn an_unreadable_message_after_the_end_is_the_only_error() {
    let mut machine = open();
    machine.step(message(1, 0));
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
    machine.step(message(7, 0));
    assert_eq!(machine.take(), Taken::Message(7));
    machine.step(event(1000, true));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (CloseCause::Remote, Some(&ASKED)));
}

#[test]
fn finish_closes_at_its_deadline_and_then_gives_up_at_another() {
    let mut machine = open();
    machine.step(Input::Finished(ASKED));
    let effects = machine.step(Input::Tick(Alarm::Deadline, ReadyState::Open));
    assert_eq!((effects.close, effects.deadline), (Some(ASKED), Change::Start(CLOSE)));
    machine.step(Input::Tick(Alarm::Deadline, ReadyState::Closing));
    assert_eq!(end(&machine).cause(), CloseCause::Timeout);
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
fn dropping_detaches_closes_and_listens_for_the_end_alone() {
    let mut machine = open();
    let effects = machine.step(Input::Released { close: true, ready: ReadyState::Open });
    assert_eq!((effects.detach, effects.deadline), (Listening::KeepClose, Change::Start(CLOSE)));
    assert_eq!(effects.close, Some(CloseFrame::NORMAL));
    machine.step(event(1000, true));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (CloseCause::Local, Some(&CloseFrame::NORMAL)));
}

#[test]
fn giving_the_raw_socket_back_never_closes_it() {
    let mut machine = open();
    let effects = machine.step(Input::Released { close: false, ready: ReadyState::Open });
    assert_eq!((effects.close, effects.detach), (None, Listening::DropMessage));
    let effects = machine.step(Input::UserClosed(ASKED, ReadyState::Open));
    assert_eq!((effects.close, effects.deadline), (None, Change::Start(CLOSE)), "who calls close is not to hang");
    assert_eq!(machine.step(Input::Finished(ASKED)), Effects::default());
    assert_eq!(machine.step(Input::Released { close: true, ready: ReadyState::Open }), Effects::default());
    assert_eq!(machine.gate(), Gate::Closed);
    machine.step(event(1001, true));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (CloseCause::Remote, None));
}

#[test]
fn an_adopted_socket_that_an_error_follows_is_blocked_and_not_late() {
    let (mut machine, _) = Machine::<u32>::start(config(None), ReadyState::Closed);
    let effects = machine.step(Input::Errored);
    assert!(matches!((effects.deadline, effects.grace), (Change::Stop, Change::Start(_))));
    machine.step(Input::Tick(Alarm::Grace, ReadyState::Closed));
    assert_eq!(end(&machine).cause(), CloseCause::Blocked);
}

#[test]
fn giving_it_back_while_closing_keeps_the_deadline() {
    let mut machine = open();
    machine.step(Input::UserClosed(ASKED, ReadyState::Open));
    let back = Input::Released { close: false, ready: ReadyState::Closing };
    assert_eq!(machine.step(back).deadline, Change::Keep);
    machine.step(Input::Tick(Alarm::Deadline, ReadyState::Closing));
    assert_eq!((end(&machine).cause(), end(&machine).requested()), (CloseCause::Timeout, Some(&ASKED)));
}

#[test]
fn giving_it_back_while_finishing_takes_back_what_was_asked() {
    let mut machine = open();
    machine.step(Input::Finished(ASKED));
    let back = Input::Released { close: false, ready: ReadyState::Open };
    let effects = machine.step(back);
    assert_eq!(effects.deadline, Change::Stop);
    assert!(effects.wake.closed, "a sink that waits for the end has to learn of it");
    machine.step(event(1000, true));
    assert_eq!(end(&machine).requested(), None);
}

#[test]
fn giving_it_back_while_draining_ends_the_drain() {
    let mut machine = open();
    machine.step(Input::Drained { buffered: 7, ready: ReadyState::Open });
    machine.step(Input::Released { close: false, ready: ReadyState::Open });
    assert!(!machine.is_draining());
}

#[test]
fn sizes_beyond_all_bounds_do_not_overflow() {
    let (mut machine, _) = Machine::start(config(Some(usize::MAX)), ReadyState::Open);
    assert_eq!(machine.step(message(1, usize::MAX)).close, None);
    assert_eq!(machine.step(message(2, 1)).close, Some(TOO_MUCH));
    assert_eq!(
        (machine.take(), machine.take()),
        (Taken::Message(1), Taken::Fault(Fault::Overflow { limit: usize::MAX }))
    );
}

#[test]
fn an_adopted_socket_that_has_ended_does_not_wait_for_ever() {
    let (mut machine, start) = Machine::<u32>::start(config(None), ReadyState::Closed);
    assert!(matches!(start.deadline, Change::Start(soon) if soon < CLOSE));
    machine.step(Input::Tick(Alarm::Deadline, ReadyState::Closed));
    assert_eq!(end(&machine).cause(), CloseCause::Timeout);
}
