//! `into_events`: the stream whose last item is the close.

use crate::support::*;
use crate::synthetic::{Simulation, bytes, deliver, deliver_to};
use futures_util::stream::{FusedStream as _, StreamExt as _};
use onclose::{CloseCause, CloseFrame, Event, Events, Message, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

fn open_socket() -> (WebSocket, Simulation) {
    let ws = WebSocket::builder("").recv_limit(1_000, ASKED).close_timeout(NEVER).from_raw(stalled_socket());
    let simulation = Simulation::open(ws.as_raw());
    (ws, simulation)
}

/// Takes the next item, which must be there.
fn take(events: &mut Events) -> Option<Event> {
    ready("an event", events.next())
}

#[wasm_bindgen_test]
fn close_is_the_last_item_after_the_messages() {
    let (ws, simulation) = open_socket();
    deliver(&ws, &"one".into());
    let closed = ws.closed();
    let mut events = ws.into_events();
    assert_eq!(take(&mut events), Some(Event::Message(Message::from("one"))));
    assert!(poll(&mut events.next()).is_pending());
    simulation.answer_close(4001);
    assert!(!events.is_terminated());
    assert_eq!(take(&mut events), Some(Event::Close(ready("the close", closed))));
    assert!(events.is_terminated());
    assert_eq!((take(&mut events), take(&mut events)), (None, None));
}

#[wasm_bindgen_test]
fn lost_connection_is_an_error_before_the_close() {
    let (ws, simulation) = open_socket();
    deliver(&ws, &bytes(&[1]));
    let mut events = ws.into_events();
    simulation.set_ready_state(3);
    onclose::CloseEvent::new(1006, "", false).dispatch(&raw(&events)).unwrap();
    assert_eq!(take(&mut events), Some(Event::Message(Message::from([1]))));
    let Some(Event::Error(error)) = take(&mut events) else { panic!("no error") };
    let Some(Event::Close(info)) = take(&mut events) else { panic!("no close") };
    assert_eq!((error.close_info(), info.cause()), (Some(&info), CloseCause::Lost));
    assert_eq!(take(&mut events), None);
}

/// Returns the raw socket by way of another handle.
fn raw(events: &Events) -> web_sys::WebSocket {
    events.as_raw().clone()
}

#[wasm_bindgen_test]
fn close_follows_the_error_of_a_limit_only_when_the_connection_is_closed() {
    let (ws, simulation) = open_socket();
    let mut events = ws.into_events();
    deliver_to(&raw(&events), &"x".repeat(2_000).into());
    let Some(Event::Error(error)) = take(&mut events) else { panic!("no error") };
    assert!(error.is_overflow());
    assert!(poll(&mut events.next()).is_pending(), "the connection is not closed yet");
    simulation.answer_close(4000);
    let Some(Event::Close(info)) = take(&mut events) else { panic!("no close") };
    assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&ASKED)));
    assert_eq!(take(&mut events), None);
}

#[wasm_bindgen_test]
fn own_close_is_an_item_as_well() {
    let (ws, simulation) = open_socket();
    let mut events = ws.into_events();
    let closed = events.close(ASKED);
    assert_eq!(events.state(), onclose::ReadyState::Closing);
    simulation.answer_close(4000);
    assert_eq!(take(&mut events), Some(Event::Close(ready("the close", closed))));
    assert_eq!(take(&mut events), None);
}

#[wasm_bindgen_test]
async fn refused_connection_yields_error_and_close() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    abort(ws.as_raw());
    let events: Vec<Event> = within("the close", ws.into_events().collect()).await;
    assert!(matches!(&events[..], [Event::Error(_), Event::Close(info)] if !info.was_open()), "{events:?}");
}

#[wasm_bindgen_test]
fn dropped_events_close_the_connection_unless_a_sender_is_left() {
    let (ws, simulation) = open_socket();
    let sender = ws.sender();
    drop(ws.into_events());
    assert_eq!(simulation.closed_with(), None);
    drop(sender);
    assert_eq!(simulation.closed_with(), Some(1000));
}

#[wasm_bindgen_test]
fn converting_back_loses_no_message() {
    let (ws, _simulation) = open_socket();
    let (sender, receiver) = ws.split();
    let mut events = receiver.into_events();
    deliver_to(&raw(&events), &"one".into());
    deliver_to(&raw(&events), &"two".into());
    assert_eq!(take(&mut events), Some(Event::Message(Message::from("one"))));
    let mut ws = events.into_receiver().reunite(sender).unwrap();
    assert_eq!(ready("the message", ws.recv()).unwrap().unwrap(), "two");
}
