//! Sockets of somebody else, with real ends; and what others see of ours.

use crate::server::at;
use crate::support::*;
use onclose::{CloseEvent, CloseFrame, WebSocket, closed, on_close};
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;

#[peer_test]
async fn the_event_is_the_same_as_a_future_a_closure_and_in_javascript() {
    let socket = web_sys::WebSocket::new(&at("/close?code=4006&reason=same&delay=50").url).unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let _listener = on_close(&socket, {
        let seen = Rc::clone(&seen);
        move |event| seen.borrow_mut().push(event)
    });
    let _javascript = listen(&socket, "close", {
        let seen = Rc::clone(&seen);
        move |event| {
            let text = |key| get(&event, key);
            let (code, clean) = (text("code").as_f64().unwrap() as u16, text("wasClean").is_truthy());
            seen.borrow_mut().push(CloseEvent::new(code, text("reason").as_string().unwrap(), clean));
        }
    });
    let event = within(10_000, "the end", closed(&socket)).await.unwrap();
    assert_eq!(event, CloseEvent::new(4006, "same", true));
    assert_eq!(*seen.borrow(), [event.clone(), event]);
}

#[peer_test]
async fn any_number_of_observers_come_and_go_while_it_is_open() {
    let socket = web_sys::WebSocket::new(&at("/close?code=4006&delay=100").url).unwrap();
    let kept: Vec<_> = (0..50).map(|_| closed(&socket)).collect();
    drop((0..50).map(|_| closed(&socket)).collect::<Vec<_>>());
    drop((0..50).map(|_| on_close(&socket, |_| {})).collect::<Vec<_>>());
    for event in futures_util::future::join_all(kept).await {
        assert_eq!(event.unwrap().code(), 4006);
    }
    within(3_000, "AlreadyClosed", closed(&socket)).await.unwrap_err();
}

#[peer_test]
async fn observing_does_not_close_and_dropping_the_observer_does_not_either() {
    let place = at("/echo");
    let socket = web_sys::WebSocket::new(&place.url).unwrap();
    drop(closed(&socket));
    until("it is open", || socket.ready_state() == web_sys::WebSocket::OPEN).await;
    drop(on_close(&socket, |_| {}));
    let echoes = Count::default();
    let _listening = listen(&socket, "message", {
        let echoes = echoes.clone();
        move |_| echoes.add()
    });
    socket.send_with_str("still here").unwrap();
    until("it is answered", || echoes.get() == 1).await;
    assert_eq!(socket.ready_state(), web_sys::WebSocket::OPEN);
    socket.close_with_code(4000).unwrap();
    assert_eq!(within(10_000, "the end", closed(&socket)).await.unwrap().code(), 4000);
}

#[peer_test]
async fn an_error_that_somebody_dispatches_on_an_open_socket_ends_nothing() {
    let gone = refused();
    fail(&gone);
    within(5_000, "the end", closed(&gone)).await.unwrap();
    let ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let (mut theirs, mut ours) = (closed(ws.as_raw()), ws.closed());
    ws.as_raw().dispatch_event(&web_sys::Event::new("error").unwrap()).unwrap();
    // As long as an event may take to follow an error, and begun later.
    within(3_000, "AlreadyClosed", closed(&gone)).await.unwrap_err();
    let (_, waker) = Bell::new();
    assert!(poll_once(&mut theirs, &waker).is_pending() && poll_once(&mut ours, &waker).is_pending());
    ws.close(CloseFrame::NORMAL);
    assert_eq!(within(10_000, "the end", theirs).await.unwrap(), *ours.await.event());
}

/// Whatever happens, another listener on our socket sees the browser's own events: each once, and trusted.
#[peer_test]
async fn no_event_is_faked_and_no_attribute_is_set() {
    for (route, closes) in [
        ("/close?code=4001&delay=50", false),
        ("/drop?how=fin&delay=50", false),
        ("/echo", true),
        ("/answer?code=4002&delay=50", true),
    ] {
        let place = at(route);
        let ws = WebSocket::connect(&place.url).await.unwrap();
        let raw = ws.as_raw().clone();
        assert!(raw.onclose().is_none() && raw.onerror().is_none());
        assert!(raw.onmessage().is_none() && raw.onopen().is_none());
        let trusted = Rc::new(RefCell::new(Vec::new()));
        let _listening = listen(&raw, "close", {
            let trusted = Rc::clone(&trusted);
            move |event| trusted.borrow_mut().push(get(&event, "isTrusted").is_truthy())
        });
        if closes {
            ws.close(CloseFrame::NORMAL);
            drop(ws);
        }
        until("the browser has told it", || !trusted.borrow().is_empty()).await;
        sleep(50).await;
        assert_eq!(*trusted.borrow(), [true], "{route}");
    }
}

#[peer_test]
async fn dropping_adds_no_close_event_before_the_browsers_or_after_it() {
    for (route, ended, expected) in [
        ("/echo", false, [1000, 1]),
        ("/answer?code=4051", false, [4051, 1]),
        ("/close?code=4001&delay=30", true, [4001, 1]),
    ] {
        let ws = WebSocket::connect(&at(route).url).await.unwrap();
        let raw = ws.as_raw().clone();
        let seen = Rc::new(RefCell::new(Vec::new()));
        let _listening = listen(&raw, "close", {
            let seen = Rc::clone(&seen);
            move |event| {
                let (code, trusted) = (get(&event, "code").as_f64().unwrap(), get(&event, "isTrusted").is_truthy());
                seen.borrow_mut().push([code as u16, u16::from(trusted)]);
            }
        });
        if ended {
            until("the browser has told it", || !seen.borrow().is_empty()).await;
        }
        let (sender, receiver) = ws.split();
        drop(sender);
        drop(receiver);
        assert_eq!(seen.borrow().len(), usize::from(ended), "nothing is told inside a drop");
        until("the browser has told it", || !seen.borrow().is_empty()).await;
        // Whatever a drop may have queued runs before this.
        sleep(0).await;
        assert_eq!(*seen.borrow(), [expected], "{route}");
    }
}

/// The same script on a raw socket and on ours: what we tell is what the browser told.
#[peer_test]
async fn what_we_tell_is_what_the_raw_socket_tells() {
    for route in [
        "/close?code=1000&delay=40",
        "/close?empty&delay=40",
        "/close?code=1013&delay=40",
        "/close?raw=0f&delay=40",
        "/close?code=4000&delay=40&with=fin",
        "/close?code=4000&delay=40&then=rst",
        "/drop?how=rst&delay=40",
        "/drop?how=fin&delay=40",
        "/frames?hex=wait,810161,c10161",
        "/refuse?status=503",
    ] {
        let raw = web_sys::WebSocket::new(&at(route).url).unwrap();
        let theirs = within(30_000, "the raw end", closed(&raw)).await.unwrap();
        let ours = match within(30_000, "the open", WebSocket::connect(&at(route).url)).await {
            Ok(ws) => within(30_000, "our end", ws.closed()).await,
            Err(error) => error.close_info().unwrap().clone(),
        };
        // A race in the engines themselves: two runs may differ in whether an end that came with the Close was clean.
        if route.contains("then=rst") || route.contains("with=fin") {
            assert_eq!(ours.code(), theirs.code(), "{route}");
        } else {
            assert_eq!(*ours.event(), theirs, "{route}");
        }
    }
}
