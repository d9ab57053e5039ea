//! Existing sockets with real closes, and what other listeners see of the client's own sockets.

use crate::server::at;
use crate::support::*;
use onclose::{CloseEvent, CloseFrame, WebSocket, closed, on_close};
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;

#[peer_test]
async fn future_callback_and_javascript_listener_get_the_same_event() {
    let socket = web_sys::WebSocket::new(&at("/close?code=4006&reason=same").url).unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let _guard = on_close(&socket, {
        let seen = Rc::clone(&seen);
        move |event| seen.borrow_mut().push(event)
    });
    let _listener = listen(&socket, "close", {
        let seen = Rc::clone(&seen);
        move |event| {
            let (code, was_clean) = (get(&event, "code").as_f64().unwrap() as u16, get(&event, "wasClean"));
            let reason = get(&event, "reason").as_string().unwrap();
            seen.borrow_mut().push(CloseEvent::new(code, reason, was_clean.is_truthy()));
        }
    });
    let event = within("the close", closed(&socket)).await.unwrap();
    assert_eq!(event, CloseEvent::new(4006, "same", true));
    assert_eq!(*seen.borrow(), [event.clone(), event]);
}

#[peer_test]
async fn any_number_of_observers_may_be_added_and_dropped() {
    let server = at("/obey");
    let socket = web_sys::WebSocket::new(&server.url).unwrap();
    until("it is open", || socket.ready_state() == web_sys::WebSocket::OPEN).await;
    let kept: Vec<_> = (0..50).map(|_| closed(&socket)).collect();
    drop((0..50).map(|_| closed(&socket)).collect::<Vec<_>>());
    drop((0..50).map(|_| on_close(&socket, |_| {})).collect::<Vec<_>>());
    server.command("close=4006").await;
    for event in within("the close", futures_util::future::join_all(kept)).await {
        assert_eq!(event.unwrap().code(), 4006);
    }
    within("AlreadyClosed", closed(&socket)).await.unwrap_err();
}

#[peer_test]
async fn observing_and_dropping_the_observer_leave_the_socket_open() {
    let socket = web_sys::WebSocket::new(&at("/echo").url).unwrap();
    drop(closed(&socket));
    until("it is open", || socket.ready_state() == web_sys::WebSocket::OPEN).await;
    drop(on_close(&socket, |_| {}));
    let echoes = Counter::default();
    let _listener = listen(&socket, "message", {
        let echoes = echoes.clone();
        move |_| echoes.increment()
    });
    socket.send_with_str("still here").unwrap();
    until("the echo arrives", || echoes.get() == 1).await;
    assert_eq!(socket.ready_state(), web_sys::WebSocket::OPEN);
    socket.close_with_code(4000).unwrap();
    assert_eq!(within("the close", closed(&socket)).await.unwrap().code(), 4000);
}

#[peer_test]
async fn dispatched_error_on_an_open_socket_does_not_close() {
    let missed = connecting_socket();
    abort(&missed);
    within("the close", closed(&missed)).await.unwrap();
    let ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let (mut observed, mut own) = (closed(ws.as_raw()), ws.closed());
    dispatch(ws.as_raw(), "new Event('error')");
    // Its grace timer is set after the two that the error has started, with the same delay, so it fires after them.
    within("AlreadyClosed", closed(&missed)).await.unwrap_err();
    assert!(poll(&mut observed).is_pending() && poll(&mut own).is_pending());
    ws.close(CloseFrame::NORMAL);
    assert_eq!(within("the close", observed).await.unwrap(), *within("the close", own).await.event());
}

/// Code and `isTrusted` of each event.
type Seen = Rc<RefCell<Vec<(u16, bool)>>>;

/// Collects the `close` events that a listener of another script gets.
fn collect_close_events(raw: &web_sys::WebSocket) -> (Seen, EventListener) {
    let seen = Seen::default();
    let listener = listen(raw, "close", {
        let seen = Rc::clone(&seen);
        move |event| {
            let code = get(&event, "code").as_f64().unwrap() as u16;
            seen.borrow_mut().push((code, get(&event, "isTrusted").is_truthy()));
        }
    });
    (seen, listener)
}

#[peer_test]
async fn no_event_is_synthesized_and_no_attribute_is_set() {
    for (route, code, closes) in [
        ("/close?asked&code=4001", 4001, false),
        ("/drop?asked&how=fin", 1006, false),
        ("/echo", 1000, true),
        ("/answer?code=4002", 4002, true),
    ] {
        let ws = WebSocket::connect(&at(route).url).await.unwrap();
        let raw = ws.as_raw().clone();
        assert!(raw.onclose().is_none() && raw.onerror().is_none());
        assert!(raw.onmessage().is_none() && raw.onopen().is_none());
        let (seen, _listener) = collect_close_events(&raw);
        if closes {
            ws.close(CloseFrame::NORMAL);
            drop(ws);
        } else {
            ws.send("begin").await.unwrap();
            within("the close", ws.closed()).await;
        }
        until("the browser fires close", || !seen.borrow().is_empty()).await;
        // Runs after any timer that could have been set to 0 ms.
        sleep(0).await;
        assert_eq!(*seen.borrow(), [(code, true)], "{route}");
    }
}

#[peer_test]
async fn drop_adds_no_close_event_before_or_after_that_of_the_browser() {
    for (route, is_closed, code) in
        [("/echo", false, 1000), ("/answer?code=4051", false, 4051), ("/close?asked&code=4001", true, 4001)]
    {
        let ws = WebSocket::connect(&at(route).url).await.unwrap();
        let raw = ws.as_raw().clone();
        let (seen, _listener) = collect_close_events(&raw);
        if is_closed {
            ws.send("begin").await.unwrap();
            until("the browser fires close", || !seen.borrow().is_empty()).await;
        }
        let (sender, receiver) = ws.split();
        drop(sender);
        drop(receiver);
        assert_eq!(seen.borrow().len(), usize::from(is_closed), "an event inside a drop");
        until("the browser fires close", || !seen.borrow().is_empty()).await;
        sleep(0).await;
        assert_eq!(*seen.borrow(), [(code, true)], "{route}");
    }
}

#[peer_test]
async fn close_info_has_the_event_that_the_browser_fired() {
    for route in [
        "/close?code=1000",
        "/close?empty",
        "/close?code=1013",
        "/close?raw=0f",
        "/close?code=4000&with=fin",
        "/close?code=4000&with=rst",
        "/close?code=4000&then=rst",
        "/drop?how=rst",
        "/drop?how=fin",
        "/frames?hex=810161,c10161",
        "/refuse?status=503",
    ] {
        let ws = WebSocket::builder(&at(route).url).open().unwrap();
        // A listener of another script, on the same socket: two connections could close differently.
        let observed = closed(ws.as_raw());
        let info = within("the close", ws.closed()).await;
        assert_eq!(*info.event(), within("the event", observed).await.unwrap(), "{route}");
        assert!(!info.timed_out(), "{route}");
    }
}
