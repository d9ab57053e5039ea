//! The samples about events, of the browser and of connections.

use super::*;

mod observing_sample {
    include!("../../../docs/samples/observing.rs");

    use super::*;
    use onclose::CloseEvent;

    #[peer_test]
    async fn observing_sample_sees_the_close_of_another_owners_socket() {
        for (code, expected) in [(1012, true), (1000, false)] {
            let socket = web_sys::WebSocket::new(&at("/echo").url).unwrap();
            let (lines, log) = log();
            let observer = restarts(&socket, log);
            let dispatch = async { CloseEvent::new(code, "", true).dispatch(&socket).unwrap() };
            let (observed, ()) = futures_util::future::join(observer, dispatch).await;
            assert_eq!((observed.unwrap(), lines.borrow().len()), (expected, 1));
            socket.close().unwrap();
        }
        let socket = connecting_socket();
        abort(&socket);
        onclose::closed(&socket).await.unwrap();
        restarts(&socket, |_| ()).await.unwrap_err();
    }
}

mod dispatch_sample {
    include!("../../../docs/samples/dispatch.rs");

    use super::*;

    #[peer_test]
    async fn dispatch_sample_returns_the_code_that_the_handler_saw() {
        let socket = web_sys::WebSocket::new(&at("/echo").url).unwrap();
        assert_eq!(code_seen_by_handler(&socket), Ok(4001));
        socket.close().unwrap();
    }
}

mod on_message_sample {
    include!("../../../docs/samples/on_message.rs");

    use super::*;

    #[peer_test]
    async fn on_message_sample_echoes_and_logs_errors() {
        let server = at("/frames?hex=81026869,wait&asked&answer"); // a text frame with "hi"
        let (lines, log) = log();
        let (sender, listener) = echo(WebSocket::connect(&server.url).await.unwrap(), log.clone());
        sender.send("go").await.unwrap();
        server.until("the echo of the greeting", |record| record.last_text().as_deref() == Some("hi")).await;
        let closed = sender.close(CLOSE);
        // Browsers deliver no message now, but a script can dispatch one: its echo is refused.
        let message =
            Function::new_with_args("socket", "socket.dispatchEvent(new MessageEvent('message', { data: 'x' }))");
        let raw = web_sys::WebSocket::new(&at("/echo").url).unwrap();
        drop(closed);
        drop((listener, sender));
        assert!(lines.borrow().is_empty());
        assert_eq!(server.record().await.close_frame(), Some((4000, "test".to_owned())));

        let ws = WebSocket::from_raw(raw);
        let socket = ws.as_raw().clone();
        ws.opened().await.unwrap();
        let (sender, listener) = echo(ws, log.clone());
        drop(sender.close(CLOSE));
        message.call1(&JsValue::NULL, &socket).unwrap();
        assert!(lines.borrow().len() == 1 && lines.borrow()[0].starts_with("cannot send"), "{lines:?}");
        drop((listener, sender));

        lines.borrow_mut().clear();
        let (sender, listener) = echo(WebSocket::connect(&at("/drop?asked").url).await.unwrap(), log);
        sender.send("begin").await.unwrap();
        until("the loss is logged", || lines.borrow().len() == 1).await;
        drop((listener, sender));
    }
}

mod events_sample {
    include!("../../../docs/samples/events.rs");

    use super::*;

    #[peer_test]
    async fn events_sample_logs_messages_and_a_loss_and_returns_the_close() {
        // "ping", once the client has said anything.
        let server = at("/frames?hex=810470696e67&asked&answer");
        let socket = WebSocket::connect(&server.url).await.unwrap();
        let sender = socket.sender();
        let (lines, write) = log();
        let logging = log_until_closed(socket, write);
        let commanding = async {
            sender.send("begin").await.unwrap();
            server.until("the answer", |record| record.last_text().as_deref() == Some("pong")).await;
            sender.close(CLOSE).await
        };
        let (returned, info) = within("the close", futures_util::future::join(logging, commanding)).await;
        assert_eq!((returned, lines.take()), (Some(info), vec!["ping".to_owned()]));

        let socket = WebSocket::connect(&at("/drop?asked").url).await.unwrap();
        socket.send("begin").await.unwrap();
        let (lines, write) = log();
        let info = within("the loss", log_until_closed(socket, write)).await.unwrap();
        assert!(info.code().as_u16() == 1006 && lines.borrow().len() == 1 && lines.borrow()[0].contains("1006"));
    }
}

mod on_close_event_sample {
    include!("../../../docs/samples/on_close_event.rs");

    use super::*;

    #[peer_test]
    async fn on_close_event_sample_hands_the_event_of_the_browser_on() {
        let socket = web_sys::WebSocket::new(&at("/close?code=4001&reason=bye").url).unwrap();
        let seen = Rc::new(RefCell::new(None));
        let _listener = forward(&socket, {
            let seen = Rc::clone(&seen);
            move |event| *seen.borrow_mut() = Some(event)
        });
        until("the close", || seen.borrow().is_some()).await;
        let event = seen.borrow_mut().take().unwrap();
        assert_eq!((event.code(), event.reason(), event.is_trusted()), (4001, "bye".to_owned(), true));
    }
}
