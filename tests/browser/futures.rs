//! The named futures: when they act, what they leave when they are dropped, and how they end.

use crate::support::*;
use crate::synthetic::{CreatedSockets, Simulation, deliver_to, listeners, socket};
use futures_util::future::FusedFuture;
use futures_util::select;
use onclose::{
    CloseEvent, CloseEventFuture, ClosedFuture, ConnectFuture, FlushFuture, OpenedFuture, RecvFuture, RecvRawFuture,
    SendFuture, WebSocket,
};
use std::task::Poll;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn connect_creates_the_socket_when_it_is_first_polled() {
    let created = CreatedSockets::watch();
    let invalid = WebSocket::connect("ws://[");
    for connect in [WebSocket::connect(UNREACHABLE_URL), WebSocket::builder(UNREACHABLE_URL).connect()] {
        drop(connect);
    }
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    assert_eq!(created.get().len(), 0, "created before the first poll");
    assert!(!connect.is_terminated());
    for _ in 0..2 {
        assert!(poll(&mut connect).is_pending());
        assert_eq!(created.get().len(), 1);
    }
    assert!(ready("the error", invalid).unwrap_err().open_error().is_some());
}

#[wasm_bindgen_test]
async fn dropped_connect_future_closes_the_socket_and_leaves_no_waker_and_no_listener() {
    let uncaught = UncaughtErrors::watch();
    for event in [None, Some("new Event('open')"), Some("new CloseEvent('close', { code: 4001, wasClean: true })")] {
        let created = CreatedSockets::watch();
        let mut connect = WebSocket::connect(UNREACHABLE_URL);
        let (counter, waker) = CountingWaker::new();
        assert!(poll_once(&mut connect, &waker).is_pending());
        drop(waker);
        let [raw] = created.get().try_into().unwrap();
        assert_eq!(listeners(&raw), "close error message open");
        // The future is dropped after this event, and before it is polled again.
        if let Some(event) = event {
            dispatch(&raw, event);
        }
        let wake_count = counter.wake_count();
        assert_eq!(wake_count, usize::from(event.is_some()), "{event:?}");
        drop(connect);
        assert!(counter.is_released(), "{event:?}");
        assert_eq!((listeners(&raw).as_str(), raw.ready_state()), ("", web_sys::WebSocket::CLOSING), "{event:?}");
        within("the close", onclose::closed(&raw)).await.unwrap();
        assert_eq!(counter.wake_count(), wake_count, "woken after the drop: {event:?}");
    }
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
fn dropping_a_completed_connect_future_leaves_its_socket_open() {
    let created = CreatedSockets::watch();
    let mut connect = WebSocket::connect(UNREACHABLE_URL);
    assert!(poll(&mut connect).is_pending());
    let [raw] = created.get().try_into().unwrap();
    dispatch(&raw, "new Event('open')");
    let Poll::Ready(Ok(ws)) = poll(&mut connect) else { panic!("it is not ready") };
    drop(connect);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CONNECTING, "the socket was closed");
    drop(ws);
    assert_eq!(raw.ready_state(), web_sys::WebSocket::CLOSING);
}

#[wasm_bindgen_test]
fn completed_connect_future_is_terminated_and_stays_pending() {
    for event in ["new Event('open')", "new CloseEvent('close', { code: 4001, wasClean: true })"] {
        let created = CreatedSockets::watch();
        let mut connect = WebSocket::connect(UNREACHABLE_URL);
        assert!(poll(&mut connect).is_pending() && !connect.is_terminated());
        dispatch(&created.get()[0], event);
        let Poll::Ready(result) = poll(&mut connect) else { panic!("it is not ready") };
        assert_eq!(result.is_ok(), event.contains("open"));
        let (counter, waker) = CountingWaker::new();
        for _ in 0..3 {
            assert!(connect.is_terminated());
            assert!(poll_once(&mut connect, &waker).is_pending());
        }
        drop(waker);
        assert!(counter.is_released(), "a completed future keeps a waker");
        assert_eq!(created.get().len(), 1, "it connects again");
    }
    let mut connect = WebSocket::connect("ws://[");
    assert!(poll(&mut connect).is_ready());
    assert!(connect.is_terminated() && poll(&mut connect).is_pending());
}

/// Polls a future until it completes, and once more, which must not panic.
fn completes<F: FusedFuture + Unpin>(name: &str, mut future: F, complete: impl FnOnce()) {
    assert!(!future.is_terminated(), "{name}: terminated before it was polled");
    assert!(poll(&mut future).is_pending(), "{name}: ready too early");
    assert!(!future.is_terminated(), "{name}: terminated while pending");
    complete();
    assert!(!future.is_terminated(), "{name}: terminated before it returned");
    assert!(poll(&mut future).is_ready(), "{name}: not ready");
    assert!(future.is_terminated(), "{name}: not terminated");
    drop(poll(&mut future));
}

#[wasm_bindgen_test]
fn futures_are_terminated_once_they_have_returned() {
    let close = |raw: &web_sys::WebSocket| CloseEvent::new(4001, "", true).dispatch(raw).unwrap();
    for opens in [true, false] {
        let created = CreatedSockets::watch();
        completes("connect", WebSocket::connect(UNREACHABLE_URL), || {
            let [raw] = created.get().try_into().unwrap();
            if opens { dispatch(&raw, "new Event('open')") } else { close(&raw) }
        });
        let ws = socket();
        completes("opened", ws.opened(), || {
            if opens { dispatch(ws.as_raw(), "new Event('open')") } else { close(ws.as_raw()) }
        });
    }

    // The futures that wait for a message are terminated when the stream is.
    let raw = connecting_socket();
    completes("recv", WebSocket::from_raw(raw.clone()).recv(), || close(&raw));
    let raw = connecting_socket();
    completes("recv_raw", WebSocket::from_raw(raw.clone()).recv_raw(), || close(&raw));
    let ws = socket();
    completes("closed", ws.closed(), || close(ws.as_raw()));
    let raw = connecting_socket();
    completes("the close event", onclose::closed(&raw), || close(&raw));

    let ws = WebSocket::builder("").send_high_water_mark(1).from_raw(connecting_socket());
    let simulation = Simulation::open(ws.as_raw());
    ws.try_send("x").unwrap();
    completes("send", ws.send("x"), || simulation.set_buffered(0));
    completes("flush", ws.flush(), || simulation.set_buffered(0));
    ws.try_send("x").unwrap();
    completes("send that fails", ws.send("x"), || close(ws.as_raw()));
}

/// Futures that a task keeps between polls: each has a name.
struct Stored<'a> {
    connect: ConnectFuture,
    opened: OpenedFuture<'a>,
    send: SendFuture<'a>,
    flush: FlushFuture<'a>,
    recv: RecvFuture<'a>,
    recv_raw: RecvRawFuture<'a>,
    closed: ClosedFuture,
    observed: CloseEventFuture,
}

#[wasm_bindgen_test]
fn futures_can_be_stored_and_used_in_select_without_fuse() {
    let (ws, mut reader, mut raw_reader) = (socket(), socket(), socket());
    let raws = [ws.as_raw().clone(), reader.as_raw().clone(), raw_reader.as_raw().clone()];
    let created = CreatedSockets::watch();
    let stored = Stored {
        connect: WebSocket::connect(UNREACHABLE_URL),
        opened: ws.opened(),
        send: ws.send("x"),
        flush: ws.flush(),
        recv: reader.recv(),
        recv_raw: raw_reader.recv_raw(),
        closed: ws.closed(),
        observed: onclose::closed(ws.as_raw()),
    };
    let Stored { mut connect, mut opened, mut send, mut flush, mut recv, mut recv_raw, mut closed, mut observed } =
        stored;
    let mut returned = Vec::new();
    let mut selected = Box::pin(async {
        loop {
            select! {
                result = connect => returned.push(("connect", result.is_ok())),
                result = opened => returned.push(("opened", result.is_ok())),
                result = send => returned.push(("send", result.is_ok())),
                result = flush => returned.push(("flush", result.is_ok())),
                message = recv => returned.push(("recv", matches!(message, Some(Ok(_))))),
                message = recv_raw => returned.push(("recv_raw", matches!(message, Some(Ok(_))))),
                info = closed => returned.push(("closed", info.was_clean())),
                event = observed => returned.push(("observed", event.is_ok())),
                complete => break,
            }
        }
    });
    assert!(poll(&mut selected).is_pending());
    dispatch(&created.get()[0], "new Event('open')");
    for raw in &raws {
        deliver_to(raw, &"x".into());
        CloseEvent::new(4001, "", true).dispatch(raw).unwrap();
    }
    ready("all futures", selected);
    returned.sort_unstable();
    // Nothing was sent before the close, so there is nothing left to flush. Like `StreamExt::next`, the futures that wait
    // for a message can be polled again until the stream has ended.
    assert_eq!(
        returned,
        [
            ("closed", true),
            ("connect", true),
            ("flush", true),
            ("observed", true),
            ("opened", false),
            ("recv", false),
            ("recv", true),
            ("recv_raw", false),
            ("recv_raw", true),
            ("send", false),
        ]
    );
}
