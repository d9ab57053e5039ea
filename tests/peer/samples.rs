//! The examples of the README and of the documentation, run as they stand. Every arm of each is reached.
#![allow(unreachable_pub)]

mod component;
mod events;

use crate::server::{at, at_hanging_handshake, at_unanswered_close};
use crate::support::*;
use js_sys::{Array, Function};
use onclose::CloseFrame;
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsValue;

const CLOSE: CloseFrame = CloseFrame::from_static(4000, "test");
const SHORT: Duration = Duration::from_millis(200);

/// Replaces `console.log` until it is dropped.
struct ConsoleLog {
    lines: Array,
    restore: Function,
}

impl ConsoleLog {
    fn capture() -> Self {
        let lines = Array::new();
        let patch = Function::new_with_args(
            "lines",
            "const log = console.log; console.log = (line) => lines.push(line); return () => { console.log = log; };",
        );
        let restore = patch.call1(&JsValue::NULL, &lines).unwrap().into();
        Self { lines, restore }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.as_string().unwrap()).collect()
    }
}

impl Drop for ConsoleLog {
    fn drop(&mut self) {
        self.restore.call0(&JsValue::NULL).unwrap();
    }
}

/// Collects what a sample logs.
fn log() -> (Rc<RefCell<Vec<String>>>, impl Fn(&str) + Clone + 'static) {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let log = {
        let lines = Rc::clone(&lines);
        move |line: &str| lines.borrow_mut().push(line.to_owned())
    };
    (lines, log)
}

mod quick_start_sample {
    include!("../../docs/samples/quick_start.rs");

    use super::*;
    use onclose::{CloseCause, CloseCode};

    /// What the sample logs, and how its connection closes.
    async fn chat_with(route: &str) -> (Vec<String>, CloseInfo) {
        let console = ConsoleLog::capture();
        let info = within("the chat", chat(&at(route).url)).await.unwrap();
        (console.lines(), info)
    }

    #[peer_test]
    async fn quick_start_logs_messages_until_the_server_closes() {
        let (lines, info) = chat_with("/send?count=2&size=3&kind=binary&asked&close=1000").await;
        assert_eq!(lines, ["3 bytes", "3 bytes"]);
        assert_eq!((info.cause(), info.code()), (CloseCause::Remote, CloseCode::NORMAL));
    }

    #[peer_test]
    async fn quick_start_closes_when_the_server_says_bye() {
        let server = at("/frames?hex=8103627965&asked&answer"); // a text frame with "bye"
        let info = within("the chat", chat(&server.url)).await.unwrap();
        assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&CloseFrame::NORMAL)));
        assert_eq!(server.record().await.last_text().as_deref(), Some("hello"));
    }

    #[peer_test]
    async fn quick_start_logs_a_lost_connection() {
        let (lines, info) = chat_with("/drop?asked").await;
        assert_eq!(info.cause(), CloseCause::Lost);
        assert!(lines.len() == 1 && lines[0].contains("1006"), "{lines:?}");
    }

    #[peer_test]
    async fn quick_start_logs_a_message_that_was_not_sent() {
        let console = ConsoleLog::capture();
        let patch = |script: &str| Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
        patch("this.send = WebSocket.prototype.send; WebSocket.prototype.send = () => { throw new Error('no') }");
        let info = chat(&at("/close?code=1000&delay=50").url).await;
        patch("WebSocket.prototype.send = this.send");
        assert_eq!(info.unwrap().code(), CloseCode::NORMAL);
        let lines = console.lines();
        assert!(lines.len() == 1 && lines[0].starts_with("not sent: "), "{lines:?}");
    }

    #[peer_test]
    async fn quick_start_reports_the_result_from_its_task() {
        for (url, result) in [(at("/close?code=1000&delay=50").url, "1000"), (UNREACHABLE_URL.to_owned(), "1006")] {
            let console = ConsoleLog::capture();
            start(url);
            until("the task logs its result", || console.lines().len() == 1).await;
            assert!(console.lines()[0].contains(result), "{:?}", console.lines());
        }
    }
}

mod closing_sample {
    include!("../../docs/samples/closing.rs");

    use super::*;
    use onclose::{CloseEvent, WebSocket};

    /// How a connection to this route closes, or why it could not be established.
    async fn result(url: &str) -> Result<CloseInfo, ConnectError> {
        Ok(WebSocket::connect(url).await?.closed().await)
    }

    #[peer_test]
    async fn closing_sample_does_not_reconnect_after_its_own_close() {
        let ws = WebSocket::builder(&at("/echo").url).close_timeout(NEVER).connect().await.unwrap();
        let info = within("the close", ws.close(CLOSE)).await;
        assert!(!info.timed_out() && !should_reconnect(&Ok(info)));
        let server = at_unanswered_close();
        let ws = WebSocket::builder(&server.url).close_timeout(SHORT).connect().await.unwrap();
        let info = within("the close timeout", ws.close(CLOSE)).await;
        assert!(info.timed_out() && !should_reconnect(&Ok(info)));
        server.answer_close().await;
    }

    #[peer_test]
    async fn closing_sample_decides_by_the_code_of_the_server() {
        for (code, again) in [(1000, false), (4001, false), (4002, true), (1011, true)] {
            let result = within("the close", result(&at(&format!("/close?code={code}&delay=30")).url)).await;
            assert_eq!(should_reconnect(&result), again, "{code}");
        }
    }

    #[peer_test]
    async fn closing_sample_reconnects_after_a_loss_a_refusal_and_a_timeout() {
        for url in [at("/drop?delay=30").url, at("/refuse?status=503").url] {
            assert!(should_reconnect(&within("the close", result(&url)).await), "{url}");
        }
        let builder = WebSocket::builder(&at_hanging_handshake().url).connect_timeout(SHORT);
        let error = within("the timeout", builder.connect()).await.unwrap_err();
        assert!(error.is_timeout() && should_reconnect(&Err(error)));
    }

    #[peer_test]
    async fn closing_sample_gives_up_on_an_invalid_url_and_on_what_the_browser_blocks() {
        let error = result("ws://[").await.unwrap_err();
        assert!(error.close_info().is_none() && !should_reconnect(&Err(error)));

        // What browsers do with a blocked socket, for those that have no such case without a CSP.
        let ws = WebSocket::from_raw(stalled_socket());
        run_script("Object.defineProperty(socket, 'readyState', { value: 3, configurable: true })", ws.as_raw());
        let closed = ws.closed();
        run_script("socket.dispatchEvent(new Event('error'))", ws.as_raw());
        let info = within("the grace time", closed).await;
        assert_eq!((info.cause(), should_reconnect(&Ok(info.clone()))), (CloseCause::Blocked, false));
        run_script("delete socket.readyState; socket.close()", ws.as_raw());
    }

    #[peer_test]
    async fn dispatched_close_is_not_taken_for_our_own() {
        let ws = WebSocket::connect(&at("/echo").url).await.unwrap();
        CloseEvent::new(4001, "", true).dispatch(ws.as_raw()).unwrap();
        assert!(!should_reconnect(&Ok(ws.closed().await)));
    }
}

mod builder_sample {
    include!("../../docs/samples/builder.rs");

    use super::*;

    #[peer_test]
    async fn builder_sample_connects_with_its_options() {
        let ws = connect(&at("/send?protocol=feed.v1&count=3&size=1000000&kind=binary").url).await.unwrap();
        assert_eq!(ws.protocol(), "feed.v1");
        let info = within("the overflow", ws.closed()).await;
        assert_eq!(info.requested(), Some(&TOO_SLOW));
    }
}

#[cfg(all(feature = "futures-io", feature = "tokio"))]
mod byte_stream_sample {
    include!("../../docs/samples/byte_stream.rs");

    use super::*;
    use onclose::CloseCause;

    #[peer_test]
    async fn byte_stream_sample_returns_lines_until_a_close_of_any_code() {
        for (code, hex) in [(1000, "03e8"), (1011, "03f3"), (4001, "0fa1")] {
            // Binary frames with "one\ntw" and "o\n", then Close.
            let server = at(&format!("/frames?asked&hex=82066f6e650a7477,wait,82026f0a,8802{hex}"));
            let socket = WebSocket::connect(&server.url).await.unwrap();
            let (lines, info) = within("the close", ask(socket, "go")).await.unwrap();
            assert_eq!((lines, info.code().as_u16()), (vec!["one".to_owned(), "two".to_owned()], code));
            assert_eq!(info.cause(), CloseCause::Remote);
        }
    }

    #[peer_test]
    async fn byte_stream_sample_closes_the_codec_after_an_empty_line() {
        // Binary frames with "one\n" and "\n", then what follows the client's Close frame.
        let server = at("/frames?asked&hex=82046f6e650a,82010a&answer");
        let socket = WebSocket::connect(&server.url).await.unwrap();
        let (lines, info) = within("the close", ask(socket, "go")).await.unwrap();
        assert_eq!((lines, info.cause()), (vec!["one".to_owned()], CloseCause::Local));
        assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
    }

    #[peer_test]
    async fn byte_stream_sample_fails_at_the_first_error() {
        let socket = WebSocket::connect(&at("/drop?asked").url).await.unwrap();
        let error = within("the loss", ask(socket, "go")).await.unwrap_err();
        assert!(matches!(error, LinesCodecError::Io(error) if error.kind() == io::ErrorKind::ConnectionReset));
        // A binary frame with "one\n", a text frame with "two\n", and a binary frame with an empty line.
        let server = at("/frames?asked&hex=82046f6e650a,810474776f0a,82010a&answer");
        let error = within("the text", ask(WebSocket::connect(&server.url).await.unwrap(), "go")).await.unwrap_err();
        assert!(matches!(error, LinesCodecError::Io(error) if error.kind() == io::ErrorKind::InvalidData));
    }

    #[peer_test]
    async fn byte_stream_sample_exchanges_bytes() {
        let server = at("/echo");
        let mut answer = [0; 4];
        let exchange = exchange(WebSocket::connect(&server.url).await.unwrap(), b"ping", &mut answer);
        within("the exchange", exchange).await.unwrap();
        assert_eq!(&answer, b"ping");
        assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
    }
}

mod recv_raw_sample {
    include!("../../docs/samples/recv_raw.rs");

    use super::*;
    use onclose::WebSocket;

    #[peer_test]
    async fn recv_raw_sample_copies_messages_and_skips_those_that_are_too_large() {
        let lengths = |route: &str, buffer: usize| {
            let url = at(route).url;
            async move {
                let (sender, receiver) = WebSocket::connect(&url).await.unwrap().split();
                sender.send("begin").await.unwrap();
                let mut lengths = Vec::new();
                let mut buffer = vec![0; buffer];
                receive(receiver, &mut buffer, |bytes| lengths.push(bytes.len())).await.map(|()| lengths)
            }
        };
        let route = "/send?asked&count=2&size=100&kind=binary&close=1000";
        assert_eq!(within("the close", lengths(route, 100)).await, Ok(vec![100, 100]));
        assert_eq!(within("the close", lengths(route, 99)).await, Ok(vec![]));
        assert!(within("the loss", lengths("/drop?asked", 1)).await.unwrap_err().is_lost());
    }
}

mod close_on_drop_sample {
    include!("../../docs/samples/close_on_drop.rs");

    use super::*;

    #[peer_test]
    async fn close_on_drop_sample_closes_when_the_component_is_dropped() {
        let uncaught = UncaughtErrors::watch();
        let server = at("/send?count=1&size=5");
        let (lines, show) = log();
        let component = mounted(&server.url, show);
        until("the message is shown", || lines.borrow().len() == 1).await;
        drop(component);
        assert_eq!(server.record().await.close_frame(), Some((4000, "left the page".to_owned())));
        until("the close is shown", || lines.borrow().len() == 2).await;
        assert!(lines.borrow()[1].starts_with("closed locally: 4000"), "{:?}", lines.borrow());
        let server = at("/send?count=1&size=5&accept_delay=1000");
        let component = mounted(&server.url, log().1);
        server.until_handshake().await;
        drop(component);
        server.assert_no_orphan().await;
        drop(mounted(&at("/echo").url, log().1));
        let (lines, show) = log();
        let _component = mounted(&at("/close?code=4001").url, show);
        until("the close is shown", || lines.borrow().len() == 1).await;
        assert!(lines.borrow()[0].starts_with("closed by the peer: 4001"), "{:?}", lines.borrow());
        uncaught.assert_none().await;
    }
}

mod one_error_sample {
    include!("../../docs/samples/one_error.rs");

    use super::*;

    #[peer_test]
    async fn one_error_sample_echoes_until_the_close_and_reports_a_loss() {
        for (end, is_lost) in [("close=4001", false), ("end=rst", true)] {
            let server = at("/obey");
            let socket = WebSocket::connect(&server.url).await.unwrap();
            let echoing = async {
                let ended = echo(socket).await;
                assert_eq!(matches!(ended, Err(Error::Recv(error)) if error.is_lost()), is_lost, "{end}");
            };
            let commanding = async {
                server.command("say=hi").await;
                server.until("the echo", |record| record.last_text().as_deref() == Some("hi")).await;
                server.command(end).await;
            };
            within("the end", futures_util::future::join(echoing, commanding)).await;
        }
    }

    #[peer_test]
    async fn one_error_sample_converts_to_a_transport() {
        let mut transport = Box::pin(transport(WebSocket::connect(&at("/echo").url).await.unwrap()));
        transport.send(Message::from("hi")).await.unwrap();
        assert_eq!(within("the echo", transport.next()).await.unwrap().unwrap(), Message::from("hi"));
        within("the close", transport.close()).await.unwrap();
        let error = transport.send(Message::from("late")).await.unwrap_err();
        assert!(matches!(error, Error::Send(error) if error.is_closed()));
    }
}

#[cfg(feature = "remote")]
mod remote_sample {
    include!("../../docs/samples/remote.rs");

    use super::*;

    #[peer_test]
    async fn remote_sample_asks_until_the_connection_closes() {
        let server = at("/obey");
        let console = ConsoleLog::capture();
        let mut transport = connect(&server.url).await.unwrap();
        let ask = async { transport.ask("question".to_owned()).await.unwrap() };
        let answer = async {
            server.until("the question", |record| record.last_text().as_deref() == Some("question")).await;
            server.command("say=answer").await;
        };
        let (answer, ()) = within("the answer", futures_util::future::join(ask, answer)).await;
        assert_eq!(answer, "answer");
        let ask = async { transport.ask("question".to_owned()).await.unwrap_err() };
        let close = async {
            server.until("the second question", |record| record.messages() == 2).await;
            server.command("close=4001").await;
        };
        let (error, ()) = within("the error", futures_util::future::join(ask, close)).await;
        let info = error.downcast_ref::<onclose::CloseInfo>().expect("a close instead of an answer is an error");
        assert_eq!((info.code().as_u16(), info.was_clean()), (4001, true));
        until("the driver logs the close", || console.lines().len() == 1).await;
        assert!(console.lines()[0].contains("4001"), "{:?}", console.lines());
        assert!(within("an error", transport.ask("late".to_owned())).await.is_err());
    }
}
