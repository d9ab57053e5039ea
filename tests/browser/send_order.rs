//! The order of sends through several handles, when the buffer drains before the tasks that wait for it are polled.

#[cfg(feature = "remote")]
mod remote;

use crate::support::*;
use crate::synthetic::{Simulation, deliver};
use futures_util::SinkExt;
use onclose::{Message, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

/// Creates an open client whose buffer is full.
fn full_socket() -> (WebSocket, Simulation) {
    let builder = WebSocket::builder("").close_timeout(NEVER).send_high_water_mark(10);
    let ws = builder.from_raw(stalled_socket());
    let simulation = Simulation::open(ws.as_raw());
    ws.try_send("ten bytes!").unwrap();
    assert!(ws.try_send("x").unwrap_err().is_full());
    (ws, simulation)
}

#[wasm_bindgen_test]
async fn send_that_waits_is_not_overtaken_by_one_that_finds_capacity() {
    let (ws, simulation) = full_socket();
    let (first, second) = (ws.sender(), ws.sender());
    let mut early = first.send("early");
    assert!(poll(&mut early).is_pending());
    // The timer that polls the buffer has not run.
    simulation.set_buffered(0);
    let mut late = second.send("late");
    assert!(poll(&mut late).is_pending(), "the later send went first");
    assert!(ws.try_send("later").unwrap_err().is_full(), "try_send went first");
    let (early, late) = within("both sends", futures_util::future::join(early, late)).await;
    early.unwrap();
    late.unwrap();
    assert_eq!(simulation.sent(), ["ten bytes!", "early", "late"]);
}

#[wasm_bindgen_test]
fn sends_go_out_in_the_order_in_which_they_were_first_polled() {
    let (ws, simulation) = full_socket();
    let senders: Vec<_> = (0..5).map(|_| ws.sender()).collect();
    let mut sends: Vec<_> = senders.iter().enumerate().map(|(number, one)| one.send(number.to_string())).collect();
    for number in [2, 0, 4, 1, 3] {
        assert!(poll(&mut sends[number]).is_pending());
    }
    // A poll of a message that arrives lets each go whose turn it is, whatever the order of later polls.
    for _ in 0..5 {
        simulation.set_buffered(0);
        deliver(&ws, &"x".into());
        for send in sends.iter_mut().filter(|send| !futures_util::future::FusedFuture::is_terminated(*send)) {
            let _ = poll(send);
        }
    }
    assert_eq!(simulation.sent(), ["ten bytes!", "2", "0", "4", "1", "3"]);
}

#[wasm_bindgen_test]
fn sinks_and_ready_wait_for_their_turn() {
    let (ws, simulation) = full_socket();
    let (mut sink, other) = (ws.sender(), ws.sender());
    let mut early = ws.send("early");
    assert!(poll(&mut early).is_pending());
    let mut feed = sink.feed(Message::from("late"));
    let mut writable = other.ready();
    assert!(poll(&mut feed).is_pending() && poll(&mut writable).is_pending());
    simulation.set_buffered(0);
    assert!(poll(&mut feed).is_pending() && poll(&mut writable).is_pending(), "went before the earlier send");
    ready("the first send", early).unwrap();
    ready("the sink", feed).unwrap();
    ready("the third", writable).unwrap();
    assert_eq!(simulation.sent(), ["ten bytes!", "early", "late"]);
}

#[wasm_bindgen_test]
async fn dropped_send_gives_its_turn_to_the_next() {
    let (ws, simulation) = full_socket();
    let (first, second) = (ws.sender(), ws.sender());
    let mut dropped = first.send("dropped");
    let mut next = second.send("next");
    assert!(poll(&mut dropped).is_pending() && poll(&mut next).is_pending());
    simulation.set_buffered(0);
    // Wakes the first, which is dropped instead of polled.
    deliver(&ws, &"x".into());
    drop(dropped);
    within("the send", next).await.unwrap();
    assert_eq!(simulation.sent(), ["ten bytes!", "next"]);
}

#[wasm_bindgen_test]
async fn send_that_is_never_polled_again_does_not_stop_the_others() {
    let (ws, simulation) = full_socket();
    let (first, second) = (ws.sender(), ws.sender());
    let mut forgotten = first.send("forgotten");
    assert!(poll(&mut forgotten).is_pending());
    let next = second.send("next");
    simulation.set_buffered(0);
    within("the send", next).await.unwrap();
    drop(forgotten);
    assert_eq!(simulation.sent(), ["ten bytes!", "next"]);
}

/// Polls the buffer as a message that arrives does.
fn poll_buffer(ws: &WebSocket) {
    deliver(ws, &"x".into());
}

#[wasm_bindgen_test]
fn woken_send_is_not_overtaken_however_often_others_are_polled_before_it() {
    let (ws, simulation) = full_socket();
    let (first, second) = (ws.sender(), ws.sender());
    let (mut early, mut late) = (first.send("early"), second.send("late"));
    assert!(poll(&mut early).is_pending() && poll(&mut late).is_pending());
    simulation.set_buffered(0);
    poll_buffer(&ws);
    for _ in 0..20 {
        assert!(poll(&mut late).is_pending() && poll(&mut ws.send("dropped")).is_pending());
        assert!(ws.try_send("x").unwrap_err().is_full());
    }
    ready("the first send", early).unwrap();
    ready("the second send", late).unwrap();
    assert_eq!(simulation.sent(), ["ten bytes!", "early", "late"]);
}

#[wasm_bindgen_test]
fn any_number_of_sends_that_are_not_polled_hold_up_others_no_longer_than_one() {
    let (ws, simulation) = full_socket();
    let senders: Vec<_> = (0..20).map(|_| ws.sender()).collect();
    let mut forgotten: Vec<_> = senders.iter().map(|sender| sender.send("forgotten")).collect();
    assert!(forgotten.iter_mut().all(|send| poll(send).is_pending()));
    let mut send = ws.send("next");
    assert!(poll(&mut send).is_pending());
    simulation.set_buffered(0);
    let polls = (1..=100).find(|_| {
        poll_buffer(&ws);
        poll(&mut send).is_ready()
    });
    assert_eq!(polls, Some(6), "one wakes the first, one all, and four pass over those that were not polled");
    // They keep their place for when they are polled again.
    assert!(ws.try_send("later").is_ok());
    simulation.set_buffered(0);
    assert!(poll(&mut forgotten[0]).is_ready());
}

#[wasm_bindgen_test]
fn try_send_after_ready_is_not_refused_because_others_wait() {
    let (ws, simulation) = full_socket();
    let (ready_sender, other) = (ws.sender(), ws.sender());
    let mut writable = ready_sender.ready();
    let mut behind = other.send("behind");
    assert!(poll(&mut writable).is_pending() && poll(&mut behind).is_pending());
    simulation.set_buffered(0);
    ready("ready", writable).unwrap();
    assert!(other.try_send("x").unwrap_err().is_full(), "only the handle that waited has the turn");
    ready_sender.try_send("in turn").unwrap();
    assert!(ready_sender.try_send("x").unwrap_err().is_full(), "one turn for each ready");
    ready("the send", behind).unwrap();
    assert_eq!(simulation.sent(), ["ten bytes!", "in turn", "behind"]);
}

#[wasm_bindgen_test]
async fn tasks_that_wait_with_ready_before_try_send_all_get_their_turn() {
    let (ws, simulation) = full_socket();
    let senders: Vec<_> = (0..3).map(|_| ws.sender()).collect();
    let tasks = senders.iter().map(|sender| async move {
        for _ in 0..10 {
            loop {
                sender.ready().await.unwrap();
                if sender.try_send("ten bytes!").is_ok() {
                    break;
                }
            }
        }
    });
    let draining = async {
        until("everything was sent", || {
            simulation.set_buffered(0);
            simulation.sent().len() == 31
        })
        .await;
    };
    within("all tasks", futures_util::future::join(futures_util::future::join_all(tasks), draining)).await;
}

#[wasm_bindgen_test]
fn sink_that_waited_in_a_flush_does_not_overtake_a_send() {
    let (ws, simulation) = full_socket();
    let mut sink = ws.sender();
    // As `forward` does while its stream has no item.
    assert!(poll(&mut SinkExt::<Message>::flush(&mut sink)).is_pending());
    let mut two = ws.send("two");
    assert!(poll(&mut two).is_pending());
    let mut three = sink.feed(Message::from("three"));
    assert!(poll(&mut three).is_pending());
    let (mut two_sent, mut three_sent) = (false, false);
    for _ in 0..5 {
        simulation.set_buffered(0);
        deliver(&ws, &"x".into());
        three_sent = three_sent || poll(&mut three).is_ready();
        two_sent = two_sent || poll(&mut two).is_ready();
    }
    assert!(two_sent && three_sent);
    assert_eq!(simulation.sent(), ["ten bytes!", "two", "three"]);
}

#[wasm_bindgen_test]
fn flush_of_a_sink_that_waits_to_send_does_not_cost_its_place() {
    let (ws, simulation) = full_socket();
    let mut sink = ws.sender();
    let mut feed = sink.feed(Message::from("early"));
    assert!(poll(&mut feed).is_pending());
    // It keeps its place while the sink is used, as multiplexers do, which write and flush in turn.
    drop(feed);
    let mut late = ws.send("late");
    assert!(poll(&mut late).is_pending());
    assert!(poll(&mut SinkExt::<Message>::flush(&mut sink)).is_pending());
    let mut feed = sink.feed(Message::from("early"));
    let (mut early_sent, mut late_sent) = (false, false);
    for _ in 0..5 {
        simulation.set_buffered(0);
        deliver(&ws, &"x".into());
        late_sent = late_sent || poll(&mut late).is_ready();
        early_sent = early_sent || poll(&mut feed).is_ready();
    }
    assert!(early_sent && late_sent);
    assert_eq!(simulation.sent(), ["ten bytes!", "early", "late"]);
}

#[wasm_bindgen_test]
fn sink_that_is_flushed_holds_up_no_send() {
    let (ws, simulation) = full_socket();
    let mut sink = ws.sender();
    assert!(poll(&mut SinkExt::<Message>::flush(&mut sink)).is_pending());
    simulation.set_buffered(0);
    ws.try_send("sent").unwrap();
    assert_eq!(simulation.sent(), ["ten bytes!", "sent"]);
}

#[wasm_bindgen_test]
async fn try_send_is_not_refused_forever_because_of_a_send_that_is_not_polled() {
    let (ws, simulation) = full_socket();
    let (mut sink, sender) = (ws.sender(), ws.sender());
    let mut forgotten = sender.send("forgotten");
    assert!(poll(&mut forgotten).is_pending());
    assert!(poll(&mut SinkExt::send(&mut sink, Message::from("dropped"))).is_pending());
    simulation.set_buffered(0);
    until("try_send passes over both", || ws.try_send("sent").is_ok()).await;
    assert_eq!(simulation.sent(), ["ten bytes!", "sent"]);
}
