//! Sockets that do what no browser does by itself: in hosts that are no browsers, or patched by another script.

use crate::monkey_patching::event_with_data_getter;
use crate::support::*;
use crate::synthetic::Simulation;
use onclose::{CloseCause, CloseCode, CloseFrame, Message, ReadyState, WebSocket};
use std::cell::Cell;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::wasm_bindgen_test;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

/// Has `send` throw the value of this expression.
fn throw_in_send(raw: &web_sys::WebSocket, exception: &str) {
    run_script(&format!("socket.send = () => {{ throw ({exception}); }}"), raw);
}

#[wasm_bindgen_test]
fn exception_of_send_keeps_its_name_and_the_message() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let _simulation = Simulation::open(ws.as_raw());
    throw_in_send(ws.as_raw(), "new DOMException('too tired', 'QuotaExceededError')");
    for message in [Message::from("text"), Message::from(vec![1, 2])] {
        let errors = [ws.try_send(message.clone()), ready("the error", ws.send(message.clone()))];
        for error in errors.map(Result::unwrap_err) {
            assert!(!error.is_closed() && !error.is_full() && !error.is_connecting(), "{error}");
            let text = error.to_string();
            assert!(text.contains("QuotaExceededError") && text.contains("too tired"), "{text}");
            assert_eq!(error.into_message(), Some(message.clone()));
        }
    }
    assert_eq!(ws.state(), ReadyState::Open, "a message that was not sent closed the connection");
}

#[wasm_bindgen_test]
fn any_value_may_be_thrown_by_send() {
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let _simulation = Simulation::open(ws.as_raw());
    for exception in ["'words'", "null", "undefined", "7", "Symbol()", "{ get name() { throw 1 } }"] {
        throw_in_send(ws.as_raw(), exception);
        let error = ws.try_send("x").unwrap_err();
        assert!(!error.is_closed() && !error.to_string().is_empty(), "{exception}");
        assert_eq!(error.into_message(), Some(Message::from("x")));
    }
}

#[wasm_bindgen_test]
async fn close_that_throws_is_bounded_by_the_close_timeout() {
    let uncaught = UncaughtErrors::watch();
    let ws = WebSocket::builder("").close_timeout(Duration::from_millis(50)).from_raw(stalled_socket());
    run_script("socket.close = () => { throw new DOMException('no', 'InvalidAccessError'); }", ws.as_raw());
    let info = within("the close timeout", ws.close(ASKED)).await;
    assert_eq!((info.cause(), info.timed_out()), (CloseCause::Local, true));
    assert_eq!((info.code(), info.requested()), (CloseCode::ABNORMAL, Some(&ASKED)));
    run_script("delete socket.close; socket.close()", ws.as_raw());
    uncaught.assert_none().await;
}

#[wasm_bindgen_test]
async fn events_of_any_class_are_handled_by_their_type() {
    let uncaught = UncaughtErrors::watch();
    for class in ["Event", "CustomEvent", "MessageEvent", "ErrorEvent", "CloseEvent"] {
        let mut ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
        dispatch(ws.as_raw(), &format!("new {class}('error')"));
        assert_eq!(ws.state(), ReadyState::Connecting, "closed by an error alone");
        dispatch(ws.as_raw(), &format!("new {class}('message')"));
        dispatch(ws.as_raw(), &format!("new {class}('close')"));
        let info = ready("the close info", ws.closed());
        // A `CloseEvent` without fields has the code 0.
        let code = if class == "CloseEvent" { 0 } else { 1006 };
        assert_eq!((info.code().as_u16(), info.reason(), info.was_clean()), (code, "", false), "{class}");
        assert!(ready("the error", ws.recv()).unwrap().unwrap_err().is_unreadable(), "{class}");
        assert!(ready("the end of the stream", ws.recv()).is_none());
    }
    uncaught.assert_none().await;
}

/// Patches `setTimeout` to fire `close` on a socket synchronously, and to set no timer.
fn set_timeout_that_closes(socket: &web_sys::WebSocket) -> PatchedGlobal {
    let patch = run_script(
        "return () => {
             socket.dispatchEvent(new CloseEvent('close', { code: 4002, wasClean: true }));
             return 0;
         }",
        socket,
    );
    PatchedGlobal::set("setTimeout", &patch)
}

#[wasm_bindgen_test]
fn set_timeout_that_closes_the_socket_synchronously_does_not_panic() {
    let observed = connecting_socket();
    let mut closed = onclose::closed(&observed);
    {
        let _patch = set_timeout_that_closes(&observed);
        dispatch(&observed, "new Event('error')");
    }
    let Poll::Ready(Ok(event)) = poll(&mut closed) else { panic!("the close was missed") };
    assert_eq!(event.code(), 4002);
    abort(&observed);

    let ws = WebSocket::builder(UNREACHABLE_URL).send_high_water_mark(1).open().unwrap();
    let _simulation = Simulation::open(ws.as_raw());
    ws.try_send("fills the buffer").unwrap();
    let mut send = ws.send("waits for capacity");
    {
        let _patch = set_timeout_that_closes(ws.as_raw());
        assert!(poll(&mut send).is_pending());
    }
    let Poll::Ready(Err(error)) = poll(&mut send) else { panic!("the close was missed") };
    assert_eq!(error.close_info().map(|info| info.code()), Some(CloseCode::new(4002)));
}

#[wasm_bindgen_test]
async fn ready_state_getter_that_starts_another_grace_timer_loses_no_wait() {
    let socket = stalled_socket();
    run_script(
        "let reads = 0;
         Object.defineProperty(socket, 'readyState', { configurable: true, get: () => {
             reads += 1;
             if (reads === 2) socket.dispatchEvent(new Event('error'));
             return reads > 2 ? 3 : 0;
         } })",
        &socket,
    );
    let closed = onclose::closed(&socket);
    dispatch(&socket, "new Event('error')");
    within("the timer that was started by the getter", closed).await.unwrap_err();
}

#[wasm_bindgen_test]
async fn set_timeout_that_calls_back_synchronously_does_not_replace_a_later_timer() {
    let socket = stalled_socket();
    let closed = onclose::closed(&socket);
    {
        let patch = run_script(
            "const original = globalThis.setTimeout;
             socket.state = 0;
             Object.defineProperty(socket, 'readyState', { configurable: true, get: () => socket.state });
             return (callback) => {
                 globalThis.setTimeout = original;
                 callback();
                 socket.dispatchEvent(new Event('error'));
                 socket.state = 3;
                 return 0;
             };",
            &socket,
        );
        let _patch = PatchedGlobal::set("setTimeout", &patch);
        dispatch(&socket, "new Event('error')");
    }
    within("the timer that was started while another was set", closed).await.unwrap_err();
}

#[wasm_bindgen_test]
fn missing_clear_timeout_loses_no_wake() {
    let timers = Timers::record();
    let (counter, waker) = CountingWaker::new();
    let observed = connecting_socket();
    let mut closed = onclose::closed(&observed);
    let ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
    let mut opened = ws.opened();
    assert!(poll_once(&mut closed, &waker).is_pending());
    assert!(poll_once(&mut opened, &waker).is_pending());
    {
        let _patch = PatchedGlobal::delete("clearTimeout");
        dispatch(&observed, "new Event('error')");
        dispatch(&observed, "new CloseEvent('close', { code: 4002, wasClean: true })");
        dispatch(ws.as_raw(), "new Event('open')");
    }
    assert_eq!(counter.wake_count(), 2);
    assert!(matches!(poll(&mut closed), Poll::Ready(Ok(event)) if event.code() == 4002));
    assert!(poll(&mut opened).is_ready());
    abort(&observed);
    timers.clear_all();
}

#[wasm_bindgen_test]
async fn data_getter_may_call_into_the_socket() {
    for (call, code) in [("state", None), ("send", None), ("close", Some(ASKED))] {
        let mut ws = WebSocket::builder(UNREACHABLE_URL).open().unwrap();
        let sender = ws.sender();
        let reads = Rc::new(Cell::new(0));
        let count = Rc::clone(&reads);
        let data = Closure::<dyn Fn() -> JsValue>::own_assert_unwind_safe(move || {
            count.set(count.get() + 1);
            match call {
                "state" => assert_eq!(sender.state(), ReadyState::Connecting),
                "send" => assert!(sender.try_send("x").unwrap_err().is_connecting()),
                _ => drop(sender.close(ASKED)),
            }
            JsValue::from_str("data")
        });
        ws.as_raw().dispatch_event(&event_with_data_getter(&data)).unwrap();
        assert_eq!(reads.get(), 1, "{call}");
        assert_eq!(ready("the message", ws.recv()).unwrap().unwrap(), Message::from("data"), "{call}");
        abort(ws.as_raw());
        assert_eq!(within("the close", ws.closed()).await.requested(), code.as_ref(), "{call}");
    }
}

#[wasm_bindgen_test]
async fn refused_connection_that_stays_connecting_in_node_22_ends_as_lost() {
    let raw = stalled_socket();
    let simulation = Simulation::start(&raw, web_sys::WebSocket::CONNECTING);
    let ws = WebSocket::builder("").connect_timeout(NEVER).from_raw(raw.clone());
    // No `close` follows, and the state does not change.
    dispatch(&raw, "new Event('error')");
    let error = within("the refusal", ws.opened()).await.unwrap_err();
    let info = error.close_info().unwrap();
    assert_eq!((info.cause(), info.timed_out(), info.was_open()), (CloseCause::Lost, false, false));
    assert!(simulation.closed_with().is_some() || ws.state() == ReadyState::Closed);
}
