//! Connections that the peer closes or never establishes, and what `CloseInfo` reports of them.
//!
//! Which engine reports which code is recorded by the fault matrix in `docs/engines.md`. These tests assert what holds
//! whatever the engine reports.

use crate::server::{at, at_hanging_handshake, at_unanswered_close};
use crate::support::*;
use futures_util::StreamExt as _;
use onclose::{CloseCause, CloseCode, CloseFrame, CloseInfo, ClosedFuture, ReadyState, WebSocket};
use onclose_test_macros::peer_test;
use std::time::Duration;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const SHORT: Duration = Duration::from_millis(100);

/// Connects to a route with `asked`, has it begin, and reads to the end of the stream. Returns how the connection closed,
/// and whether the stream ended with an error.
async fn read_to_end(route: &str) -> (CloseInfo, bool) {
    let mut ws = within("the open", WebSocket::connect(&at(route).url)).await.unwrap();
    ws.send("begin").await.unwrap();
    let mut failed = false;
    while let Some(message) = within("a message or the end of the stream", ws.recv()).await {
        assert!(!failed, "something follows the error: {route}");
        failed = message.is_err();
    }
    (ready("the close info", ws.closed()), failed)
}

#[peer_test]
async fn code_reason_and_clean_close_of_the_peer_are_reported() {
    for (code, name) in [(1000, Some("Normal Closure")), (1001, Some("Going Away")), (4999, None)] {
        let (info, failed) = read_to_end(&format!("/close?asked&code={code}&reason=because")).await;
        assert_eq!((info.code().as_u16(), info.code().name()), (code, name));
        assert_eq!((info.reason(), info.was_clean(), info.cause()), ("because", true, CloseCause::Remote));
        assert!(info.was_open() && info.requested().is_none() && !failed);
    }
}

#[peer_test]
async fn close_frame_without_a_code_is_1005_and_not_1000() {
    let (info, _) = read_to_end("/close?asked&empty").await;
    assert_eq!((info.code(), info.was_clean(), info.cause()), (CloseCode::NO_STATUS, true, CloseCause::Remote));
}

#[peer_test]
async fn longest_reason_arrives_whole() {
    let encoded = "%E2%82%AC".repeat(41);
    let (info, _) = read_to_end(&format!("/close?asked&code=4000&reason={encoded}")).await;
    assert_eq!(info.reason(), "€".repeat(41));
}

#[peer_test]
async fn invalid_close_frames_and_broken_protocol_neither_panic_nor_hang() {
    let codes = [0, 999, 1004, 1005, 1006, 1012, 1013, 1014, 1015, 1016, 2999, 5000, 65535];
    let mut routes: Vec<_> = codes.iter().map(|code| format!("/close?asked&code={code}")).collect();
    routes.extend(["/close?asked&raw=03", "/close?asked&raw=0fa0c328"].map(str::to_owned));
    routes.extend(["c1017a", "830161", "8102c328"].map(|hex| format!("/frames?asked&hex={hex}")));
    for route in routes {
        let (info, failed) = read_to_end(&route).await;
        // 1006 with a clean close was received: Firefox passes it on from the wire.
        let is_lost = info.code() == CloseCode::ABNORMAL && !info.was_clean();
        let cause = if is_lost { CloseCause::Lost } else { CloseCause::Remote };
        assert_eq!((info.cause(), failed), (cause, is_lost), "{route}: {info}");
        assert!(info.was_open() && info.requested().is_none() && !info.timed_out(), "{route}: {info:?}");
    }
}

#[peer_test]
async fn lost_connection_is_one_error_and_then_none() {
    for route in ["/drop?asked&how=fin", "/drop?asked&how=rst"] {
        let mut ws = WebSocket::connect(&at(route).url).await.unwrap();
        ws.send("begin").await.unwrap();
        let error = within("the error", ws.recv()).await.unwrap().unwrap_err();
        let info = error.close_info().unwrap();
        assert_eq!((info.code(), info.cause(), info.was_clean()), (CloseCode::ABNORMAL, CloseCause::Lost, false));
        assert!(info.was_open() && !info.timed_out());
        for _ in 0..2 {
            assert!(ready("the end of the stream", ws.recv()).is_none());
        }
        assert_eq!(&ready("the close info", ws.closed()), info);
        assert_eq!(ws.state(), ReadyState::Closed);
    }
}

#[peer_test]
async fn loop_that_only_logs_errors_terminates() {
    for route in ["/drop?asked&how=fin", "/drop?asked&how=rst", "/send?count=50&size=1000", "/echo", "/answer"] {
        let builder = WebSocket::builder(&at(route).url).recv_limit(5_000, CloseFrame::NORMAL);
        let mut ws = builder.close_timeout(SHORT).connect().await.unwrap();
        match route {
            "/echo" => {
                ws.as_raw().set_binary_type(web_sys::BinaryType::Blob);
                ws.send(vec![1]).await.unwrap();
            }
            "/answer" => drop(ws.close(CloseFrame::NORMAL)),
            // No message is taken before the limit is exceeded.
            "/send?count=50&size=1000" => drop(within("the overflow", ws.closed()).await),
            _ => ws.send("begin").await.unwrap(),
        }
        let mut errors = 0;
        while let Some(message) = within("a message or the end of the stream", ws.next()).await {
            errors += usize::from(message.is_err());
            assert!(errors < 10, "errors without end: {route}");
        }
        assert_eq!(errors, usize::from(route != "/answer"), "{route}");
    }
}

#[peer_test]
async fn close_right_after_the_handshake_is_reported_whether_or_not_it_opened() {
    for route in [
        "/drop?how=fin&with=101",
        "/drop?how=rst&with=101",
        "/close?code=4001&with=101",
        "/close?code=4001&with=101,fin",
    ] {
        let info = match within("the open or the close", WebSocket::connect(&at(route).url)).await {
            Ok(ws) => within("the close", ws.closed()).await,
            Err(error) => error.close_info().unwrap().clone(),
        };
        let code = info.code().as_u16();
        assert!(code == 1006 || (route.contains("4001") && code == 4001), "{route}: {info}");
        assert_eq!(info.cause(), if code == 1006 { CloseCause::Lost } else { CloseCause::Remote });
    }
}

#[peer_test]
async fn failed_handshake_is_lost_and_was_not_open() {
    for route in ["/refuse?status=401", "/refuse?status=404", "/handshake?fault=accept", "/handshake?fault=drop"] {
        let error = within("the failure", WebSocket::connect(&at(route).url)).await.unwrap_err();
        let info = error.close_info().unwrap();
        assert_eq!(
            (info.code(), info.cause(), info.was_open(), info.timed_out()),
            (CloseCode::ABNORMAL, CloseCause::Lost, false, false),
            "{route}"
        );
    }
}

#[peer_test]
async fn connect_timeout_of_a_hanging_handshake_closes_the_attempt() {
    let uncaught = UncaughtErrors::watch();
    let server = at_hanging_handshake();
    let raw = web_sys::WebSocket::new(&server.url).unwrap();
    // The timeout starts when the handshake has begun: Firefox waits before it connects to a path that has failed.
    server.until_handshake().await;
    let ws = WebSocket::builder("").connect_timeout(SHORT).from_raw(raw);
    let error = within("the connect timeout", ws.opened()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let info = error.close_info().unwrap();
    assert_eq!((info.cause(), info.timed_out(), info.code()), (CloseCause::Timeout, true, CloseCode::ABNORMAL));
    assert_eq!(info.requested(), None);
    assert!(ws.as_raw().ready_state() >= web_sys::WebSocket::CLOSING);
    // In Firefox it is the server that ends TCP: no script can.
    assert!(!server.record().await.is_upgraded());
    uncaught.assert_none().await;
}

/// Closes a connection in some way, and keeps it or drops it.
type Close = fn(WebSocket) -> (ClosedFuture, Option<WebSocket>);

#[peer_test]
async fn timed_out_tells_whether_the_browser_fired_close_in_time() {
    let closes: [(&str, Close, CloseCause); 4] = [
        ("close", |ws| (ws.close(ASKED), Some(ws)), CloseCause::Local),
        ("finish", |ws| (ws.finish(ASKED), Some(ws)), CloseCause::Local),
        ("drop", |ws| (ws.closed(), None), CloseCause::Local),
        ("another script", close_by_another_script, CloseCause::Timeout),
    ];
    for (name, close, cause) in closes {
        let server = at_unanswered_close();
        let ws = WebSocket::builder(&server.url).close_timeout(SHORT).connect().await.unwrap();
        let (closed, _ws) = close(ws);
        let info = within("the close timeout", closed).await;
        server.answer_close().await;
        assert_eq!((info.cause(), info.timed_out()), (cause, true), "{name}");
        assert_eq!((info.code(), info.was_clean()), (CloseCode::ABNORMAL, false), "{name}");
    }
    let ws = WebSocket::builder(&at("/answer").url).close_timeout(NEVER).connect().await.unwrap();
    assert!(!within("the answer", ws.close(ASKED)).await.timed_out());
    for route in ["/close?asked", "/drop?asked"] {
        assert!(!read_to_end(route).await.0.timed_out(), "{route}");
    }
}

/// Returns a client that did not start the close that it waits for.
fn close_by_another_script(ws: WebSocket) -> (ClosedFuture, Option<WebSocket>) {
    let raw = ws.into_raw();
    raw.close().unwrap();
    let ws = WebSocket::builder("").close_timeout(SHORT).from_raw(raw);
    (ws.closed(), Some(ws))
}

#[peer_test]
async fn every_waiter_early_late_or_detached_gets_the_same_close_info() {
    let ws = WebSocket::connect(&at("/close?asked&code=4007&reason=all").url).await.unwrap();
    let early: Vec<_> = (0..20).map(|_| ws.closed()).collect();
    ws.send("begin").await.unwrap();
    let (sender, receiver) = ws.split();
    let mut others = vec![sender.clone().closed(), receiver.closed()];
    let first = within("the close", sender.closed()).await;
    assert_eq!((first.code().as_u16(), first.reason()), (4007, "all"));
    others.extend([sender.closed(), receiver.closed(), sender.close(CloseFrame::NORMAL)]);
    drop((sender, receiver));
    for waiter in early.into_iter().chain(others) {
        assert_eq!(ready("the close info", waiter), first);
    }
}
