//! `closed`: the end of a socket that someone else owns, as a future.

use crate::non_browser_hosts::run;
use crate::support::*;
use futures_util::future::{FusedFuture, join_all};
use onclose::{CloseEvent, CloseEventFuture, closed};
use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;
use wasm_bindgen_test::wasm_bindgen_test;

fn lost() -> CloseEvent {
    CloseEvent::new(1006, "", false)
}

#[wasm_bindgen_test]
async fn a_connecting_socket_is_waited_for() {
    let socket = web_sys::WebSocket::new(&nobody_at(2)).unwrap();
    assert_eq!(within(30_000, "a refusal", closed(&socket)).await.unwrap(), lost());
}

#[wasm_bindgen_test]
async fn a_closing_socket_is_waited_for() {
    let socket = refused();
    socket.close_with_code(4000).unwrap();
    assert_eq!(socket.ready_state(), 2);
    assert_eq!(within(5_000, "the end", closed(&socket)).await.unwrap(), lost());
}

#[wasm_bindgen_test]
async fn an_event_that_has_gone_is_told_and_not_waited_for() {
    let socket = refused();
    fail(&socket);
    within(5_000, "the end", closed(&socket)).await.unwrap();
    let error = within(2_000, "AlreadyClosed", closed(&socket)).await.unwrap_err();
    assert!(error.to_string().contains("already"));
    let waiters = join_all((0..20).map(|_| closed(&socket)));
    assert!(within(2_000, "twenty of them", waiters).await.iter().all(Result::is_err));
}

#[wasm_bindgen_test]
async fn inside_the_error_handler_the_event_is_still_to_come() {
    let socket = refused();
    let inside = Rc::new(RefCell::new(None::<CloseEventFuture>));
    let _listening = listen(&socket, "error", {
        let (inside, socket) = (Rc::clone(&inside), socket.clone());
        move |_| {
            assert_eq!(socket.ready_state(), 3);
            *inside.borrow_mut() = Some(closed(&socket));
        }
    });
    fail(&socket);
    until("an error is reported", || inside.borrow().is_some()).await;
    let future = inside.borrow_mut().take().unwrap();
    assert_eq!(within(5_000, "the event", future).await.unwrap(), lost());
}

#[wasm_bindgen_test]
async fn inside_the_close_handler_the_event_is_gone() {
    let socket = refused();
    let inside = Rc::new(RefCell::new(None::<CloseEventFuture>));
    let _listening = listen(&socket, "close", {
        let (inside, socket) = (Rc::clone(&inside), socket.clone());
        move |_| *inside.borrow_mut() = Some(closed(&socket))
    });
    fail(&socket);
    until("it closes", || inside.borrow().is_some()).await;
    let future = inside.borrow_mut().take().unwrap();
    within(2_000, "AlreadyClosed", future).await.unwrap_err();
}

#[wasm_bindgen_test]
async fn any_number_of_futures_get_the_same_event() {
    let socket = refused();
    let waiters = join_all((0..100).map(|_| closed(&socket)));
    let _listener = onclose::on_close(&socket, |_| {});
    fail(&socket);
    let events = within(5_000, "all of them", waiters).await;
    assert!(events.into_iter().all(|event| event == Ok(lost())));
}

#[wasm_bindgen_test]
async fn it_listens_from_the_call_and_not_from_the_first_poll() {
    let socket = refused();
    let future = closed(&socket);
    CloseEvent::new(4001, "early", true).dispatch(&socket).unwrap();
    assert_eq!(future.await.unwrap().code(), 4001);
}

#[wasm_bindgen_test]
fn the_first_event_counts_and_stays() {
    let socket = refused();
    let mut future = closed(&socket);
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut future, &waker).is_pending() && !future.is_terminated());
    CloseEvent::new(4001, "first", true).dispatch(&socket).unwrap();
    CloseEvent::new(4002, "second", true).dispatch(&socket).unwrap();
    assert_eq!(bell.rung(), 1);
    for _ in 0..2 {
        let Poll::Ready(Ok(event)) = poll_once(&mut future, &waker) else { panic!("it resolves again") };
        assert_eq!((event.code().as_u16(), event.reason()), (4001, "first"));
    }
    assert!(future.is_terminated());
}

#[wasm_bindgen_test]
fn an_event_that_its_page_changes_afterwards_stays_what_it_was() {
    let socket = refused();
    let mut future = closed(&socket);
    run(
        "const event = Object.assign(new Event('close'), { code: 4001, reason: 'first', wasClean: true });
         socket.dispatchEvent(event);
         Object.assign(event, { code: 4002, reason: 'second', wasClean: false });",
        &socket,
    );
    for _ in 0..2 {
        let Poll::Ready(told) = poll_once(&mut future, &Bell::new().1) else { panic!("it has not resolved") };
        assert_eq!(told.unwrap(), CloseEvent::new(4001, "first", true));
    }
}

#[wasm_bindgen_test]
fn only_the_last_waker_is_woken() {
    let socket = refused();
    let mut future = closed(&socket);
    let ((old, old_waker), (new, new_waker)) = (Bell::new(), Bell::new());
    assert!(poll_once(&mut future, &old_waker).is_pending());
    assert!(poll_once(&mut future, &new_waker).is_pending());
    CloseEvent::new(4001, "", true).dispatch(&socket).unwrap();
    assert_eq!((old.rung(), new.rung()), (0, 1));
}

#[wasm_bindgen_test]
async fn a_waker_may_drop_the_future_and_close_the_socket_at_once() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    let future = Rc::new(RefCell::new(Some(closed(&socket))));
    let (bell, waker) = Bell::with({
        let (future, socket) = (Rc::clone(&future), socket.clone());
        move || {
            let future = future.borrow_mut().take();
            drop(future);
            socket.close().unwrap();
        }
    });
    assert!(poll_once(future.borrow_mut().as_mut().unwrap(), &waker).is_pending());
    CloseEvent::new(4001, "", true).dispatch(&socket).unwrap();
    assert_eq!(bell.rung(), 1);
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_dropped_future_leaves_nothing_that_runs() {
    let uncaught = Uncaught::watch();
    let socket = refused();
    for _ in 0..100 {
        let mut future = closed(&socket);
        let (_, waker) = Bell::new();
        assert!(poll_once(&mut future, &waker).is_pending());
    }
    CloseEvent::new(4001, "", true).dispatch(&socket).unwrap();
    fail(&socket);
    assert_eq!(within(5_000, "the end", closed(&socket)).await.unwrap(), lost());
    uncaught.none().await;
}

#[wasm_bindgen_test]
async fn a_socket_the_browser_refuses_to_try_does_not_hang_it() {
    let socket = web_sys::WebSocket::new(&blocked_at(3)).unwrap();
    let answer = within(5_000, "an answer", closed(&socket)).await;
    // `error` alone, or `close` too.
    assert_eq!(answer.ok(), if engine() == Engine::WebKit { None } else { Some(lost()) });
}

#[wasm_bindgen_test]
fn a_dispatched_error_on_a_live_socket_means_nothing() {
    let socket = refused();
    let mut future = closed(&socket);
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut future, &waker).is_pending());
    socket.dispatch_event(&web_sys::Event::new("error").unwrap()).unwrap();
    assert_eq!(bell.rung(), 0);
    assert!(poll_once(&mut future, &waker).is_pending());
}
