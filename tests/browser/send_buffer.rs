//! Backpressure against a simulated send buffer, the same in every engine. `tests/peer/backpressure.rs` has real ones.

use crate::support::*;
use crate::synthetic::{DEFAULT_FRAME, Simulation, deliver};
use futures_util::future::{Either, join_all, select};
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseEvent, CloseFrame, Message, ReadyState, WebSocket};
use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const SHORT: Duration = Duration::from_millis(50);

/// Creates an open client with this close timeout and high-water mark.
fn open_socket(close_timeout: Duration, mark: usize) -> (WebSocket, Simulation) {
    let builder = WebSocket::builder("").close_timeout(close_timeout).send_high_water_mark(mark);
    let ws = builder.default_close_frame(DEFAULT_FRAME).from_raw(stalled_socket());
    let simulation = Simulation::open(ws.as_raw());
    assert_eq!(ws.state(), ReadyState::Open);
    (ws, simulation)
}

#[wasm_bindgen_test]
async fn send_waits_for_capacity_and_continues_when_bytes_leave() {
    let (ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("ten bytes!").unwrap();
    let error = ws.try_send("more").unwrap_err();
    assert!(error.is_full() && !error.is_closed());
    assert_eq!(error.into_message(), Some(Message::from("more")));
    let mut send = ws.send("more");
    assert!(poll(&mut send).is_pending());
    simulation.set_buffered(9);
    within("the send", send).await.unwrap();
    assert_eq!(ws.buffered_amount(), 13);
}

#[wasm_bindgen_test]
fn text_fills_the_buffer_by_its_utf8_length() {
    let (ws, _simulation) = open_socket(NEVER, 2_500);
    ws.try_send("€".repeat(1_000)).unwrap();
    assert!(ws.try_send("x").unwrap_err().is_full());
}

#[wasm_bindgen_test]
async fn waiting_for_capacity_polls_less_and_less_often() {
    let (ws, _simulation) = open_socket(NEVER, 1);
    ws.try_send("fills the buffer").unwrap();
    let mut send = ws.send("waits");
    let (counter, waker) = CountingWaker::new();
    let timers = Timers::record();
    assert!(poll_once(&mut send, &waker).is_pending());
    until("the buffer was polled eight times", || timers.delays().len() > 8).await;
    assert_eq!(timers.delays()[..9], [1, 2, 4, 8, 16, 32, 64, 64, 64]);
    assert_eq!(counter.wake_count(), 0, "woken without capacity");
}

#[wasm_bindgen_test]
fn send_on_a_closing_raw_socket_returns_the_message() {
    let (mut ws, simulation) = open_socket(NEVER, 10);
    // The peer or another script has started to close; the browser would discard what is sent.
    simulation.set_ready_state(web_sys::WebSocket::CLOSING);
    for error in [
        ws.try_send("x").unwrap_err(),
        ready("the refusal", ws.send("x")).unwrap_err(),
        ready("the refusal", SinkExt::send(&mut ws, Message::from("x"))).unwrap_err(),
    ] {
        assert!(error.is_closed() && error.close_info().is_none());
        assert_eq!(error.into_message(), Some(Message::from("x")));
    }
    assert_eq!(ws.buffered_amount(), 0, "handed to the browser");
}

#[wasm_bindgen_test]
async fn waiting_sends_and_flushes_fail_when_the_connection_closes() {
    let (ws, _simulation) = open_socket(SHORT, 1);
    ws.try_send("fills the buffer").unwrap();
    let sender = ws.sender();
    let (mut sends, mut flush) = (join_all([sender.send("one"), sender.send("two")]), sender.flush());
    assert!(poll(&mut sends).is_pending() && poll(&mut flush).is_pending());
    let closed = ws.close(ASKED);
    for (result, text) in ready("the refusals", sends).into_iter().zip(["one", "two"]) {
        let error = result.unwrap_err();
        assert!(error.is_closed() && error.close_info().is_none());
        assert_eq!(error.into_message(), Some(Message::from(text)));
    }
    assert!(poll(&mut flush).is_pending(), "a clean close would still mean that everything was sent");
    let info = within("the close timeout", closed).await;
    let error = ready("the failed flush", flush).unwrap_err();
    assert_eq!((error.is_closed(), error.message(), error.close_info()), (true, None, Some(&info)));
}

#[wasm_bindgen_test]
async fn flush_overtaken_by_a_clean_close_succeeds() {
    let (ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("unsent").unwrap();
    let mut flush = ws.flush();
    assert!(poll(&mut flush).is_pending());
    let closed = ws.close(ASKED);
    assert!(poll(&mut flush).is_pending());
    simulation.answer_close(4000);
    assert!(ready("the close info", closed).was_clean());
    ready("the flush", flush).unwrap();
}

#[wasm_bindgen_test]
fn message_received_before_the_close_proves_what_was_flushed() {
    let (mut ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("four").unwrap();
    simulation.set_buffered(0);
    deliver(&ws, &"the answer".into());
    simulation.set_ready_state(web_sys::WebSocket::CLOSED);
    CloseEvent::new(1006, "", false).dispatch(ws.as_raw()).unwrap();
    ready("the flush", ws.flush()).unwrap();
    assert_eq!(ready("the answer", ws.recv()).unwrap().unwrap(), Message::from("the answer"));
}

#[wasm_bindgen_test]
async fn flush_ends_although_something_else_saw_first_that_the_bytes_had_left() {
    let builder = WebSocket::builder("").close_timeout(NEVER);
    let ws = builder.from_raw(stalled_socket());
    let simulation = Simulation::open(ws.as_raw());
    ws.try_send("bytes").unwrap();
    let (sender, flushed) = (ws.sender(), Counter::default());
    // A task of its own, which is polled only when it is woken.
    spawn_local({
        let flushed = flushed.clone();
        async move {
            sender.flush().await.unwrap();
            flushed.increment();
        }
    });
    sleep(0).await;
    simulation.set_buffered(0);
    assert_eq!(ws.buffered_amount(), 0);
    ready("another flush", ws.flush()).unwrap();
    until("the poll by the timer wakes the task", || flushed.get() == 1).await;
}

#[wasm_bindgen_test]
fn abandoned_flush_does_not_count_for_messages_sent_after_it() {
    let (ws, simulation) = open_socket(NEVER, 100);
    ws.try_send("four").unwrap();
    assert!(poll(&mut ws.flush()).is_pending());
    ws.try_send("more").unwrap();
    let mut flush = ws.flush();
    // The first message has left the buffer, the second has not.
    simulation.set_buffered(4);
    assert!(poll(&mut flush).is_pending());
    simulation.set_buffered(0);
    ready("the flush", flush).unwrap();
}

#[wasm_bindgen_test]
fn sink_flush_waits_for_capacity_and_not_until_everything_has_left() {
    let (mut ws, simulation) = open_socket(NEVER, 10);
    let timers = Timers::record();
    ready("the sink", SinkExt::send(&mut ws, Message::from("four"))).unwrap();
    // Only the slow poll by which a later `flush` learns of what has left.
    assert_eq!(timers.delays(), [200]);
    let mut full = SinkExt::send(&mut ws, Message::from("ten bytes!"));
    assert!(poll(&mut full).is_pending(), "the buffer is full");
    simulation.set_buffered(9);
    ready("the sink", full).unwrap();
    assert_eq!(simulation.sent(), ["four", "ten bytes!"]);
}

#[wasm_bindgen_test]
fn send_that_does_not_wait_sets_no_timer_for_tasks_that_do() {
    let (ws, _simulation) = open_socket(NEVER, 100);
    let timers = Timers::record();
    for _ in 0..3 {
        ready("the send", ws.send("four")).unwrap();
        ws.try_send("four").unwrap();
    }
    assert_eq!(timers.delays(), [200], "only the slow poll by which a later flush learns of what has left");
}

#[wasm_bindgen_test]
fn message_that_arrives_wakes_the_tasks_that_wait_for_the_buffer() {
    let (ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("ten bytes!").unwrap();
    let (sender, other) = (ws.sender(), ws.sender());
    let ((sends, send_waker), (flushes, flush_waker)) = (CountingWaker::new(), CountingWaker::new());
    let (mut flush, mut send) = (other.flush(), sender.send("more"));
    assert!(poll_once(&mut flush, &flush_waker).is_pending());
    assert!(poll_once(&mut send, &send_waker).is_pending());
    deliver(&ws, &"nothing has left".into());
    assert_eq!((flushes.wake_count(), sends.wake_count()), (0, 0));
    simulation.set_buffered(0);
    // In a hidden page the timer that polls the buffer rings once a second, or once a minute.
    deliver(&ws, &"an acknowledgement".into());
    assert_eq!((flushes.wake_count(), sends.wake_count()), (1, 1));
    ready("the flush", flush).unwrap();
    ready("the send", send).unwrap();
}

#[wasm_bindgen_test]
fn mark_is_raised_while_polls_find_the_buffer_empty() {
    let (ws, simulation) = open_socket(NEVER, 10);
    let fill = || (0..100).take_while(|_| ws.try_send("ten bytes!").is_ok()).count();
    assert_eq!(fill(), 1);
    let mut counts = Vec::new();
    for empties in [true, true, false] {
        let mut send = ws.send("ten bytes!");
        assert!(poll(&mut send).is_pending());
        if empties {
            simulation.set_buffered(0);
        }
        deliver(&ws, &"polls the buffer".into());
        counts.push(match poll(&mut send) {
            Poll::Ready(sent) => sent.map(|()| 1 + fill()).unwrap(),
            Poll::Pending => 0,
        });
    }
    assert_eq!(counts, [16, 16, 0], "messages until the buffer was full");
}

#[wasm_bindgen_test]
fn what_was_seen_to_have_left_is_not_unsent_after_a_loss() {
    let (mut ws, simulation) = open_socket(NEVER, 100);
    ws.try_send("has left").unwrap();
    simulation.set_buffered(0);
    assert_eq!(ws.buffered_amount(), 0);
    simulation.set_ready_state(web_sys::WebSocket::CLOSED);
    // Engines differ in what they show after a loss.
    simulation.set_buffered(8);
    CloseEvent::new(1006, "", false).dispatch(ws.as_raw()).unwrap();
    ready("the flush", ws.flush()).unwrap();
    ready("the close of the sink", SinkExt::close(&mut ws)).unwrap();
}

#[wasm_bindgen_test]
async fn cancelled_send_and_flush_leave_no_polls_behind() {
    let (mut ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("ten bytes!").unwrap();
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut ws.feed(Message::from("dropped")), &waker).is_pending());
    assert!(poll_once(&mut ws.send("dropped"), &waker).is_pending());
    assert!(poll_once(&mut ws.flush(), &waker).is_pending());
    drop(waker);
    let timers = Timers::record();
    simulation.set_buffered(0);
    until("the task is no longer kept", || counter.is_released()).await;
    let polls = timers.delays().len();
    for _ in 0..20 {
        sleep(10).await;
    }
    assert!(timers.delays().len() <= polls + 1, "polls go on although nothing waits: {:?}", timers.delays());
}

#[wasm_bindgen_test]
fn more_than_4_gib_in_the_buffer_do_not_wrap() {
    let (ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("ten bytes!").unwrap();
    // Sent by another script on the raw socket.
    simulation.set_buffered((5 << 30) + 10);
    let mut flush = ws.flush();
    assert!(poll(&mut flush).is_pending());
    assert!(ws.try_send("x").unwrap_err().is_full());
    simulation.set_buffered(1 << 32);
    assert!(poll(&mut flush).is_pending(), "4 GiB are taken for an empty buffer");
    simulation.set_buffered(0);
    ready("the flush", flush).unwrap();
}

#[wasm_bindgen_test]
async fn sink_takes_no_more_messages_than_it_has_capacity_for() {
    let (mut ws, simulation) = open_socket(NEVER, 10);
    let taken = Rc::new(RefCell::new(0));
    let mut feed = futures_util::stream::repeat_with({
        let taken = Rc::clone(&taken);
        move || {
            *taken.borrow_mut() += 1;
            Ok(Message::from("ten bytes!"))
        }
    })
    .take(5);
    let mut send_all = ws.send_all(&mut feed);
    assert!(poll(&mut send_all).is_pending());
    assert_eq!(*taken.borrow(), 2, "the first was sent, the second waits");
    let draining = pin!(async {
        loop {
            sleep(1).await;
            simulation.set_buffered(0);
        }
    });
    let Either::Left((sent, _)) = within("all messages", select(send_all, draining)).await;
    sent.unwrap();
    assert_eq!(*taken.borrow(), 5);
}

#[wasm_bindgen_test]
fn closing_a_sink_sends_the_close_frame_behind_what_is_buffered() {
    let (mut ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("unsent").unwrap();
    let mut closing = SinkExt::close(&mut ws);
    assert!(poll(&mut closing).is_pending());
    assert_eq!(simulation.closed_with(), Some(4003), "it waits for a timer before it closes");
    simulation.answer_close(4003);
    ready("the close of the sink", closing).unwrap();
}

#[wasm_bindgen_test]
async fn closing_a_sink_gives_up_if_no_byte_leaves() {
    let (mut ws, simulation) = open_socket(SHORT, 10);
    ws.try_send("stuck").unwrap();
    let error = within("the close of the sink", SinkExt::close(&mut ws)).await.unwrap_err();
    assert!(error.is_closed(), "{error}");
    assert_eq!(simulation.closed_with(), Some(4003));
    let info = ready("the close info", ws.closed());
    assert_eq!((info.cause(), info.timed_out(), info.requested()), (CloseCause::Local, true, Some(&DEFAULT_FRAME)));
}

#[wasm_bindgen_test]
fn into_raw_while_a_sink_closes_fails_the_sink_if_bytes_are_unsent() {
    let (ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("unsent").unwrap();
    let mut sender = ws.sender();
    let (counter, waker) = CountingWaker::new();
    let mut closing = SinkExt::close(&mut sender);
    assert!(poll_once(&mut closing, &waker).is_pending());
    drop(ws.into_raw());
    assert!(counter.wake_count() > 0, "the task waits for what this crate no longer observes");
    assert!(ready("the close of the sink", closing).unwrap_err().is_closed());
    assert_eq!(simulation.closed_with(), Some(4003));
}

#[wasm_bindgen_test]
fn into_raw_while_a_sink_closes_completes_the_sink_if_everything_was_sent() {
    let (ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("sent").unwrap();
    let mut sender = ws.sender();
    let mut closing = SinkExt::close(&mut sender);
    assert!(poll(&mut closing).is_pending());
    // Before the timer that polls the buffer runs.
    simulation.set_buffered(0);
    drop(ws.into_raw());
    ready("the close of the sink", closing).unwrap();
    assert_eq!(simulation.closed_with(), Some(4003));
}

#[wasm_bindgen_test]
fn into_raw_in_a_wake_of_closing_a_sink_does_not_leave_the_sink_waiting() {
    let (ws, simulation) = open_socket(NEVER, 1);
    let (mut sink, other) = (ws.sender(), ws.sender());
    let mut ws = Some(ws);
    let (counter, waker) = CountingWaker::with_action(move || drop(ws.take().map(WebSocket::into_raw)));
    sink.try_send("fills the buffer").unwrap();
    let mut send = other.send("waits");
    assert!(poll_once(&mut send, &waker).is_pending());
    // Closing the sink wakes tasks that wait for capacity, before it waits for the close.
    let closed = ready("the close of the sink", SinkExt::close(&mut sink));
    assert!(closed.unwrap_err().is_closed());
    assert_eq!((counter.wake_count(), simulation.closed_with()), (1, Some(4003)));
}
