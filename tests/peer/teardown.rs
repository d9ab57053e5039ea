//! Dropping and releasing handles, in every state and order.

use crate::server::{at, at_unanswered_close};
use crate::support::*;
use futures_util::future::join;
use onclose::{CloseCause, CloseEvent, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

const LEFT: CloseFrame = CloseFrame::from_static(4100, "left");
const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const SHORT: Duration = Duration::from_millis(200);

#[peer_test]
async fn drop_closes_with_the_default_frame() {
    let (normal, chosen) = (at("/echo"), at("/echo"));
    drop(WebSocket::connect(&normal.url).await.unwrap());
    drop(WebSocket::builder(&chosen.url).default_close_frame(LEFT).connect().await.unwrap());
    assert_eq!(normal.record().await.close_frame(), Some((1000, String::new())));
    assert_eq!(chosen.record().await.close_frame(), Some((4100, "left".to_owned())));
}

#[peer_test]
async fn close_info_after_a_drop_is_what_the_browser_reports() {
    let builder = WebSocket::builder(&at("/answer?code=4055&reason=see+you").url).default_close_frame(LEFT);
    let ws = builder.close_timeout(NEVER).connect().await.unwrap();
    let closed = ws.closed();
    drop(ws);
    let info = within("the close", closed).await;
    assert_eq!((info.code().as_u16(), info.reason()), (4055, "see you"));
    assert_eq!((info.cause(), info.requested(), info.was_open()), (CloseCause::Local, Some(&LEFT), true));
}

#[peer_test]
async fn closed_after_a_drop_is_bounded_by_the_close_timeout() {
    let server = at_unanswered_close();
    let ws = WebSocket::builder(&server.url).close_timeout(SHORT).connect().await.unwrap();
    let closed = ws.closed();
    drop(ws);
    let info = within("the close timeout", closed).await;
    server.answer_close().await;
    assert_eq!((info.cause(), info.timed_out()), (CloseCause::Local, true));
}

#[peer_test]
async fn drop_while_connecting_leaves_no_orphan_at_the_server() {
    let uncaught = UncaughtErrors::watch();
    let [at_once, socket, future] = [(); 3].map(|()| at("/echo?accept_delay=1000"));
    drop(WebSocket::builder(&at_once.url).open().unwrap());
    // Firefox makes connections to one host one at a time, so each handshake is waited for.
    let ws = WebSocket::builder(&socket.url).open().unwrap();
    socket.until_handshake().await;
    drop(ws);
    let mut connect = WebSocket::connect(&future.url);
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut connect, &waker).is_pending());
    future.until_handshake().await;
    // On a busy machine it may be open by now; it must not wake the task of a dropped future either way.
    let wake_count = counter.wake_count();
    drop(connect);
    for server in [at_once, socket, future] {
        server.assert_no_orphan().await;
    }
    assert_eq!(counter.wake_count(), wake_count, "woken after the drop");
    uncaught.assert_none().await;
}

#[peer_test]
async fn dropped_guard_closes_with_its_frame_what_a_task_owns() {
    let (connected, attempted) = (at("/echo"), at("/echo"));
    let ws = WebSocket::connect(&connected.url).await.unwrap();
    let mut connect = WebSocket::connect(&attempted.url);
    let guards = [ws.close_on_drop(LEFT), connect.close_on_drop(LEFT)];
    let other = within("the open", connect).await.unwrap();
    // Both tasks only receive, and own their sockets.
    let ended = [ws, other].map(|mut ws| {
        let ended = Rc::new(RefCell::new(None));
        spawn_local({
            let ended = Rc::clone(&ended);
            async move {
                let message = ws.recv().await;
                assert!(message.is_none(), "{message:?}");
                *ended.borrow_mut() = Some(ws.closed().await);
            }
        });
        ended
    });
    sleep(0).await;
    assert!(ended.iter().all(|ended| ended.borrow().is_none()));
    drop(guards);
    for (server, ended) in [connected, attempted].iter().zip(ended) {
        assert_eq!(server.record().await.close_frame(), Some((4100, "left".to_owned())));
        until("the task has ended", || ended.borrow().is_some()).await;
        let info = ended.borrow_mut().take().unwrap();
        assert_eq!((info.cause(), info.requested(), info.was_clean()), (CloseCause::Local, Some(&LEFT), true));
    }
}

#[peer_test]
async fn guard_dropped_between_the_open_and_the_next_poll_closes_with_its_frame() {
    let server = at("/echo");
    let mut connect = WebSocket::connect(&server.url);
    let guard = connect.close_on_drop(LEFT);
    let (counter, waker) = CountingWaker::new();
    assert!(poll_once(&mut connect, &waker).is_pending());
    // The open wakes the task, which is late.
    until("the open", || counter.wake_count() == 1).await;
    drop(guard);
    assert_eq!(server.record().await.close_frame(), Some((4100, "left".to_owned())));
    let info = within("the close", ready("the socket", connect).unwrap().closed()).await;
    assert_eq!((info.cause(), info.requested(), info.was_clean()), (CloseCause::Local, Some(&LEFT), true));
}

#[peer_test]
async fn guard_dropped_while_connecting_leaves_no_orphan_at_the_server() {
    let uncaught = UncaughtErrors::watch();
    let [opened, future] = [(); 2].map(|()| at("/echo?accept_delay=1000"));
    let ws = WebSocket::builder(&opened.url).open().unwrap();
    let guard = ws.close_on_drop(LEFT);
    // Firefox makes connections to one host one at a time, so each handshake is waited for.
    opened.until_handshake().await;
    drop(guard);
    assert!(within("the error", ws.opened()).await.is_err());
    let mut connect = WebSocket::connect(&future.url);
    let guard = connect.close_on_drop(LEFT);
    assert!(poll(&mut connect).is_pending());
    future.until_handshake().await;
    drop(guard);
    let error = ready("the error", connect).unwrap_err();
    assert_eq!(error.close_info().unwrap().requested(), Some(&LEFT));
    for server in [opened, future] {
        server.assert_no_orphan().await;
    }
    uncaught.assert_none().await;
}

#[peer_test]
async fn closed_is_reported_in_whichever_order_the_halves_are_dropped() {
    for order in 0..4 {
        let builder = WebSocket::builder(&at("/answer?code=4062").url).default_close_frame(LEFT);
        let (sender, receiver) = builder.close_timeout(NEVER).connect().await.unwrap().split();
        let early = sender.closed();
        assert!(poll(&mut early.clone()).is_pending());
        let requested = match order {
            0 => {
                drop(receiver);
                let requested = sender.close(ASKED);
                drop(sender);
                requested
            }
            1 => {
                let requested = sender.close(ASKED);
                drop((receiver, sender));
                requested
            }
            2 => {
                let requested = receiver.close(ASKED);
                drop((sender, receiver));
                requested
            }
            _ => {
                drop((receiver, sender));
                early.clone()
            }
        };
        let (first, second) = within("the close", join(early, requested)).await;
        assert_eq!((first.code().as_u16(), first.cause()), (4062, CloseCause::Local), "order {order}");
        assert_eq!(first.requested().cloned(), Some(if order == 3 { LEFT } else { ASKED }));
        assert_eq!(second, first);
    }
}

#[peer_test]
async fn late_close_of_an_old_socket_does_not_affect_the_next() {
    let server = at_unanswered_close();
    let old = WebSocket::builder(&server.url).close_timeout(NEVER).connect().await.unwrap();
    let old_closed = old.closed();
    drop(old);
    let mut next = WebSocket::connect(&at("/echo").url).await.unwrap();
    let mut next_closed = next.closed();
    assert!(poll(&mut next_closed).is_pending());
    server.command("close=4061").await;
    assert_eq!(within("the old close", old_closed).await.code().as_u16(), 4061);
    assert!(poll(&mut next_closed).is_pending());
    next.send("still here").await.unwrap();
    assert_eq!(within("the echo", next.recv()).await.unwrap().unwrap(), Message::from("still here"));
    assert_eq!(within("its own close", next.close(ASKED)).await.code().as_u16(), 4000);
}

#[peer_test]
async fn events_that_a_script_dispatches_at_a_closed_socket_change_nothing() {
    let mut ws = WebSocket::connect(&at("/send?asked&count=1&close=4061").url).await.unwrap();
    ws.send("begin").await.unwrap();
    let info = within("the close", ws.closed()).await;
    // Listeners stay until the handles are dropped, because nothing but a script fires at a closed socket.
    let message = web_sys::MessageEvent::new("message").unwrap();
    ws.as_raw().dispatch_event(&message).unwrap();
    ws.as_raw().dispatch_event(&web_sys::Event::new("error").unwrap()).unwrap();
    CloseEvent::new(4062, "", true).dispatch(ws.as_raw()).unwrap();
    assert!(ready("the message", ws.recv()).unwrap().is_ok());
    assert!(ready("the end of the stream", ws.recv()).is_none());
    assert_eq!(ready("the close", ws.closed()), info);
    assert_eq!(info.code().as_u16(), 4061);
}

#[peer_test]
async fn connection_stays_open_until_the_last_handle_is_dropped() {
    let server = at("/echo");
    let ws = WebSocket::builder(&server.url).default_close_frame(LEFT).connect().await.unwrap();
    let clone = ws.sender();
    let (sender, mut receiver) = ws.split();
    drop(sender);
    clone.send("still here").await.unwrap();
    assert_eq!(within("the echo", receiver.recv()).await.unwrap().unwrap(), Message::from("still here"));
    drop(receiver);
    clone.send("sending only").await.unwrap();
    within("the flush", clone.flush()).await.unwrap();
    drop(clone);
    let record = server.record().await;
    assert_eq!(record.last_text().as_deref(), Some("sending only"));
    assert_eq!(record.close_frame(), Some((4100, "left".to_owned())));
}

#[peer_test]
async fn closed_futures_do_not_keep_the_connection_open() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    let futures: Vec<_> = (0..10).map(|_| ws.closed()).collect();
    let _observed = onclose::closed(ws.as_raw());
    drop(ws);
    assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
    drop(futures);
}

#[peer_test]
async fn every_drop_order_closes_the_connection_and_raises_no_error() {
    let uncaught = UncaughtErrors::watch();
    for order in 0..24 {
        let server = at("/echo");
        let ws = WebSocket::builder(&server.url).default_close_frame(LEFT).connect().await.unwrap();
        let (clone, closed) = (ws.sender(), ws.closed());
        let (sender, receiver) = ws.split();
        let mut parts: Vec<Box<dyn std::any::Any>> =
            vec![Box::new(clone), Box::new(closed), Box::new(sender), Box::new(receiver)];
        let mut rest = order;
        for left in (1..=4).rev() {
            drop(parts.remove(rest % left));
            rest /= left;
            // In half of the orders, the browser's events come between the drops.
            if order % 2 == 0 {
                sleep(1).await;
            }
        }
        assert_eq!(server.record().await.close_frame(), Some((4100, "left".to_owned())), "order {order}");
    }
    uncaught.assert_none().await;
}

#[peer_test]
async fn task_may_drop_or_close_the_socket_when_it_gets_a_message() {
    let uncaught = UncaughtErrors::watch();
    for closes in [false, true] {
        let server = at("/send?count=10&size=10&interval=5");
        let mut ws = WebSocket::builder(&server.url).default_close_frame(ASKED).connect().await.unwrap();
        spawn_local(async move {
            let _first = ws.recv().await;
            if closes {
                ws.close(ASKED);
            }
        });
        assert_eq!(server.record().await.close_frame(), Some((4000, "asked".to_owned())));
    }
    uncaught.assert_none().await;
}

#[peer_test]
async fn close_listener_may_close_drop_and_reconnect_its_socket() {
    let uncaught = UncaughtErrors::watch();
    let (first, second) = (at("/close?asked&code=4012"), at("/echo"));
    let ws = WebSocket::connect(&first.url).await.unwrap();
    let (raw, sender) = (ws.as_raw().clone(), ws.sender());
    let slot = Rc::new(RefCell::new(Some(ws)));
    let (next, url) = (Rc::new(RefCell::new(None)), second.url.clone());
    let _listener = onclose::on_close(&raw, {
        let (slot, next) = (Rc::clone(&slot), Rc::clone(&next));
        move |event| {
            assert_eq!(event.code(), 4012);
            let ws = slot.borrow_mut().take().unwrap();
            ws.close(ASKED);
            drop(ws);
            *next.borrow_mut() = Some(WebSocket::builder(&url).open().unwrap());
        }
    });
    sender.send("begin").await.unwrap();
    drop(sender);
    until("it has reconnected", || next.borrow().is_some()).await;
    let ws = next.borrow_mut().take().unwrap();
    within("the open", ws.opened()).await.unwrap();
    within("the close", ws.close(ASKED)).await;
    assert_eq!(second.record().await.close_frame(), Some((4000, "asked".to_owned())));
    uncaught.assert_none().await;
}

#[peer_test]
async fn into_raw_keeps_the_close_timeout_for_waiting_futures() {
    // Closing has started.
    let server = at_unanswered_close();
    let ws = WebSocket::builder(&server.url).close_timeout(SHORT).connect().await.unwrap();
    let closed = ws.close(ASKED);
    drop(ws.into_raw());
    let info = within("the close timeout", closed).await;
    server.answer_close().await;
    assert_eq!((info.cause(), info.timed_out()), (CloseCause::Local, true));
    // Closing has not started, and a sender asks for it although it can no longer close.
    let ws = WebSocket::builder(&at("/echo").url).close_timeout(SHORT).connect().await.unwrap();
    let sender = ws.sender();
    let raw = ws.into_raw();
    let info = within("the close timeout", sender.close(ASKED)).await;
    assert_eq!((info.cause(), info.timed_out(), info.requested()), (CloseCause::Timeout, true, None));
    assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
    raw.close().unwrap();
}

#[peer_test]
async fn opened_resolves_after_into_raw_while_connecting() {
    let ws = WebSocket::builder(&at("/echo?accept_delay=100").url).open().unwrap();
    let sender = ws.sender();
    let raw = ws.into_raw();
    within("the open", sender.opened()).await.unwrap();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
    let closed = sender.closed();
    raw.close_with_code(4000).unwrap();
    let info = within("the close", closed).await;
    assert_eq!((info.code().as_u16(), info.was_open()), (4000, true));
}

#[peer_test]
async fn from_raw_takes_the_options_of_the_builder() {
    let server = at_unanswered_close();
    let raw = web_sys::WebSocket::new(&server.url).unwrap();
    until("it is open", || raw.ready_state() == web_sys::WebSocket::OPEN).await;
    let ws = WebSocket::builder(&raw.url()).close_timeout(SHORT).from_raw(raw);
    assert!(within("the close timeout", ws.close(ASKED)).await.timed_out());
    server.answer_close().await;
}
