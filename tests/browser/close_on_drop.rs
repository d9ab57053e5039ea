//! `close_on_drop`: a guard that closes a connection which a task owns.

use crate::support::*;
use crate::synthetic::{CreatedSockets, Simulation, socket};
use onclose::{CloseCause, CloseEvent, CloseFrame, ConnectError, Message, WebSocket};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;

const LEFT: CloseFrame = CloseFrame::from_static(4100, "left");
const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

fn open_socket() -> (WebSocket, Simulation) {
    let ws = WebSocket::builder("").close_timeout(NEVER).from_raw(stalled_socket());
    let simulation = Simulation::open(ws.as_raw());
    (ws, simulation)
}

/// Fails unless the attempt was given up because its guard was dropped.
fn assert_given_up(connected: Result<WebSocket, ConnectError>) {
    let error = connected.expect_err("the guard is dropped");
    let info = error.close_info().expect("it was closed");
    assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&LEFT)));
    assert!(!info.was_open() && !info.timed_out() && info.code().as_u16() == 1006);
}

#[wasm_bindgen_test]
fn dropped_guard_closes_a_connection_that_others_own() {
    let (mut ws, simulation) = open_socket();
    let guard = ws.close_on_drop(LEFT);
    let (sender, mut recv) = (ws.sender(), Box::pin(async move { ws.recv().await }));
    assert!(poll(&mut recv).is_pending());
    drop(guard);
    assert_eq!(simulation.closed_with(), Some(4100));
    assert!(sender.try_send("late").unwrap_err().is_closed());
    simulation.answer_close(4100);
    assert!(ready("the end of the stream", recv).is_none());
    let info = ready("the close", sender.closed());
    assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&LEFT)));
}

#[wasm_bindgen_test]
fn guard_keeps_the_connection_neither_open_nor_alive() {
    let before = live_js_values();
    let (ws, simulation) = open_socket();
    let guards = [ws.close_on_drop(LEFT), ws.sender().close_on_drop(LEFT)];
    drop(ws);
    assert_eq!(simulation.closed_with(), Some(1000), "a guard kept the connection open");
    drop(simulation);
    assert_eq!(live_js_values(), before, "a guard kept JavaScript values");
    drop(guards);
}

#[wasm_bindgen_test]
fn disarmed_guard_closes_nothing() {
    let (ws, simulation) = open_socket();
    ws.close_on_drop(LEFT).disarm();
    assert_eq!(simulation.closed_with(), None);
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    connect.close_on_drop(LEFT).disarm();
    assert!(poll(&mut connect).is_pending());
}

#[wasm_bindgen_test]
fn first_frame_wins_over_that_of_the_guard() {
    let (ws, simulation) = open_socket();
    let guard = ws.close_on_drop(LEFT);
    let closed = ws.close(ASKED);
    drop(guard);
    simulation.answer_close(4000);
    assert_eq!(ready("the close", closed).requested(), Some(&ASKED));
}

#[wasm_bindgen_test]
fn guard_leaves_a_released_socket_open() {
    let (ws, simulation) = open_socket();
    let guard = ws.close_on_drop(LEFT);
    let mut closed = ws.closed();
    let _raw = ws.into_raw();
    drop(guard);
    assert_eq!(simulation.closed_with(), None);
    assert!(poll(&mut closed).is_pending());
}

#[wasm_bindgen_test]
async fn guard_dropped_while_connecting_aborts_the_attempt() {
    let uncaught = UncaughtErrors::watch();
    let ws = WebSocket::builder(UNREACHABLE_URL).close_timeout(NEVER).open().unwrap();
    let guard = ws.close_on_drop(LEFT);
    let mut opened = ws.opened();
    assert!(poll(&mut opened).is_pending());
    drop(guard);
    assert_eq!(ws.as_raw().ready_state(), web_sys::WebSocket::CLOSING);
    let error = within("the error", opened).await.unwrap_err();
    assert_eq!(error.close_info().unwrap().requested(), Some(&LEFT));
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn guard_dropped_before_the_first_poll_creates_no_socket() {
    let created = CreatedSockets::watch();
    for builder in [false, true] {
        let mut connect = match builder {
            true => WebSocket::builder(UNREACHABLE_URL).connect(),
            false => WebSocket::connect(UNREACHABLE_URL),
        };
        drop(connect.close_on_drop(LEFT));
        assert_given_up(ready("the error", connect));
    }
    assert!(created.get().is_empty());
}

#[wasm_bindgen_test]
async fn guard_dropped_while_connect_waits_closes_the_socket_at_once_and_wakes_the_task() {
    let uncaught = UncaughtErrors::watch();
    let created = CreatedSockets::watch();
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    let guard = connect.close_on_drop(LEFT);
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut connect, &waker).is_pending());
    drop(guard);
    assert_eq!(created.get()[0].ready_state(), web_sys::WebSocket::CLOSING);
    assert_eq!(counter.wake_count(), 1);
    drop(waker);
    assert_given_up(ready("the error", &mut connect));
    assert!(counter.is_released());
    assert!(poll(&mut connect).is_pending(), "it has resolved");
    until("the socket is closed", || created.get()[0].ready_state() == web_sys::WebSocket::CLOSED).await;
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn guard_dropped_between_the_open_and_the_next_poll_closes_with_its_frame() {
    // Created before the first poll, or before the second one.
    for late in [false, true] {
        let created = CreatedSockets::watch();
        let mut connect = WebSocket::connect(UNREACHABLE_URL);
        if late {
            assert!(poll(&mut connect).is_pending());
        }
        let guard = connect.close_on_drop(LEFT);
        let (counter, waker) = CountingWaker::new();
        assert!(poll_once(&mut connect, &waker).is_pending());
        let simulation = Simulation::open(&created.get()[0]);
        assert_eq!(counter.wake_count(), 1);
        drop(guard);
        assert_eq!((simulation.closed_with(), counter.wake_count()), (Some(4100), 2), "created late: {late}");
        drop(waker);
        assert!(counter.is_released());
        let ws = ready("the socket, which has opened", connect).unwrap();
        simulation.answer_close(4100);
        let info = ready("the close", ws.closed());
        assert_eq!((info.cause(), info.requested(), info.was_open()), (CloseCause::Local, Some(&LEFT), true));
    }
}

#[wasm_bindgen_test]
fn guard_dropped_after_the_attempt_failed_leaves_the_error_as_it_is() {
    let created = CreatedSockets::watch();
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    let guard = connect.close_on_drop(LEFT);
    assert!(poll(&mut connect).is_pending());
    let simulation = Simulation::start(&created.get()[0], web_sys::WebSocket::CONNECTING);
    simulation.set_ready_state(web_sys::WebSocket::CLOSED);
    CloseEvent::new(1006, "", false).dispatch(&created.get()[0]).unwrap();
    drop(guard);
    let error = ready("the error", connect).unwrap_err();
    let info = error.close_info().expect("it was closed");
    assert_eq!((info.cause(), info.requested()), (CloseCause::Lost, None));
}

#[wasm_bindgen_test]
fn guard_dropped_inside_the_wake_by_the_open_closes_with_its_frame() {
    let created = CreatedSockets::watch();
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    let guard = connect.close_on_drop(LEFT);
    let guard = Rc::new(RefCell::new(Some(guard)));
    let (_counter, waker) = CountingWaker::with_action({
        let guard = Rc::clone(&guard);
        move || drop(guard.borrow_mut().take())
    });
    assert!(poll_once(&mut connect, &waker).is_pending());
    // The open wakes the task, and the wake drops the guard.
    let simulation = Simulation::open(&created.get()[0]);
    assert!(guard.borrow().is_none());
    assert_eq!(simulation.closed_with(), Some(4100));
    let ws = ready("the socket, which has opened", connect).unwrap();
    simulation.answer_close(4100);
    assert_eq!(ready("the close", ws.closed()).requested(), Some(&LEFT));
}

#[wasm_bindgen_test]
async fn every_guard_of_an_attempt_closes_it() {
    for dropped in 0..2 {
        let created = CreatedSockets::watch();
        let mut connect = WebSocket::connect(UNREACHABLE_URL);
        let mut guards = vec![connect.close_on_drop(LEFT), connect.close_on_drop(LEFT)];
        assert!(poll(&mut connect).is_pending());
        drop(guards.remove(dropped));
        assert_eq!(created.get()[0].ready_state(), web_sys::WebSocket::CLOSING, "the socket is left open");
        assert_given_up(ready("the error", connect));
    }
}

#[wasm_bindgen_test]
fn dropped_connect_future_frees_the_socket_although_its_guard_is_kept() {
    let before = live_js_values();
    let created = CreatedSockets::watch();
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    let guard = connect.close_on_drop(LEFT);
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut connect, &waker).is_pending());
    drop((connect, waker));
    assert_eq!(created.get()[0].ready_state(), web_sys::WebSocket::CLOSING);
    drop(created);
    assert!(counter.is_released());
    assert_eq!(live_js_values(), before, "the guard kept JavaScript values");
    drop(guard);
}

#[wasm_bindgen_test]
async fn guard_of_a_failed_attempt_does_nothing() {
    let uncaught = UncaughtErrors::watch();
    let mut connect = WebSocket::connect("ws://[");
    let guard = connect.close_on_drop(LEFT);
    assert!(ready("the error", &mut connect).unwrap_err().open_error().is_some());
    let late = connect.close_on_drop(LEFT);
    drop((guard, late, connect));
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn guard_may_be_dropped_while_the_attempt_is_polled() {
    let uncaught = UncaughtErrors::watch();
    let created = CreatedSockets::watch();
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    let guard = Rc::new(RefCell::new(Some(connect.close_on_drop(LEFT))));
    // The constructor of the socket runs inside the first poll.
    let drop_guard = wasm_bindgen::prelude::Closure::<dyn FnMut()>::own_assert_unwind_safe({
        let guard = Rc::clone(&guard);
        move || drop(guard.borrow_mut().take())
    });
    let patch = run_script(
        "const original = WebSocket;
         return (callback) => { globalThis.WebSocket = function (...args) { callback(); return new original(...args); };
                                return () => { globalThis.WebSocket = original; }; };",
        &wasm_bindgen::JsValue::NULL,
    );
    let patch: js_sys::Function = patch.into();
    let restore: js_sys::Function = patch.call1(&wasm_bindgen::JsValue::NULL, drop_guard.as_ref()).unwrap().into();
    let connected = poll(&mut connect);
    restore.call0(&wasm_bindgen::JsValue::NULL).unwrap();
    let std::task::Poll::Ready(connected) = connected else { panic!("the guard is dropped") };
    assert_given_up(connected);
    assert!(guard.borrow().is_none());
    assert_eq!(created.get()[0].ready_state(), web_sys::WebSocket::CLOSING, "the socket is left open");
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn queued_messages_are_delivered_after_the_guard_was_dropped() {
    let mut ws = socket();
    let simulation = Simulation::open(ws.as_raw());
    let guard = ws.close_on_drop(LEFT);
    crate::synthetic::deliver(&ws, &"queued".into());
    drop(guard);
    assert_eq!(ready("the message", ws.recv()).unwrap().unwrap(), Message::from("queued"));
    simulation.answer_close(4100);
    assert!(ready("the end of the stream", ws.recv()).is_none());
}
