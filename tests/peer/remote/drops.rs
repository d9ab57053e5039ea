//! The driver and the handles are dropped, in any order.

use super::*;

#[peer_test]
async fn dropping_the_driver_closes_the_connection_and_every_handle_reports_it() {
    let server = at("/echo");
    let socket = WebSocket::connect(&server.url).await.unwrap();
    let local = socket.closed();
    let (mut remote, driver) = spawn(socket);
    let (sender, mut sink) = (remote.sender(), remote.sender());
    let closed = remote.closed();
    let mut send = sender.send("waits");
    driver.drop_early();
    assert!(poll(&mut send).is_pending());
    sink.feed(Message::from("fed")).await.unwrap();
    let error = within("the error", send).await.unwrap_err();
    assert!(error.is_driver_dropped() && error.is_closed());
    assert_eq!(error.into_message(), Some(Message::from("waits")));
    let error = within("the flush", sink.flush()).await.unwrap_err();
    assert!(error.is_driver_dropped());
    assert_eq!(error.into_message(), Some(Message::from("fed")));
    assert!(within("the error", remote.recv()).await.unwrap().unwrap_err().is_driver_dropped());
    assert_eq!(remote.recv().await, None);
    let error = ready("a late send", remote.send("late")).unwrap_err();
    assert!(error.is_driver_dropped() && error.message() == Some(&Message::from("late")));
    let info = within("the close", closed).await;
    assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&CloseFrame::NORMAL)));
    assert_eq!((ready("a late waiter", remote.closed()), within("the local one", local).await), (info.clone(), info));
    assert_eq!(server.record().await.close_frame().map(|(code, _)| code), Some(1000));
}

#[peer_test]
async fn dropping_a_driver_that_was_never_polled_is_reported() {
    let (mut remote, driver) = WebSocket::connect(&at("/echo").url).await.unwrap().into_remote();
    remote.feed(Message::from("fed")).await.unwrap();
    drop(driver);
    assert_eq!(remote.unsent(), [Message::from("fed")]);
    assert_eq!(within("the close", remote.close(ASKED)).await.cause(), CloseCause::Local);
}

#[peer_test]
async fn dropping_the_driver_resolves_the_close_also_if_the_peer_does_not_answer() {
    let server = at_unanswered_close();
    let builder = WebSocket::builder(&server.url).close_timeout(Duration::from_millis(100));
    let (remote, driver) = spawn(builder.connect().await.unwrap());
    driver.drop_early();
    let info = within("the close timeout", remote.closed()).await;
    assert!(info.timed_out() && info.cause() == CloseCause::Local);
    server.answer_close().await;
}

#[peer_test]
async fn driver_that_a_waker_drops_while_another_handle_sends_is_reported() {
    let socket = WebSocket::builder(&at("/echo").url).send_high_water_mark(1).connect().await.unwrap();
    let raw = socket.as_raw().clone();
    let (remote, mut driver) = socket.into_remote();
    assert!(poll(&mut driver).is_pending());
    let driver = Rc::new(RefCell::new(Some(driver)));
    let (sender, other) = (remote.sender(), remote.sender());
    ready("capacity", sender.send("one")).unwrap();
    let dropped = Rc::clone(&driver);
    let (_counter, waker) = CountingWaker::with_action(move || drop(dropped.take()));
    let mut waits = sender.send("two");
    if poll_once(&mut waits, &waker).is_ready() {
        // In its workers, the buffer can shrink within one task.
        assert_eq!(engine(), Engine::WebKit);
        return;
    }
    until("there is capacity", || raw.buffered_amount() == 0).await;
    // It lets the first one go out, whose waker drops the driver.
    let error = ready("an error", other.send("three")).unwrap_err();
    assert!(error.is_driver_dropped() && error.message() == Some(&Message::from("three")));
    assert!(driver.borrow().is_none());
    ready("the first send", waits).unwrap();
    assert_eq!(within("the close", remote.closed()).await.cause(), CloseCause::Local);
}

#[peer_test]
async fn dropping_the_handles_in_any_order_closes_the_connection() {
    for order in 0..3 {
        let server = at("/echo");
        let (remote, driver) = spawn(WebSocket::connect(&server.url).await.unwrap());
        let (closed, extra) = (remote.closed(), remote.sender());
        match order {
            0 => drop((remote, extra)),
            1 => drop((extra, remote)),
            _ => {
                let (sender, receiver) = remote.split();
                drop(receiver);
                extra.send("still open").await.unwrap();
                drop((extra, sender));
            }
        }
        let info = driver.result().await;
        assert_eq!((info.cause(), info.requested()), (CloseCause::Local, Some(&CloseFrame::NORMAL)));
        assert_eq!(within("the close", closed).await, info);
        assert_eq!(server.record().await.close_frame().map(|(code, _)| code), Some(1000));
    }
}

#[peer_test]
async fn accepted_messages_are_sent_when_all_handles_are_dropped() {
    let server = at("/echo");
    let (mut remote, driver) = spawn(WebSocket::builder(&server.url).send_high_water_mark(1).connect().await.unwrap());
    remote.feed(Message::from("last words")).await.unwrap();
    drop(remote);
    driver.result().await;
    assert_eq!(server.record().await.last_text().as_deref(), Some("last words"));
}

#[peer_test]
async fn driver_completes_when_the_receiver_is_dropped_with_a_backlog() {
    let (remote, driver) = remote("/send?count=20&size=65536&kind=binary&asked&close=1000").await;
    remote.send("begin").await.unwrap();
    let (sender, receiver) = remote.split();
    within("the close", sender.closed()).await;
    drop(receiver);
    assert_eq!(driver.result().await.code(), CloseCode::NORMAL);
}
