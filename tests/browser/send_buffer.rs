//! Backpressure against a simulated send buffer, the same in every engine. `tests/peer/backpressure.rs` has real ones.

use crate::support::*;
use crate::synthetic::{DEFAULT_FRAME, Simulation, deliver};
use futures_util::future::{Either, join_all, select};
use futures_util::{Sink, SinkExt, StreamExt as _};
use onclose::{CloseCause, CloseEvent, CloseFrame, Message, ReadyState, WebSocket};
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;
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
fn abandoned_flush_does_not_count_for_messages_sent_after_it() {
    let (mut ws, simulation) = open_socket(NEVER, 100);
    let mut cx = Context::from_waker(Waker::noop());
    for as_sink in [true, false] {
        Pin::new(&mut ws).start_send("four".into()).unwrap();
        assert!(Pin::new(&mut ws).poll_flush(&mut cx).is_pending());
        match as_sink {
            true => Pin::new(&mut ws).start_send("more".into()).unwrap(),
            false => ws.try_send("more").unwrap(),
        }
        // The first message has left the buffer, the second has not.
        simulation.set_buffered(4);
        assert!(Pin::new(&mut ws).poll_flush(&mut cx).is_pending(), "as a sink: {as_sink}");
        simulation.set_buffered(0);
        assert!(Pin::new(&mut ws).poll_flush(&mut cx).is_ready());
    }
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
async fn closing_a_sink_closes_once_its_buffer_has_drained() {
    let (mut ws, simulation) = open_socket(NEVER, 10);
    ws.try_send("unsent").unwrap();
    let mut closing = SinkExt::close(&mut ws);
    assert!(poll(&mut closing).is_pending());
    assert_eq!(simulation.closed_with(), None);
    simulation.set_buffered(0);
    until("the socket is closed", || simulation.closed_with() == Some(4003)).await;
    assert!(poll(&mut closing).is_pending());
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
    assert!(counter.wake_count() > 0, "the task waits for a close that this crate will not start");
    assert!(ready("the close of the sink", closing).unwrap_err().is_closed());
    assert_eq!(simulation.closed_with(), None);
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
    assert_eq!(simulation.closed_with(), None);
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
    assert_eq!((counter.wake_count(), simulation.closed_with()), (1, None));
}
