//! Dropping, in every state and order.

use crate::server::at;
use crate::support::*;
use futures_util::future::join;
use onclose::{CloseCause, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

const LEFT: CloseFrame = CloseFrame::from_static(4100, "left");
const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

#[peer_test]
async fn a_dropped_socket_says_goodbye_with_its_frame() {
    let (default, chosen) = (at("/echo"), at("/echo"));
    drop(WebSocket::connect(&default.url).await.unwrap());
    drop(WebSocket::builder(&chosen.url).default_close_frame(LEFT).connect().await.unwrap());
    assert_eq!(default.saw().await.close(), Some((1000, String::new())));
    assert_eq!(chosen.saw().await.close(), Some((4100, "left".to_owned())));
}

#[peer_test]
async fn the_end_of_a_dropped_socket_is_what_the_browser_reports() {
    let place = at("/answer?code=4055&reason=see+you");
    let ws = WebSocket::builder(&place.url).default_close_frame(LEFT).connect().await.unwrap();
    let ended = ws.closed();
    drop(ws);
    let closed = within(10_000, "the end", ended).await;
    assert_eq!((closed.code().as_u16(), closed.reason()), (4055, "see you"));
    assert_eq!((closed.cause(), closed.requested(), closed.was_open()), (CloseCause::Local, Some(&LEFT), true));
}

#[peer_test]
async fn a_waiter_for_a_dropped_socket_does_not_wait_for_ever() {
    let place = at("/answer?none");
    let builder = WebSocket::builder(&place.url).close_timeout(Duration::from_millis(200));
    let ws = builder.connect().await.unwrap();
    let ended = ws.closed();
    drop(ws);
    let closed = within(4_000, "the deadline", ended).await;
    assert_eq!((closed.cause(), closed.timed_out()), (CloseCause::Local, true));
}

#[peer_test]
async fn dropping_while_connecting_leaves_no_orphan_at_the_server() {
    let uncaught = Uncaught::watch();
    let (socket, future) = (at("/echo?accept_delay=200"), at("/echo?accept_delay=200"));
    drop(WebSocket::builder(&socket.url).open().unwrap());
    let mut connect = Box::pin(WebSocket::connect(&future.url));
    let (bell, waker) = Bell::new();
    assert!(poll_once(&mut connect, &waker).is_pending());
    // Firefox makes connections to one host one after the other: this one has to have started.
    future.has_begun().await;
    drop(connect);
    for place in [socket, future] {
        place.has_no_orphan().await;
    }
    assert_eq!(bell.rung(), 0);
    uncaught.none().await;
}

#[peer_test]
async fn dropping_the_reading_half_takes_no_end_from_who_awaits_it() {
    for order in 0..4 {
        let place = at("/answer?code=4062&delay=50");
        let (sender, receiver) =
            WebSocket::builder(&place.url).default_close_frame(LEFT).connect().await.unwrap().split();
        let early = sender.closed();
        let (_, waker) = Bell::new();
        assert!(poll_once(&mut early.clone(), &waker).is_pending());
        let asked = match order {
            0 => {
                drop(receiver);
                let asked = sender.close(ASKED);
                drop(sender);
                asked
            }
            1 => {
                let asked = sender.close(ASKED);
                drop((receiver, sender));
                asked
            }
            2 => {
                let asked = receiver.close(ASKED);
                drop((sender, receiver));
                asked
            }
            _ => {
                drop((receiver, sender));
                early.clone()
            }
        };
        let ((first, second), ()) =
            within(10_000, "the end", join(join(early, asked), async { drop(place.saw().await) })).await;
        assert_eq!((first.code().as_u16(), first.cause()), (4062, CloseCause::Local), "order {order}");
        assert_eq!(first.requested().cloned(), Some(if order == 3 { LEFT } else { ASKED }));
        assert_eq!(second, first);
    }
}

#[peer_test]
async fn the_late_end_of_an_old_socket_does_not_touch_the_next() {
    let old = WebSocket::connect(&at("/answer?code=4061&delay=200").url).await.unwrap();
    let old_end = old.closed();
    drop(old);
    let mut next = WebSocket::connect(&at("/echo").url).await.unwrap();
    let mut next_end = next.closed();
    assert_eq!(within(10_000, "the old end", old_end).await.code().as_u16(), 4061);
    let (_, waker) = Bell::new();
    assert!(poll_once(&mut next_end, &waker).is_pending());
    next.send("still here").await.unwrap();
    assert_eq!(within(10_000, "an echo", next.recv()).await.unwrap().unwrap(), Message::from("still here"));
    assert_eq!(within(10_000, "its own end", next.close(ASKED)).await.code().as_u16(), 4000);
}

#[peer_test]
async fn the_connection_lives_until_the_last_handle_has_gone() {
    let place = at("/echo");
    let ws = WebSocket::builder(&place.url).default_close_frame(LEFT).connect().await.unwrap();
    let clone = ws.sender();
    let (sender, mut receiver) = ws.split();
    drop(sender);
    clone.send("still here").await.unwrap();
    assert_eq!(within(10_000, "an echo", receiver.recv()).await.unwrap().unwrap(), Message::from("still here"));
    drop(receiver);
    clone.send("sending only").await.unwrap();
    clone.flush().await.unwrap();
    let ended = clone.closed();
    drop(clone);
    within(10_000, "the end", ended).await;
    let saw = place.saw().await;
    assert_eq!((saw.last().as_deref(), saw.close()), (Some("sending only"), Some((4100, "left".to_owned()))));
}

#[peer_test]
async fn a_future_of_the_end_does_not_hold_the_connection_open() {
    let place = at("/echo");
    let ws = WebSocket::connect(&place.url).await.unwrap();
    let futures: Vec<_> = (0..10).map(|_| ws.closed()).collect();
    let _observed = onclose::closed(ws.as_raw());
    drop(ws);
    assert_eq!(place.saw().await.close(), Some((1000, String::new())));
    drop(futures);
}

#[peer_test]
async fn every_order_of_dropping_the_parts_ends_the_connection_in_silence() {
    let uncaught = Uncaught::watch();
    for order in 0..24 {
        let place = at("/echo");
        let ws = WebSocket::builder(&place.url).default_close_frame(LEFT).connect().await.unwrap();
        let (clone, ended) = (ws.sender(), ws.closed());
        let (sender, receiver) = ws.split();
        let mut parts: Vec<Box<dyn std::any::Any>> =
            vec![Box::new(clone), Box::new(ended), Box::new(sender), Box::new(receiver)];
        let mut rest = order;
        for left in (1..=4).rev() {
            drop(parts.remove(rest % left));
            rest /= left;
            if order % 2 == 0 {
                sleep(1).await;
            }
        }
        assert_eq!(place.saw().await.close(), Some((4100, "left".to_owned())), "order {order}");
    }
    uncaught.none().await;
}

#[peer_test]
async fn a_task_may_drop_or_close_the_socket_it_reads_in_the_message_it_gets() {
    let uncaught = Uncaught::watch();
    for closes in [false, true] {
        let place = at("/send?count=10&size=10&interval=5");
        let mut ws = WebSocket::builder(&place.url).default_close_frame(ASKED).connect().await.unwrap();
        spawn_local(async move {
            let _first = ws.recv().await;
            if closes {
                ws.close(ASKED);
            }
        });
        assert_eq!(place.saw().await.close(), Some((4000, "asked".to_owned())));
    }
    uncaught.none().await;
}

#[peer_test]
async fn a_close_listener_may_close_drop_and_reconnect_the_socket_it_runs_on() {
    let uncaught = Uncaught::watch();
    let (first, second) = (at("/close?code=4012&delay=30"), at("/echo"));
    let ws = WebSocket::connect(&first.url).await.unwrap();
    let raw = ws.as_raw().clone();
    let held = Rc::new(RefCell::new(Some(ws)));
    let (next, url) = (Rc::new(RefCell::new(None)), second.url.clone());
    let _listener = onclose::on_close(&raw, {
        let (held, next) = (Rc::clone(&held), Rc::clone(&next));
        move |event| {
            assert_eq!(event.code(), 4012);
            let ws = held.borrow_mut().take().unwrap();
            ws.close(ASKED);
            drop(ws);
            *next.borrow_mut() = Some(WebSocket::builder(&url).open().unwrap());
        }
    });
    until("it has reconnected", || next.borrow().is_some()).await;
    let ws = next.borrow_mut().take().unwrap();
    within(10_000, "the open", ws.opened()).await.unwrap();
    within(10_000, "the end", ws.close(ASKED)).await;
    assert_eq!(second.saw().await.close(), Some((4000, "asked".to_owned())));
    uncaught.none().await;
}

#[peer_test]
async fn giving_it_back_takes_no_deadline_from_who_waits() {
    let place = at("/answer?none");
    let builder = WebSocket::builder(&place.url).close_timeout(Duration::from_millis(300));
    // Closing had begun.
    let ws = builder.clone().connect().await.unwrap();
    let ended = ws.close(ASKED);
    drop(ws.into_raw());
    let closed = within(4_000, "the deadline", ended).await;
    assert_eq!((closed.cause(), closed.timed_out()), (CloseCause::Local, true));
    // It had not, and a handle asks for what is not its own any more.
    let place = at("/echo");
    let ws = builder.clone().connect().await.unwrap();
    let sender = ws.sender();
    let raw = ws.into_raw();
    let closed = within(4_000, "the deadline", sender.close(ASKED)).await;
    assert_eq!((closed.cause(), closed.timed_out(), closed.requested()), (CloseCause::Timeout, true, None));
    assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
    raw.close().unwrap();
    drop(place);
}

#[peer_test]
async fn who_waits_for_the_open_sees_it_after_the_socket_was_given_back() {
    let ws = WebSocket::builder(&at("/echo?accept_delay=100").url).open().unwrap();
    let sender = ws.sender();
    let raw = ws.into_raw();
    within(10_000, "the open", sender.opened()).await.unwrap();
    assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
    let ended = sender.closed();
    raw.close_with_code(4000).unwrap();
    let closed = within(10_000, "the end", ended).await;
    assert_eq!((closed.code().as_u16(), closed.was_open()), (4000, true));
}

#[peer_test]
async fn a_sink_that_is_being_closed_learns_that_the_socket_was_given_back() {
    let ws = WebSocket::builder(&at("/deaf").url).send_high_water_mark(usize::MAX).connect().await.unwrap();
    for _ in 0..24 {
        ws.send(vec![0; 1 << 20]).await.unwrap();
    }
    let mut sender = ws.sender();
    let closing = futures_util::SinkExt::close(&mut sender);
    let giving_back = async {
        sleep(50).await;
        ws.into_raw()
    };
    let both = join(closing, giving_back);
    let (closed, raw) = within(4_000, "the close", both).await;
    match closed {
        Err(error) => {
            assert_eq!(raw.ready_state(), web_sys::WebSocket::OPEN);
            assert!(error.is_closed());
        }
        // WebKit hands everything to its network process, before or after the sink has last read `bufferedAmount`.
        Ok(()) => assert_eq!((engine(), raw.buffered_amount()), (Engine::WebKit, 0)),
    }
}

#[peer_test]
async fn an_adopted_socket_takes_options() {
    let place = at("/answer?none");
    let raw = web_sys::WebSocket::new(&place.url).unwrap();
    until("it is open", || raw.ready_state() == web_sys::WebSocket::OPEN).await;
    let ws = WebSocket::builder(&raw.url()).close_timeout(Duration::from_millis(200)).from_raw(raw);
    assert!(within(3_000, "the deadline", ws.close(ASKED)).await.timed_out());
}
