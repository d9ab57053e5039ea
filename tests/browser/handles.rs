//! What the halves of a connection offer beside sending and receiving.

use crate::support::*;
use crate::synthetic::{Simulation, bytes, deliver, socket};
use js_sys::{ArrayBuffer, JsString};
use onclose::{CloseEvent, Message, RawMessage, ReadyState, TryRecvError, WebSocket};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

/// Creates an open client with this high-water mark.
fn open_socket(mark: usize) -> (WebSocket, Simulation) {
    let ws = WebSocket::builder("").send_high_water_mark(mark).close_timeout(NEVER).from_raw(stalled_socket());
    let simulation = Simulation::open(ws.as_raw());
    (ws, simulation)
}

#[wasm_bindgen_test]
fn weak_sender_keeps_the_connection_neither_open_nor_alive() {
    let (ws, simulation) = open_socket(10);
    let weak = ws.sender().downgrade();
    weak.upgrade().expect("the connection is open").try_send("x").unwrap();
    assert_eq!(simulation.closed_with(), None, "dropping an upgraded handle closed the connection");
    drop(ws);
    assert_eq!(simulation.closed_with(), Some(1000), "the weak handle kept the connection open");
    assert!(weak.upgrade().is_none());
}

#[wasm_bindgen_test]
fn weak_sender_of_a_receiver_alone_can_be_upgraded() {
    let (ws, simulation) = open_socket(10);
    let (sender, receiver) = ws.split();
    let weak = sender.downgrade();
    drop(sender);
    let sender = weak.upgrade().expect("the receiver is alive");
    drop(receiver);
    assert_eq!(simulation.closed_with(), None);
    drop(sender);
    assert_eq!(simulation.closed_with(), Some(1000));
}

#[wasm_bindgen_test]
fn halves_are_reunited_only_with_their_own_other_half() {
    let (one, _simulation) = open_socket(10);
    let (other, _other_simulation) = open_socket(10);
    let raw = one.as_raw().clone();
    let ((sender, receiver), (other_sender, other_receiver)) = (one.split(), other.split());
    let error = receiver.reunite(other_sender).unwrap_err();
    assert_eq!(error.to_string(), "cannot reunite halves of different connections");
    let onclose::ReuniteError(other_sender, receiver) = error;
    assert!(receiver.reunite(sender).unwrap().as_raw() == &raw);
    assert!(other_receiver.reunite(other_sender).is_ok());
}

#[wasm_bindgen_test]
fn halves_return_what_the_socket_does() {
    let ws = socket();
    let (url, raw) = (ws.url(), ws.as_raw().clone());
    let (sender, receiver) = ws.split();
    assert_eq!([sender.url(), receiver.url()], [url.clone(), url]);
    assert_eq!([sender.protocol(), receiver.protocol()], ["", ""]);
    assert!(sender.as_raw() == &raw && receiver.as_raw() == &raw);
    let mut opened = receiver.opened();
    assert!(poll(&mut opened).is_pending());
    let _simulation = Simulation::open(&raw);
    ready("the open", opened).unwrap();
}

#[wasm_bindgen_test]
fn try_recv_returns_what_is_queued_then_the_error_then_the_end() {
    let (mut ws, simulation) = open_socket(10);
    assert_eq!(ws.try_recv(), Err(TryRecvError::Empty));
    deliver(&ws, &"one".into());
    deliver(&ws, &bytes(&[2]));
    assert_eq!(ws.try_recv(), Ok(Message::from("one")));
    assert_eq!(ws.try_recv(), Ok(Message::from(vec![2])));
    assert_eq!(ws.try_recv(), Err(TryRecvError::Empty));
    simulation.set_ready_state(web_sys::WebSocket::CLOSED);
    CloseEvent::new(1006, "", false).dispatch(ws.as_raw()).unwrap();
    let Err(TryRecvError::Failed(error)) = ws.try_recv() else { panic!("the loss is no error") };
    assert!(error.is_lost());
    assert_eq!(ws.try_recv(), Err(TryRecvError::Ended));
    assert!(ready("the end of the stream", ws.recv()).is_none());
}

#[wasm_bindgen_test]
async fn ready_waits_for_the_open_and_for_capacity_and_fails_once_closed() {
    let ws = WebSocket::builder("").send_high_water_mark(10).close_timeout(NEVER).from_raw(stalled_socket());
    let sender = ws.sender();
    let mut connecting = sender.ready();
    assert!(poll(&mut connecting).is_pending());
    let simulation = Simulation::open(ws.as_raw());
    ready("the open", connecting).unwrap();
    ws.try_send("ten bytes!").unwrap();
    let mut full = sender.ready();
    assert!(poll(&mut full).is_pending());
    simulation.set_buffered(0);
    within("capacity", full).await.unwrap();
    let mut waiting = sender.ready();
    ws.try_send("ten bytes!").unwrap();
    assert!(poll(&mut waiting).is_pending());
    drop(ws.close(onclose::CloseFrame::NORMAL));
    assert!(ready("the error", waiting).unwrap_err().is_closed());
}

#[wasm_bindgen_test]
async fn borrowed_and_raw_messages_are_sent_under_the_same_backpressure() {
    let (ws, simulation) = open_socket(10);
    let sender = ws.sender();
    sender.try_send_str("€uro").unwrap();
    sender.try_send_bytes(&[0; 5]).unwrap();
    assert!(sender.try_send_str("x").unwrap_err().is_full());
    assert!(sender.try_send_bytes(&[1]).unwrap_err().is_full());
    assert_eq!(sender.buffered_amount(), 11);
    let mut raw = sender.send_raw(JsString::from("ünsent"));
    assert!(poll(&mut raw).is_pending());
    simulation.set_buffered(0);
    within("capacity", raw).await.unwrap();
    sender.send_raw(ArrayBuffer::new(2)).await.unwrap();
    assert_eq!(sender.buffered_amount(), 9);
    let parts = js_sys::Array::of1(&"a blob".into());
    let blob = web_sys::Blob::new_with_str_sequence(&parts).unwrap();
    simulation.set_buffered(0);
    sender.send_raw(blob).await.unwrap();
    assert_eq!(simulation.sent(), ["€uro", "5", "ünsent", "2", "6"]);
    drop(ws.close(onclose::CloseFrame::NORMAL));
    let error = sender.send_raw(JsString::from("late")).await.unwrap_err();
    assert!(error.error().is_closed());
    assert_eq!(error.into_message().to_message(), Message::from("late"));
}

#[wasm_bindgen_test]
async fn received_raw_message_can_be_sent_back() {
    let (mut ws, simulation) = open_socket(100);
    deliver(&ws, &"echo".into());
    let message: RawMessage = ws.recv_raw().await.unwrap().unwrap();
    ws.send_raw(message).await.unwrap();
    assert_eq!(simulation.sent(), ["echo"]);
}

#[wasm_bindgen_test]
fn closing_is_seen_before_the_close_whoever_begins() {
    let (ws, simulation) = open_socket(10);
    let mut closing = ws.closing();
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut closing, &waker).is_pending());
    drop(ws.close(onclose::CloseFrame::NORMAL));
    assert_eq!(counter.wake_count(), 1);
    ready("our close", closing);
    assert_eq!((ws.state(), simulation.closed_with()), (ReadyState::Closing, Some(1000)));

    let (ws, simulation) = open_socket(10);
    let mut closing = ws.closing();
    assert!(poll(&mut closing).is_pending());
    simulation.set_ready_state(web_sys::WebSocket::CLOSING);
    assert_eq!(ws.state(), ReadyState::Closing);
    ready("the close of the peer", closing);
}

#[wasm_bindgen_test]
fn each_change_of_state_is_reported_once_until_the_listener_is_dropped() {
    let ws = WebSocket::builder("").close_timeout(NEVER).from_raw(stalled_socket());
    let states = Rc::new(RefCell::new(Vec::new()));
    let subscribe = || {
        let states = Rc::clone(&states);
        ws.on_state_change(move |state| states.borrow_mut().push(state))
    };
    let (listener, dropped) = (subscribe(), subscribe());
    drop(dropped);
    let simulation = Simulation::open(ws.as_raw());
    deliver(&ws, &"x".into());
    drop(ws.close(onclose::CloseFrame::NORMAL));
    simulation.answer_close(1000);
    assert_eq!(*states.borrow(), [ReadyState::Open, ReadyState::Closing, ReadyState::Closed]);
    drop(listener);
    assert_eq!(Rc::strong_count(&states), 1, "the callback is kept");
}

#[wasm_bindgen_test]
fn debug_shows_no_query_user_name_or_subprotocol() {
    let raw = web_sys::WebSocket::new_with_str("ws://127.0.0.1:29981/path?token=secret", "secret").unwrap();
    let ws = WebSocket::builder("ws://user:secret@host.invalid/path?token=secret").protocols(["secret"]);
    let text = format!("{ws:?}");
    assert!(!text.contains("secret") && text.contains("path"), "{text}");
    let ws = WebSocket::from_raw(raw);
    let (sender, receiver) = (ws.sender(), format!("{ws:?}"));
    for text in [format!("{sender:?}"), receiver] {
        assert!(!text.contains("secret"), "{text}");
    }
    abort(ws.as_raw().unchecked_ref());
}
