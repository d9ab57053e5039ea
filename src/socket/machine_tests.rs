//! The machine against chosen sequences of events. `every_order` and `random_orders` explore the rest.
#![allow(clippy::expect_used, clippy::panic)]

mod every_order;
mod finish;
mod random_orders;

use super::close_info::{CloseCause, CloseInfo, ReadyState};
use super::core::effects::Effects;
use super::core::machine::{CLOSE_EVENT_GRACE_MS, Config, Machine, SendState};
use super::core::recv_queue::{MESSAGE_OVERHEAD, Popped, RecvErrorKind};
use super::core::send_buffer::PollCause;
use super::model::{FRAME_CLOSE, FRAME_FINISH, FRAME_OVERFLOW};
use crate::{CloseCode, CloseEvent, CloseFrame};

const CONNECT_TIMEOUT_MS: u32 = 75_000;

fn config(limit: Option<usize>) -> Config {
    Config {
        connect_timeout_ms: CONNECT_TIMEOUT_MS,
        close_timeout_ms: 5_000,
        recv_limit: limit.map(|bytes| (bytes, FRAME_OVERFLOW)),
        default_frame: CloseFrame::NORMAL,
        high_water_mark: 100,
    }
}

fn machine(ready: ReadyState) -> Machine<u32> {
    Machine::new(config(None), ready, 0).0
}

fn limited(limit: usize) -> Machine<u32> {
    Machine::new(config(Some(limit)), ReadyState::Open, 0).0
}

fn open() -> Machine<u32> {
    let mut machine = machine(ReadyState::Connecting);
    machine.open_event();
    machine
}

fn close_event(machine: &mut Machine<u32>, code: u16, was_clean: bool) -> Effects {
    machine.close_event(CloseEvent::new(code, "", was_clean), ReadyState::Closed)
}

fn message(machine: &mut Machine<u32>, id: u32, bytes: usize) -> Effects {
    machine.message_event_limited(id, bytes, ReadyState::Open)
}

fn info(machine: &Machine<u32>) -> CloseInfo {
    machine.close_info().cloned().expect("it is closed")
}

/// Whether the effects close the raw socket, and with which frame.
fn close_frame(machine: &Machine<u32>, effects: Effects) -> Option<CloseFrame> {
    effects.any(Effects::CLOSE).then(|| machine.frame())
}

/// Whether all listeners are removed, and with them the timers.
fn frees_everything(effects: Effects) -> bool {
    effects.and(Effects::DROP_ALL) == effects
        && effects.any(Effects::STOP_TIMEOUT)
        && effects.any(Effects::STOP_POLL)
        && !effects.any(Effects::START_TIMEOUT)
}

#[test]
fn connect_timeout_closes_the_attempt_and_reports_timeout() {
    let (mut machine, effects) = Machine::<u32>::new(config(None), ReadyState::Connecting, 0);
    assert_eq!((effects, machine.timeout_ms()), (Effects::START_TIMEOUT, CONNECT_TIMEOUT_MS));
    let effects = machine.timeout_elapsed(ReadyState::Connecting);
    assert!(frees_everything(effects));
    assert_eq!(close_frame(&machine, effects), Some(CloseFrame::NORMAL), "the browser must stop connecting, too");
    let info = info(&machine);
    assert_eq!((info.cause(), info.timed_out(), info.code()), (CloseCause::Timeout, true, CloseCode::ABNORMAL));
    assert_eq!((info.was_open(), info.requested()), (false, None));
}

#[test]
fn open_event_stops_the_connect_timeout() {
    let mut machine = machine(ReadyState::Connecting);
    let effects = machine.open_event();
    assert!(effects.any(Effects::STOP_TIMEOUT));
    assert!(effects.any(Effects::WAKE_OPEN) && effects.any(Effects::WAKE_SEND));
    assert_eq!(machine.timeout_elapsed(ReadyState::Open), Effects::NONE);
}

#[test]
fn first_close_frame_is_used_and_sent_once() {
    let mut machine = open();
    let first = machine.close(FRAME_CLOSE, ReadyState::Open);
    assert_eq!(close_frame(&machine, first), Some(FRAME_CLOSE));
    assert!(first.any(Effects::START_TIMEOUT));
    assert_eq!(machine.close(FRAME_FINISH, ReadyState::Closing), Effects::NONE);
    close_event(&mut machine, 4000, true);
    assert_eq!(info(&machine).requested(), Some(&FRAME_CLOSE));
    assert_eq!((info(&machine).cause(), info(&machine).timed_out()), (CloseCause::Local, false));
}

#[test]
fn close_while_connecting_keeps_the_frame_that_was_not_sent() {
    let mut machine = machine(ReadyState::Connecting);
    machine.close(FRAME_CLOSE, ReadyState::Connecting);
    machine.error_event();
    close_event(&mut machine, 1006, false);
    let info = info(&machine);
    assert_eq!((info.cause(), info.code(), info.was_open()), (CloseCause::Local, CloseCode::ABNORMAL, false));
    assert_eq!(info.requested(), Some(&FRAME_CLOSE));
}

#[test]
fn open_event_after_close_does_not_reopen() {
    let mut machine = machine(ReadyState::Connecting);
    machine.close(FRAME_CLOSE, ReadyState::Connecting);
    assert_eq!(machine.open_event(), Effects::NONE);
    assert_eq!(machine.send_state(), SendState::Closed);
    assert!(!machine.was_open());
}

#[test]
fn simultaneous_close_reports_remote() {
    let mut machine = open();
    let effects = machine.close(FRAME_CLOSE, ReadyState::Closing);
    assert!(!effects.any(Effects::CLOSE), "the browser would discard it");
    close_event(&mut machine, 4040, true);
    assert_eq!(info(&machine).cause(), CloseCause::Remote);
    assert_eq!(info(&machine).requested(), Some(&FRAME_CLOSE));
}

#[test]
fn unanswered_close_is_local_and_timed_out() {
    let mut machine = open();
    machine.close(FRAME_CLOSE, ReadyState::Open);
    let effects = machine.timeout_elapsed(ReadyState::Closing);
    assert!(frees_everything(effects));
    let info = info(&machine);
    assert_eq!((info.cause(), info.timed_out()), (CloseCause::Local, true));
    assert_eq!((info.code(), info.was_clean()), (CloseCode::ABNORMAL, false));
    assert_eq!(close_event(&mut machine, 4000, true), Effects::NONE);
    assert_eq!(machine.close_info(), Some(&info), "a late event changes nothing");
    assert_eq!(machine.pop(), Popped::End, "this endpoint asked for the end of the stream");
}

#[test]
fn close_of_the_peer_that_never_completes_is_a_timeout() {
    let (mut machine, effects) = Machine::<u32>::new(config(None), ReadyState::Closing, 0);
    assert_eq!((effects, machine.timeout_ms()), (Effects::START_TIMEOUT, 5_000));
    machine.timeout_elapsed(ReadyState::Closing);
    assert_eq!((info(&machine).cause(), info(&machine).timed_out()), (CloseCause::Timeout, true));
    assert_eq!(machine.pop(), Popped::Lost);
}

#[test]
fn cause_is_not_inferred_from_the_code_alone() {
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
        close_event(&mut machine, code, clean);
        assert_eq!(info(&machine).cause(), cause, "{code} {clean}");
        let mut machine = open();
        machine.close(FRAME_CLOSE, ReadyState::Open);
        close_event(&mut machine, code, clean);
        assert_eq!(info(&machine).cause(), CloseCause::Local, "{code} {clean} after our close");
    }
}

#[test]
fn error_without_close_after_open_is_lost() {
    for (closes, cause) in [(false, CloseCause::Lost), (true, CloseCause::Local)] {
        let mut machine = open();
        if closes {
            machine.close(FRAME_CLOSE, ReadyState::Open);
        }
        machine.error_event();
        machine.timeout_elapsed(ReadyState::Closed);
        assert_eq!((info(&machine).cause(), info(&machine).code()), (cause, CloseCode::ABNORMAL));
    }
}

#[test]
fn error_without_close_while_connecting_is_blocked_unless_this_endpoint_closed() {
    for (closes, cause) in [(false, CloseCause::Blocked), (true, CloseCause::Local)] {
        let mut machine = machine(ReadyState::Connecting);
        if closes {
            machine.close(FRAME_CLOSE, ReadyState::Connecting);
        }
        assert_eq!((machine.error_event(), machine.timeout_ms()), (Effects::START_TIMEOUT, CLOSE_EVENT_GRACE_MS));
        machine.timeout_elapsed(ReadyState::Closed);
        assert_eq!(info(&machine).cause(), cause);
    }
}

#[test]
fn dispatched_error_does_not_close_an_open_socket() {
    let mut machine = open();
    machine.error_event();
    assert_eq!(machine.timeout_elapsed(ReadyState::Open), Effects::NONE);
    assert_eq!(machine.send_state(), SendState::Open);
}

#[test]
fn dispatched_close_event_closes_the_raw_socket() {
    let mut machine = open();
    let effects = machine.close_event(CloseEvent::new(1000, "", true), ReadyState::Open);
    assert_eq!(close_frame(&machine, effects), Some(CloseFrame::NORMAL));
}

#[test]
fn messages_before_the_close_are_delivered_before_the_error() {
    let mut machine = open();
    machine.message_event(1);
    machine.message_event(2);
    close_event(&mut machine, 1006, false);
    machine.message_event(3);
    let popped: Vec<_> = (0..5).map(|_| machine.pop()).collect();
    assert_eq!(popped, [Popped::Message(1), Popped::Message(2), Popped::Lost, Popped::End, Popped::End]);
}

#[test]
fn stream_is_terminated_only_after_it_yielded_the_end() {
    let mut machine = open();
    assert_eq!(machine.pop(), Popped::Pending);
    close_event(&mut machine, 1000, true);
    assert!(!machine.recv_queue.is_terminated(), "`select!` would not poll it for the end");
    assert_eq!(machine.pop(), Popped::End);
    assert!(machine.recv_queue.is_terminated());
}

#[test]
fn overflow_closes_and_yields_one_error_after_what_fitted() {
    let mut machine = limited(10 + 2 * MESSAGE_OVERHEAD);
    assert!(!message(&mut machine, 1, 6).any(Effects::CLOSE));
    assert!(!message(&mut machine, 2, 4).any(Effects::CLOSE), "exactly the limit fits");
    let effects = message(&mut machine, 3, 1);
    assert_eq!(close_frame(&machine, effects), Some(FRAME_OVERFLOW));
    assert!(!message(&mut machine, 4, 1).any(Effects::CLOSE));
    assert_eq!((machine.pop(), machine.pop()), (Popped::Message(1), Popped::Message(2)));
    assert_eq!(machine.pop(), Popped::Error(RecvErrorKind::Overflow { limit: 10 + 2 * MESSAGE_OVERHEAD }));
    assert_eq!(machine.pop(), Popped::Pending, "the connection is not closed yet");
    close_event(&mut machine, 1006, false);
    assert_eq!(machine.pop(), Popped::End, "one error is enough");
    assert_eq!(info(&machine).requested(), Some(&FRAME_OVERFLOW));
}

#[test]
fn overflow_after_the_peer_has_closed_closes_nothing_and_reports_remote() {
    let mut machine = limited(1);
    // No browser delivers a message then, but a script can dispatch one.
    let effects = machine.message_event_limited(1, 2, ReadyState::Closing);
    assert!(!effects.any(Effects::CLOSE));
    close_event(&mut machine, 4040, true);
    assert_eq!((info(&machine).cause(), info(&machine).requested()), (CloseCause::Remote, Some(&FRAME_OVERFLOW)));
}

#[test]
fn taking_messages_frees_capacity_under_the_limit() {
    let mut machine = limited(10 + MESSAGE_OVERHEAD);
    for round in 0..100 {
        assert!(!message(&mut machine, round, 10).any(Effects::CLOSE));
        assert_eq!(machine.pop(), Popped::Message(round));
    }
}

#[test]
fn unreadable_message_after_the_close_is_the_only_error() {
    let mut machine = open();
    machine.message_event(1);
    close_event(&mut machine, 1006, false);
    assert_eq!(machine.pop(), Popped::Message(1));
    machine.unreadable_message(ReadyState::Closed);
    assert_eq!(machine.pop(), Popped::End);
}

#[test]
fn dropping_the_last_handle_closes_and_listens_for_close_alone() {
    let mut machine = open();
    let effects = machine.last_handle_dropped(ReadyState::Open);
    assert!(effects.any(Effects::DROP_MESSAGE));
    assert_eq!(effects.dropped_listeners(), 0b001, "open: an error without a close still means that it was blocked");
    assert!(effects.any(Effects::START_TIMEOUT));
    assert_eq!(close_frame(&machine, effects), Some(CloseFrame::NORMAL));
    close_event(&mut machine, 1000, true);
    assert_eq!((info(&machine).cause(), info(&machine).requested()), (CloseCause::Local, Some(&CloseFrame::NORMAL)));
}

#[test]
fn released_raw_socket_is_never_closed() {
    let mut machine = open();
    let effects = machine.release_raw();
    assert!(effects.any(Effects::DROP_MESSAGE) && !effects.any(Effects::CLOSE));
    assert_eq!(effects.dropped_listeners(), 0);
    let effects = machine.close(FRAME_CLOSE, ReadyState::Open);
    assert!(effects.any(Effects::START_TIMEOUT) && !effects.any(Effects::CLOSE), "the future of close must resolve");
    assert_eq!(machine.finish(FRAME_CLOSE), Effects::NONE);
    assert_eq!(machine.last_handle_dropped(ReadyState::Open), Effects::NONE);
    assert_eq!(machine.send_state(), SendState::Closed);
    close_event(&mut machine, 1001, true);
    assert_eq!((info(&machine).cause(), info(&machine).requested()), (CloseCause::Remote, None));
}

#[test]
fn error_on_a_socket_wrapped_in_closed_is_blocked_and_not_a_timeout() {
    let mut machine = machine(ReadyState::Closed);
    assert_eq!(machine.error_event(), Effects::START_TIMEOUT);
    machine.timeout_elapsed(ReadyState::Closed);
    assert_eq!(info(&machine).cause(), CloseCause::Blocked);
}

#[test]
fn into_raw_while_closing_keeps_the_close_timeout() {
    let mut machine = open();
    machine.close(FRAME_CLOSE, ReadyState::Open);
    assert!(!machine.release_raw().any(Effects::STOP_TIMEOUT));
    machine.timeout_elapsed(ReadyState::Closing);
    let info = info(&machine);
    assert_eq!((info.cause(), info.timed_out(), info.requested()), (CloseCause::Local, true, Some(&FRAME_CLOSE)));
}

#[test]
fn message_sizes_do_not_overflow() {
    let mut machine = limited(usize::MAX);
    assert!(!message(&mut machine, 1, usize::MAX).any(Effects::CLOSE), "saturates at exactly the limit");
    let effects = message(&mut machine, 2, 1);
    assert_eq!(close_frame(&machine, effects), Some(FRAME_OVERFLOW));
    assert_eq!(
        (machine.pop(), machine.pop()),
        (Popped::Message(1), Popped::Error(RecvErrorKind::Overflow { limit: usize::MAX }))
    );
}

#[test]
fn socket_wrapped_in_closed_times_out_after_the_grace_time() {
    let (mut machine, effects) = Machine::<u32>::new(config(None), ReadyState::Closed, 0);
    assert_eq!((effects, machine.timeout_ms()), (Effects::START_TIMEOUT, CLOSE_EVENT_GRACE_MS));
    machine.timeout_elapsed(ReadyState::Closed);
    assert_eq!((info(&machine).cause(), info(&machine).timed_out()), (CloseCause::Timeout, true));
}

#[test]
fn close_timeout_starts_anew_as_long_as_bytes_leave() {
    let mut machine = open();
    machine.send_buffer.record_sent(100);
    machine.close(FRAME_CLOSE, ReadyState::Open);
    let poll = |machine: &mut Machine<u32>, amount| {
        machine.send_buffer_polled(amount, ReadyState::Closing, false, PollCause::Timer)
    };
    assert!(!poll(&mut machine, 100).any(Effects::START_TIMEOUT), "nothing has left");
    assert!(poll(&mut machine, 99).any(Effects::START_TIMEOUT));
    assert!(!poll(&mut machine, 99).any(Effects::START_TIMEOUT));
    assert!(poll(&mut machine, 0).any(Effects::START_TIMEOUT));
}

#[test]
fn peer_that_closes_and_reads_no_more_is_given_the_close_timeout() {
    let mut machine = open();
    machine.send_buffer.record_sent(100);
    let effects = machine.send_buffer_polled(100, ReadyState::Closing, false, PollCause::Timer);
    assert!(effects.any(Effects::START_TIMEOUT) && effects.any(Effects::WAKE_CLOSING));
    assert_eq!((machine.send_state(), machine.timeout_ms()), (SendState::Closed, 5_000));
    machine.timeout_elapsed(ReadyState::Closing);
    assert_eq!((info(&machine).cause(), info(&machine).timed_out()), (CloseCause::Timeout, true));
}

#[test]
fn refused_connection_of_node_22_is_lost_and_closed() {
    let mut machine = machine(ReadyState::Connecting);
    machine.error_event();
    let effects = machine.timeout_elapsed(ReadyState::Connecting);
    assert_eq!(close_frame(&machine, effects), Some(CloseFrame::NORMAL));
    assert_eq!((info(&machine).cause(), info(&machine).timed_out()), (CloseCause::Lost, false));
}

#[test]
fn dispatched_error_does_not_end_the_timeout_of_a_close() {
    let mut machine = open();
    machine.close(FRAME_CLOSE, ReadyState::Open);
    machine.error_event();
    assert_eq!(machine.error_event(), Effects::NONE, "a second one does not start the time anew");
    let effects = machine.timeout_elapsed(ReadyState::Closing);
    assert_eq!((effects, machine.timeout_ms()), (Effects::START_TIMEOUT, 5_000));
}
