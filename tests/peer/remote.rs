//! Remote handles on the thread of the socket; `remote_threads.rs` has them on others.

mod drops;

use crate::server::{at, at_unanswered_close, full_socket};
use crate::support::*;
use futures_util::future::{AbortHandle, abortable, join_all};
use futures_util::{SinkExt, StreamExt};
use onclose::{
    CloseCause, CloseCode, CloseFrame, CloseInfo, Message, ReadyState, RemoteWebSocket, WebSocket, WebSocketBuilder,
};
use onclose_test_macros::peer_test;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

/// The driver in a task of its own.
struct Driver {
    result: Rc<RefCell<Option<CloseInfo>>>,
    abort: AbortHandle,
}

impl Driver {
    async fn result(&self) -> CloseInfo {
        until("the driver has completed", || self.result.borrow().is_some()).await;
        self.result.borrow().clone().unwrap()
    }

    /// Drops the driver, as an app does whose task is aborted.
    fn drop_early(&self) {
        self.abort.abort();
    }
}

fn spawn(socket: WebSocket) -> (RemoteWebSocket, Driver) {
    let (remote, driver) = socket.into_remote();
    let (driver, abort) = abortable(driver);
    let result = Rc::new(RefCell::new(None));
    let stored = Rc::clone(&result);
    spawn_local(async move {
        let info = driver.await.ok();
        *stored.borrow_mut() = info;
    });
    (remote, Driver { result, abort })
}

async fn remote(route: &str) -> (RemoteWebSocket, Driver) {
    spawn(WebSocket::connect(&at(route).url).await.unwrap())
}

#[peer_test]
async fn echoes_arrive_and_every_waiter_gets_the_same_close() {
    let server = at("/echo");
    let socket = WebSocket::builder(&server.url).protocols(["chat"]).connect().await.unwrap();
    let local = socket.closed();
    let (mut remote, driver) = spawn(socket);
    assert_eq!((remote.url(), remote.protocol(), remote.state()), (server.url.as_str(), "chat", ReadyState::Open));
    for message in [Message::from("é"), Message::from(vec![0, 255]), Message::from("")] {
        remote.send(message.clone()).await.unwrap();
        assert_eq!(within("the echo", remote.recv()).await.unwrap().unwrap(), message);
    }
    let (before, closing) = (remote.closed(), remote.close(ASKED));
    let info = within("the close", closing.clone()).await;
    assert_eq!((info.cause(), info.code().as_u16(), info.requested()), (CloseCause::Local, 4000, Some(&ASKED)));
    assert_eq!(within("an early waiter", before).await, info);
    assert_eq!(ready("a late waiter", remote.closed()), info);
    assert_eq!(within("the local waiter", local).await, info);
    assert_eq!(driver.result().await, info);
    assert_eq!((remote.state(), within("the end", remote.recv()).await), (ReadyState::Closed, None));
    let error = remote.send("late").await.unwrap_err();
    assert!(error.is_closed() && !error.is_driver_dropped() && error.close_info() == Some(&info));
    assert_eq!(error.into_message(), Some(Message::from("late")));
}

#[peer_test]
async fn messages_of_all_handles_go_out_in_the_order_of_their_first_polls() {
    let (mut remote, _driver) = remote("/echo").await;
    let senders: Vec<_> = (0..5).map(|_| remote.sender()).collect();
    let mut sinks: Vec<_> = (0..5).map(|_| remote.sender()).collect();
    let mut sends = Vec::new();
    for round in 0..20 {
        for (at, sender) in senders.iter().enumerate() {
            let mut send = Box::pin(sender.send(format!("{}", round * 10 + 2 * at)));
            assert!(poll(&mut send).is_pending());
            sends.push(send);
            ready("capacity", sinks[at].feed(Message::from(format!("{}", round * 10 + 2 * at + 1)))).unwrap();
        }
    }
    assert!(within("the sends", join_all(sends)).await.into_iter().all(|sent| sent.is_ok()));
    for number in 0..200 {
        assert_eq!(within("the echo", remote.recv()).await.unwrap().unwrap(), Message::from(number.to_string()));
    }
    for sink in &mut sinks {
        ready("the flush", sink.flush()).unwrap();
    }
}

#[peer_test]
async fn sends_need_no_turn_of_the_driver_on_its_own_thread_and_keep_their_order() {
    let (mut remote, _driver) = remote("/echo").await;
    let (sender, mut sink) = (remote.sender(), remote.sender());
    // Before the driver was polled, they wait for it.
    let mut first = sender.send("0");
    assert!(poll(&mut first).is_pending());
    sink.feed(Message::from("1")).await.unwrap();
    within("the driver", first).await.unwrap();
    for number in 1..100 {
        ready("a send", sender.send(format!("{}", 2 * number))).unwrap();
        ready("a sink", SinkExt::send(&mut sink, Message::from(format!("{}", 2 * number + 1)))).unwrap();
    }
    for number in 0..200 {
        assert_eq!(within("the echo", remote.recv()).await.unwrap().unwrap(), Message::from(number.to_string()));
    }
}

#[peer_test]
async fn cancelled_send_is_not_sent_later() {
    let (mut remote, _driver) = remote("/echo").await;
    let sender = remote.sender();
    let mut send = sender.send("cancelled");
    assert!(poll(&mut send).is_pending());
    drop(send);
    remote.send("next").await.unwrap();
    assert_eq!(within("the echo", remote.recv()).await.unwrap().unwrap(), Message::from("next"));
}

#[peer_test]
async fn messages_accepted_while_connecting_are_sent_before_the_sink_closes() {
    for drops_the_handle in [false, true] {
        let server = at("/echo?accept_delay=100");
        let (mut remote, driver) = spawn(WebSocket::builder(&server.url).open().unwrap());
        ready("the message is accepted", remote.feed(Message::from("early"))).unwrap();
        match drops_the_handle {
            true => drop(remote),
            false => within("the close", SinkExt::close(&mut remote)).await.unwrap(),
        }
        assert_eq!(driver.result().await.requested(), Some(&CloseFrame::NORMAL));
        let record = server.record().await;
        assert_eq!((record.messages(), record.last_text().as_deref()), (1, Some("early")));
    }
}

#[peer_test]
async fn close_with_a_frame_while_connecting_returns_accepted_messages() {
    let server = at("/echo?accept_delay=1000");
    let (mut remote, _driver) = spawn(WebSocket::builder(&server.url).open().unwrap());
    remote.feed(Message::from("early")).await.unwrap();
    server.until_handshake().await;
    let info = within("the close", remote.close(ASKED)).await;
    assert_eq!((info.cause(), info.was_open(), info.requested()), (CloseCause::Local, false, Some(&ASKED)));
    assert_eq!(remote.unsent(), [Message::from("early")]);
}

#[peer_test]
async fn sends_wait_until_the_connection_is_open() {
    let socket = WebSocket::builder(&at("/echo?accept_delay=100").url).protocols(["late"]).open().unwrap();
    let (mut remote, _driver) = spawn(socket);
    assert_eq!((remote.state(), remote.protocol()), (ReadyState::Connecting, ""));
    within("the open", SinkExt::send(&mut remote, Message::from("early"))).await.unwrap();
    assert_eq!((remote.state(), remote.protocol()), (ReadyState::Open, "late"));
    assert_eq!(within("the echo", remote.next()).await.unwrap().unwrap(), Message::from("early"));
}

#[peer_test]
async fn refused_connection_returns_the_messages_and_the_close() {
    let socket = WebSocket::builder(&unreachable_url(41)).open().unwrap();
    let (mut remote, driver) = spawn(socket);
    remote.feed(Message::from("fed")).await.unwrap();
    let error = within("the refusal", remote.send("sent")).await.unwrap_err();
    assert_eq!(error.into_message(), Some(Message::from("sent")));
    let error = within("the flush", remote.flush()).await.unwrap_err();
    assert_eq!(error.into_message(), Some(Message::from("fed")));
    assert_eq!(
        within("the loss", remote.recv()).await.unwrap().unwrap_err().close_info(),
        Some(&driver.result().await)
    );
    assert_eq!((remote.recv().await, remote.unsent()), (None, vec![]));
}

/// Connects to a peer that does not read, and fills the browser's buffer. `None` in WebKit, whose buffer cannot be filled.
async fn stalled(builder: WebSocketBuilder) -> Option<(RemoteWebSocket, Driver)> {
    let raw = full_socket().await;
    if engine() == Engine::WebKit {
        return None;
    }
    Some(spawn(builder.send_high_water_mark(1 << 20).close_timeout(Duration::from_millis(300)).from_raw(raw)))
}

#[peer_test]
async fn sinks_and_sends_wait_when_the_peer_does_not_read() {
    let Some((mut remote, _driver)) = stalled(WebSocket::builder("")).await else { return };
    let mut accepted = 0;
    while poll(&mut remote.feed(Message::from(vec![0; 1 << 16]))).is_ready() {
        accepted += 1;
        assert!(accepted <= 16, "more than the high-water mark was accepted");
    }
    assert!(accepted >= 15, "{accepted}");
    let sender = remote.sender();
    let mut send = sender.send("waits");
    sleep(100).await;
    assert!(poll(&mut send).is_pending() && poll(&mut remote.flush()).is_pending());
    let closed = remote.close(ASKED);
    let error = within("the error", send).await.unwrap_err();
    assert!(error.is_closed() && error.message() == Some(&Message::from("waits")));
    // What the sink has accepted is with the browser, which sends it before the Close frame.
    within("the flush", remote.flush()).await.unwrap();
    assert!(within("the close timeout", closed).await.timed_out());
}

#[peer_test]
async fn closing_a_sink_sends_what_it_has_accepted() {
    let server = at("/deaf?for=300");
    let (mut remote, driver) = spawn(WebSocket::builder(&server.url).send_high_water_mark(1).connect().await.unwrap());
    remote.feed(Message::from("one")).await.unwrap();
    within("the close", SinkExt::close(&mut remote)).await.unwrap();
    let record = server.record().await;
    assert_eq!((record.last_text().as_deref(), record.close_frame().map(|(code, _)| code)), (Some("one"), Some(1000)));
    assert_eq!(driver.result().await.requested(), Some(&CloseFrame::NORMAL));
    let error = SinkExt::send(&mut remote, Message::from("late")).await.unwrap_err();
    assert_eq!(error.into_message(), Some(Message::from("late")));
}

#[peer_test]
async fn closing_a_sink_fails_if_something_was_not_sent() {
    let Some((mut remote, _driver)) = stalled(WebSocket::builder("")).await else { return };
    assert!(within("the close", SinkExt::close(&mut remote)).await.unwrap_err().is_closed());
}

#[peer_test]
async fn backlog_beyond_the_window_waits_with_the_socket_and_is_delivered_in_order() {
    const COUNT: usize = 60;
    let route = format!("/send?count={COUNT}&size=65536&kind=binary&asked&close=4001");
    let (mut remote, driver) = remote(&route).await;
    remote.send("begin").await.unwrap();
    let info = within("the close", remote.closed()).await;
    assert_eq!(info.code().as_u16(), 4001);
    assert!(driver.result.borrow().is_none(), "the driver has messages left");
    for index in 0..COUNT {
        let message = within("a message", remote.recv()).await.unwrap().unwrap();
        assert_eq!((message.len(), message.as_bytes()[0]), (65_536, index as u8));
    }
    assert_eq!(within("the end", remote.recv()).await, None);
    assert_eq!(driver.result().await, info);
}

#[peer_test]
async fn receive_limit_applies_to_what_is_beyond_the_window() {
    let server = at("/send?count=40&size=65536&kind=binary&asked");
    let builder = WebSocket::builder(&server.url).recv_limit(300_000, ASKED);
    let (mut remote, driver) = spawn(builder.connect().await.unwrap());
    remote.send("begin").await.unwrap();
    let info = within("the close", remote.closed()).await;
    assert_eq!(info.requested(), Some(&ASKED));
    let mut received = 0;
    let error = loop {
        match within("a message", remote.recv()).await.unwrap() {
            Ok(_) => received += 1,
            Err(error) => break error,
        }
    };
    assert!(error.is_overflow() && (4..=10).contains(&received), "{received} messages, {error}");
    assert_eq!(driver.result().await, info);
}

#[peer_test]
async fn loss_is_an_error_once_and_finish_lets_the_peer_finish() {
    let (mut lost, _driver) = remote("/drop?asked").await;
    lost.send("go").await.unwrap();
    assert!(within("the loss", lost.recv()).await.unwrap().unwrap_err().is_lost());
    assert!(lost.recv().await.is_none() && futures_util::stream::FusedStream::is_terminated(&lost));

    let (mut remote, _driver) = remote("/finish?count=3&interval=5&close=4002").await;
    remote.send("done").await.unwrap();
    let closed = remote.finish(ASKED);
    assert!(within("the error", remote.send("late")).await.unwrap_err().is_closed());
    let mut received = 0;
    while let Some(message) = within("a message", remote.recv()).await {
        message.unwrap();
        received += 1;
    }
    assert_eq!((received, within("the close", closed).await.code().as_u16()), (3, 4002));
}

#[peer_test]
async fn stream_is_sent_into_the_sink_while_its_echoes_are_received() {
    let (remote, _driver) = remote("/echo").await;
    let (mut sender, receiver) = remote.split();
    let mut numbers = futures_util::stream::iter((0..300).map(|number| Ok(Message::from(number.to_string()))));
    let receive = receiver.take(300).map(|message| message.unwrap().to_string()).collect::<Vec<_>>();
    let send = sender.send_all(&mut numbers);
    let (received, sent) = within("the echoes", futures_util::future::join(receive, send)).await;
    sent.unwrap();
    assert!(received.into_iter().eq((0..300).map(|number| number.to_string())));
}

#[peer_test]
async fn no_javascript_value_is_held_for_remote_handles() {
    async fn cycle(number: usize) {
        let (mut remote, driver) = remote("/echo").await;
        remote.send("x").await.unwrap();
        remote.recv().await.unwrap().unwrap();
        let closed = remote.closed();
        match number % 3 {
            0 => drop(remote),
            1 => driver.drop_early(),
            _ => drop(remote.close(ASKED)),
        }
        within("the close", closed).await;
    }
    for number in 0..3 {
        cycle(number).await;
    }
    let mut before = live_js_values();
    until("what the first rounds held is freed", || {
        let former = core::mem::replace(&mut before, live_js_values());
        before == former
    })
    .await;
    for number in 0..12 {
        cycle(number).await;
    }
    until("no more values are held than before", || live_js_values() <= before).await;
}
