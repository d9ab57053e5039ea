//! What a connection does once its owner has finished sending.

use super::*;

#[test]
fn finish_delivers_messages_until_the_peer_closes() {
    let mut machine = open();
    let effects = machine.finish(FRAME_FINISH);
    assert!(effects.any(Effects::START_TIMEOUT) && !effects.any(Effects::CLOSE));
    assert!(effects.any(Effects::WAKE_SEND), "a waiting send must fail");
    assert_eq!(machine.send_state(), SendState::Closed);
    machine.message_event(7);
    assert_eq!(machine.pop(), Popped::Message(7));
    close_event(&mut machine, 1000, true);
    assert_eq!((info(&machine).cause(), info(&machine).requested()), (CloseCause::Remote, Some(&FRAME_FINISH)));
}

#[test]
fn finish_waits_as_long_as_messages_come() {
    let mut machine = open();
    assert!(!machine.message_event(1).any(Effects::START_TIMEOUT));
    machine.finish(FRAME_FINISH);
    assert!(machine.message_event(2).any(Effects::START_TIMEOUT));
    let mut machine = limited(1_000);
    machine.finish(FRAME_FINISH);
    assert!(message(&mut machine, 1, 1).any(Effects::START_TIMEOUT));
}

#[test]
fn finish_waits_as_long_as_bytes_leave() {
    let mut machine = open();
    machine.send_buffer.record_sent(100);
    let poll = |machine: &mut Machine<u32>, amount| {
        machine.send_buffer_polled(amount, ReadyState::Open, false, PollCause::Timer)
    };
    assert!(!poll(&mut machine, 99).any(Effects::START_TIMEOUT), "nothing is to end");
    machine.finish(FRAME_FINISH);
    assert!(!poll(&mut machine, 99).any(Effects::START_TIMEOUT), "nothing has left");
    assert!(poll(&mut machine, 98).any(Effects::START_TIMEOUT));
    assert!(poll(&mut machine, 0).any(Effects::START_TIMEOUT));
}

#[test]
fn finish_that_times_out_ends_the_stream_with_an_error() {
    let mut machine = open();
    machine.message_event(1);
    machine.finish(FRAME_FINISH);
    machine.timeout_elapsed(ReadyState::Open);
    close_event(&mut machine, 4001, true);
    let popped: Vec<_> = (0..3).map(|_| machine.pop()).collect();
    assert_eq!(popped, [Popped::Message(1), Popped::Error(RecvErrorKind::Unfinished), Popped::End]);
}

#[test]
fn finish_closes_after_its_timeout_and_gives_up_after_another() {
    let mut machine = open();
    machine.finish(FRAME_FINISH);
    let effects = machine.timeout_elapsed(ReadyState::Open);
    assert_eq!(close_frame(&machine, effects), Some(FRAME_FINISH));
    assert!(effects.any(Effects::START_TIMEOUT));
    machine.timeout_elapsed(ReadyState::Closing);
    assert_eq!((info(&machine).cause(), info(&machine).timed_out()), (CloseCause::Local, true));
}

#[test]
fn close_after_finish_closes_immediately_with_the_first_frame() {
    let mut machine = open();
    machine.finish(FRAME_FINISH);
    let effects = machine.close(FRAME_CLOSE, ReadyState::Open);
    assert_eq!(close_frame(&machine, effects), Some(FRAME_FINISH));
}

#[test]
fn open_event_does_not_stop_the_timeout_of_finish() {
    let mut machine = machine(ReadyState::Connecting);
    machine.finish(FRAME_FINISH);
    assert!(!machine.open_event().any(Effects::STOP_TIMEOUT));
    assert_eq!(machine.send_state(), SendState::Closed);
}

#[test]
fn into_raw_during_finish_clears_the_requested_frame() {
    let mut machine = open();
    machine.finish(FRAME_FINISH);
    let effects = machine.release_raw();
    assert!(effects.any(Effects::STOP_TIMEOUT));
    assert!(effects.any(Effects::WAKE_CLOSED), "a sink that waits for the close must learn of it");
    close_event(&mut machine, 1000, true);
    assert_eq!(info(&machine).requested(), None);
}
