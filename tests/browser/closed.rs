//! `closed`: the `close` event of an existing socket as a future.

use crate::support::*;
use futures_util::future::{FusedFuture, join_all};
use onclose::{CloseEvent, CloseEventFuture, closed};
use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;
use wasm_bindgen_test::wasm_bindgen_test;

fn abnormal() -> CloseEvent {
    CloseEvent::new(1006, "", false)
}

#[wasm_bindgen_test]
async fn closed_waits_for_a_connecting_socket() {
    let socket = web_sys::WebSocket::new(&unreachable_url(2)).unwrap();
    assert_eq!(within("the refusal", closed(&socket)).await.unwrap(), abnormal());
}

#[wasm_bindgen_test]
async fn closed_waits_for_a_closing_socket() {
    let socket = connecting_socket();
    socket.close_with_code(4000).unwrap();
    assert_eq!(socket.ready_state(), web_sys::WebSocket::CLOSING);
    assert_eq!(within("the close", closed(&socket)).await.unwrap(), abnormal());
}

#[wasm_bindgen_test]
async fn closed_after_the_event_resolves_with_already_closed() {
    let socket = connecting_socket();
    abort(&socket);
    within("the close", closed(&socket)).await.unwrap();
    let timers = Timers::record();
    let future = closed(&socket);
    assert_eq!(timers.delays(), [250], "how long a late event is waited for");
    let error = within("AlreadyClosed", future).await.unwrap_err();
    assert!(error.to_string().contains("already"));
    let futures = join_all((0..20).map(|_| closed(&socket)));
    assert!(within("AlreadyClosed, twenty times", futures).await.iter().all(Result::is_err));
}

#[wasm_bindgen_test]
async fn closed_inside_the_error_handler_gets_the_event() {
    let socket = connecting_socket();
    let inside = Rc::new(RefCell::new(None::<CloseEventFuture>));
    let _listener = listen(&socket, "error", {
        let (inside, socket) = (Rc::clone(&inside), socket.clone());
        move |_| {
            assert_eq!(socket.ready_state(), web_sys::WebSocket::CLOSED);
            *inside.borrow_mut() = Some(closed(&socket));
        }
    });
    abort(&socket);
    until("the browser fires error", || inside.borrow().is_some()).await;
    let future = inside.borrow_mut().take().unwrap();
    assert_eq!(within("the close", future).await.unwrap(), abnormal());
}

#[wasm_bindgen_test]
async fn closed_inside_the_close_handler_resolves_with_already_closed() {
    let socket = connecting_socket();
    let inside = Rc::new(RefCell::new(None::<CloseEventFuture>));
    let _listener = listen(&socket, "close", {
        let (inside, socket) = (Rc::clone(&inside), socket.clone());
        move |_| *inside.borrow_mut() = Some(closed(&socket))
    });
    abort(&socket);
    until("the browser fires close", || inside.borrow().is_some()).await;
    let future = inside.borrow_mut().take().unwrap();
    within("AlreadyClosed", future).await.unwrap_err();
}

#[wasm_bindgen_test]
async fn any_number_of_futures_get_the_same_event() {
    let socket = connecting_socket();
    let futures = join_all((0..100).map(|_| closed(&socket)));
    let _listener = onclose::on_close(&socket, |_| {});
    abort(&socket);
    let events = within("all of them", futures).await;
    assert!(events.into_iter().all(|event| event == Ok(abnormal())));
}

#[wasm_bindgen_test]
fn closed_listens_from_the_call_and_not_from_the_first_poll() {
    let socket = connecting_socket();
    let future = closed(&socket);
    CloseEvent::new(4001, "early", true).dispatch(&socket).unwrap();
    assert_eq!(ready("the event", future).unwrap().code(), 4001);
}

#[wasm_bindgen_test]
fn first_event_is_kept_and_returned_again() {
    let socket = connecting_socket();
    let mut future = closed(&socket);
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut future, &waker).is_pending() && !future.is_terminated());
    CloseEvent::new(4001, "first", true).dispatch(&socket).unwrap();
    CloseEvent::new(4002, "second", true).dispatch(&socket).unwrap();
    assert_eq!(counter.wake_count(), 1);
    for _ in 0..2 {
        let Poll::Ready(Ok(event)) = poll(&mut future) else { panic!("it is not ready") };
        assert_eq!((event.code().as_u16(), event.reason()), (4001, "first"));
    }
    assert!(future.is_terminated());
}

#[wasm_bindgen_test]
fn event_changed_by_a_script_afterwards_is_not_read_again() {
    let socket = connecting_socket();
    let mut future = closed(&socket);
    run_script(
        "const event = Object.assign(new Event('close'), { code: 4001, reason: 'first', wasClean: true });
         socket.dispatchEvent(event);
         Object.assign(event, { code: 4002, reason: 'second', wasClean: false });",
        &socket,
    );
    for _ in 0..2 {
        let Poll::Ready(outcome) = poll(&mut future) else { panic!("it is not ready") };
        assert_eq!(outcome.unwrap(), CloseEvent::new(4001, "first", true));
    }
}

#[wasm_bindgen_test]
fn only_the_last_waker_is_woken() {
    let socket = connecting_socket();
    let mut future = closed(&socket);
    let ((old, old_waker), (new, new_waker)) = (CountingWaker::new(), CountingWaker::new());
    assert!(poll_once(&mut future, &old_waker).is_pending());
    assert!(poll_once(&mut future, &new_waker).is_pending());
    CloseEvent::new(4001, "", true).dispatch(&socket).unwrap();
    assert_eq!((old.wake_count(), new.wake_count()), (0, 1));
}

#[wasm_bindgen_test]
async fn waker_may_drop_the_future_and_close_the_socket() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    let future = Rc::new(RefCell::new(Some(closed(&socket))));
    let (counter, waker) = CountingWaker::with_action({
        let (future, socket) = (Rc::clone(&future), socket.clone());
        move || {
            let future = future.borrow_mut().take();
            drop(future);
            socket.close().unwrap();
        }
    });
    assert!(poll_once(future.borrow_mut().as_mut().unwrap(), &waker).is_pending());
    CloseEvent::new(4001, "", true).dispatch(&socket).unwrap();
    assert_eq!(counter.wake_count(), 1);
    within("the event of the browser", closed(&socket)).await.unwrap();
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn dropped_futures_leave_no_listener() {
    let uncaught = UncaughtErrors::watch();
    let socket = connecting_socket();
    for _ in 0..100 {
        let mut future = closed(&socket);
        assert!(poll(&mut future).is_pending());
    }
    CloseEvent::new(4001, "", true).dispatch(&socket).unwrap();
    abort(&socket);
    assert_eq!(within("the close", closed(&socket)).await.unwrap(), abnormal());
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn closed_resolves_for_a_blocked_port() {
    let socket = web_sys::WebSocket::new(&blocked_port_url(3)).unwrap();
    let outcome = within("an outcome", closed(&socket)).await;
    // WebKit fires `error` alone.
    assert_eq!(outcome.ok(), (engine() != Engine::WebKit).then(abnormal));
}

#[wasm_bindgen_test]
fn dispatched_error_on_a_connecting_socket_does_not_resolve() {
    let socket = connecting_socket();
    let mut future = closed(&socket);
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut future, &waker).is_pending());
    dispatch(&socket, "new Event('error')");
    assert_eq!(counter.wake_count(), 0);
    assert!(poll(&mut future).is_pending());
}
