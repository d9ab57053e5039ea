//! Ends that the peer brings about, and connections it never makes.

use crate::server::at;
use crate::support::*;
use futures_util::StreamExt as _;
use onclose::{CloseCause, CloseCode, CloseFrame, CloseInfo, ReadyState, WebSocket};
use onclose_test_macros::peer_test;
use std::time::Duration;

async fn end_of(route: &str) -> CloseInfo {
    let mut ws = WebSocket::connect(&at(route).url).await.unwrap();
    while let Some(Ok(_)) = within(15_000, "a message or the end", ws.recv()).await {}
    within(100, "a known end", ws.closed()).await
}

#[peer_test]
async fn the_peers_code_reason_and_clean_end_are_told() {
    for (code, name) in [
        (1000, Some("Normal Closure")),
        (1001, Some("Going Away")),
        (1011, Some("Internal Error")),
        (3008, Some("Timeout")),
        (4999, None),
    ] {
        let closed = end_of(&format!("/close?code={code}&reason=because&delay=30")).await;
        assert_eq!((closed.code().as_u16(), closed.code().name()), (code, name));
        assert_eq!((closed.reason(), closed.was_clean(), closed.cause()), ("because", true, CloseCause::Remote));
        assert!(closed.was_open() && closed.requested().is_none());
    }
}

#[peer_test]
async fn no_code_is_1005_and_not_1000() {
    let closed = end_of("/close?empty&delay=30").await;
    assert_eq!((closed.code(), closed.was_clean(), closed.cause()), (CloseCode::NO_STATUS, true, CloseCause::Remote));
}

#[peer_test]
async fn the_longest_reason_arrives_whole() {
    let reason = "€".repeat(41);
    let encoded = "%E2%82%AC".repeat(41);
    assert_eq!(end_of(&format!("/close?code=4000&reason={encoded}&delay=30")).await.reason(), reason);
}

#[peer_test]
async fn codes_younger_than_the_protocol_are_told_where_the_engine_tells_them() {
    for code in [CloseCode::SERVICE_RESTART, CloseCode::TRY_AGAIN_LATER, CloseCode::BAD_GATEWAY] {
        let place = at(&format!("/close?code={}&delay=30", code.as_u16()));
        let ws = WebSocket::connect(&place.url).await.unwrap();
        let closed = within(15_000, "the end", ws.closed()).await;
        let answer = place.saw().await.close().map(|(code, _)| code);
        match engine() {
            // Turns it into a broken protocol.
            Engine::WebKit => {
                assert_eq!((closed.code(), closed.cause()), (CloseCode::ABNORMAL, CloseCause::Lost));
                assert_eq!(answer, Some(1002));
            }
            _ => {
                assert_eq!((closed.code(), closed.cause()), (code, CloseCause::Remote));
                assert_eq!(answer, Some(code.as_u16()));
            }
        }
    }
}

#[peer_test]
async fn codes_outside_of_every_rule_neither_panic_nor_hang() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        let closed = end_of(&format!("/close?code={code}&delay=30")).await;
        let passes = match engine() {
            Engine::Chromium => ![1005, 1006, 1015].contains(&code),
            Engine::Firefox => true,
            Engine::WebKit => false,
        };
        let expected = if passes { (code, true, CloseCause::Remote) } else { (1006, false, CloseCause::Lost) };
        assert_eq!((closed.code().as_u16(), closed.was_clean(), closed.cause()), expected, "{code}");
    }
}

#[peer_test]
async fn a_malformed_close_neither_panics_nor_hangs() {
    for route in [
        "/close?raw=03&delay=30",
        "/close?raw=0fa0c328&delay=30",
        "/frames?hex=wait,c1017a",
        "/frames?hex=wait,830161",
        "/frames?hex=wait,8102c328",
    ] {
        let closed = end_of(route).await;
        assert!(closed.was_open(), "{route}");
        // Firefox takes one byte for none.
        let forgiven = engine() == Engine::Firefox && route.contains("raw=03");
        let expected = if forgiven { (1005, CloseCause::Remote) } else { (1006, CloseCause::Lost) };
        assert_eq!((closed.code().as_u16(), closed.cause()), expected, "{route}");
    }
}

#[peer_test]
async fn a_lost_connection_is_one_error_and_then_the_end() {
    for route in ["/drop?how=fin&delay=50", "/drop?how=rst&delay=50"] {
        let mut ws = WebSocket::connect(&at(route).url).await.unwrap();
        let error = within(15_000, "the end", ws.recv()).await.unwrap().unwrap_err();
        let closed = error.close_info().unwrap();
        assert_eq!((closed.code(), closed.cause(), closed.was_clean()), (CloseCode::ABNORMAL, CloseCause::Lost, false));
        assert!(closed.was_open());
        assert!(ws.recv().await.is_none() && ws.recv().await.is_none());
        assert_eq!(&ws.closed().await, closed);
        assert_eq!(ws.state(), ReadyState::Closed);
    }
}

#[peer_test]
async fn a_reader_that_only_logs_errors_comes_to_an_end() {
    for route in
        ["/drop?how=fin&delay=50", "/drop?how=rst&delay=50", "/send?count=50&size=1000", "/echo", "/answer?none"]
    {
        let builder = WebSocket::builder(&at(route).url).recv_limit(5_000, CloseFrame::NORMAL);
        let mut ws = builder.close_timeout(Duration::from_millis(200)).connect().await.unwrap();
        match route {
            "/echo" => {
                ws.as_raw().set_binary_type(web_sys::BinaryType::Blob);
                ws.send(vec![1]).await.unwrap();
            }
            "/answer?none" => drop(ws.close(CloseFrame::NORMAL)),
            // Nothing is taken before it is too much.
            "/send?count=50&size=1000" => drop(within(15_000, "the overflow", ws.closed()).await),
            _ => {}
        }
        let mut errors = 0;
        while let Some(message) = within(15_000, "a message or the end", ws.next()).await {
            errors += usize::from(message.is_err());
            assert!(errors < 10, "errors without end: {route}");
        }
        // A stream that this endpoint closed ends quietly, whether or not the peer answers.
        assert_eq!(errors, usize::from(route != "/answer?none"), "{route}");
    }
}

#[peer_test]
async fn an_end_at_the_very_start_is_told_whether_or_not_it_opened() {
    for route in [
        "/drop?how=fin&with=101",
        "/drop?how=rst&with=101",
        "/close?code=4001&with=101",
        "/close?code=4001&with=101,fin",
    ] {
        let told = match within(15_000, "an answer", WebSocket::connect(&at(route).url)).await {
            Ok(ws) => within(15_000, "the end", ws.closed()).await,
            Err(error) => error.close_info().unwrap().clone(),
        };
        let code = told.code().as_u16();
        assert!(code == 1006 || (route.contains("4001") && code == 4001), "{route}: {told}");
        assert_eq!(told.cause(), if code == 1006 { CloseCause::Lost } else { CloseCause::Remote });
    }
}

#[peer_test]
async fn a_refused_handshake_keeps_its_event_and_tells_no_more() {
    for route in ["/refuse?status=401", "/refuse?status=404", "/handshake?fault=accept", "/handshake?fault=drop"] {
        let error = within(30_000, "a refusal", WebSocket::connect(&at(route).url)).await.unwrap_err();
        let closed = error.close_info().unwrap();
        assert_eq!(
            (closed.code(), closed.cause(), closed.was_open()),
            (CloseCode::ABNORMAL, CloseCause::Lost, false),
            "{route}"
        );
    }
}

#[peer_test]
async fn a_handshake_that_hangs_ends_at_our_deadline() {
    let uncaught = Uncaught::watch();
    let place = at("/handshake?fault=hang");
    let connect = WebSocket::builder(&place.url).connect_timeout(Duration::from_millis(300)).connect();
    let error = within(10_000, "the deadline", connect).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let closed = error.close_info().unwrap();
    assert_eq!((closed.cause(), closed.code(), closed.requested()), (CloseCause::Timeout, CloseCode::ABNORMAL, None));
    let saw = place.saw_within(4_000).await;
    assert!(!saw.upgraded());
    // Firefox keeps TCP open after any script's close() in this state, and nothing in script can end it.
    assert_eq!(saw.end() == "open", engine() == Engine::Firefox);
    uncaught.none().await;
}

#[peer_test]
async fn every_waiter_early_late_or_detached_gets_the_same_end() {
    let ws = WebSocket::connect(&at("/close?code=4007&reason=all&delay=100").url).await.unwrap();
    let early: Vec<_> = (0..20).map(|_| ws.closed()).collect();
    let (sender, receiver) = ws.split();
    let mut others = vec![sender.clone().closed(), receiver.closed()];
    let first = within(15_000, "the end", sender.closed()).await;
    assert_eq!((first.code().as_u16(), first.reason()), (4007, "all"));
    others.extend([sender.closed(), receiver.closed(), sender.close(CloseFrame::NORMAL)]);
    drop((sender, receiver));
    for waiter in early.into_iter().chain(others) {
        assert_eq!(within(1_000, "a known end", waiter).await, first);
    }
}
