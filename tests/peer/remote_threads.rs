//! Remote handles on other threads than the socket: workers that share the wasm memory of the page.

use crate::server::{TestServer, at, full_socket};
use crate::support::*;
use futures_channel::{mpsc, oneshot};
use futures_util::future::{abortable, join_all};
use futures_util::{SinkExt, StreamExt};
use onclose::{CloseCause, CloseFrame, CloseInfo, Message, RemoteWebSocket, SendError, WebSocket};
use onclose_test_macros::peer_test;
use std::cell::Cell;
use wasm_bindgen_futures::spawn_local;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");

thread_local! {
    static IS_PAGE: Cell<bool> = const { Cell::new(false) };
}

/// Runs a function and its future on a thread; returns its result.
fn on_thread<F, T>(job: impl FnOnce() -> F + Send + 'static) -> (Thread, oneshot::Receiver<T>)
where
    F: Future<Output = T> + 'static,
    T: Send + 'static,
{
    IS_PAGE.set(true);
    let (sender, receiver) = oneshot::channel();
    let thread = Thread::start(move || {
        assert!(!IS_PAGE.get(), "it is the same thread");
        let future = job();
        spawn_local(async move {
            let _test_may_have_ended = sender.send(future.await);
        });
    });
    (thread, receiver)
}

/// Connects on this thread.
async fn connect(url: &str) -> RemoteWebSocket {
    let (remote, driver) = WebSocket::connect(url).await.unwrap().into_remote();
    spawn_local(async { drop(driver.await) });
    remote
}

/// Connects on another thread, and runs the driver there.
async fn connect_on_thread(server: &TestServer) -> (Thread, RemoteWebSocket) {
    let url = server.url.clone();
    let (thread, remote) = on_thread(move || async move { connect(&url).await });
    (thread, within("the connection", remote).await.unwrap())
}

/// Sends and receives in each way, and closes.
async fn talk(mut remote: RemoteWebSocket) -> Result<CloseInfo, SendError> {
    for number in 0..200 {
        let message = Message::from(format!("é{number}"));
        match number % 2 {
            0 => remote.send(message.clone()).await?,
            _ => SinkExt::send(&mut remote, message.clone()).await?,
        }
        assert_eq!(remote.recv().await.unwrap().unwrap(), message);
    }
    let bytes: Vec<u8> = (0..70_000).map(|index| (index % 251) as u8).collect();
    for _ in 0..50 {
        remote.feed(Message::from(bytes.as_slice())).await?;
    }
    remote.flush().await?;
    for _ in 0..50 {
        assert_eq!(remote.recv().await.unwrap().unwrap(), Message::from(bytes.as_slice()));
    }
    Ok(remote.close(ASKED).await)
}

fn assert_asked(info: &CloseInfo) {
    assert_eq!((info.cause(), info.code().as_u16(), info.requested()), (CloseCause::Local, 4000, Some(&ASKED)));
}

#[peer_test]
async fn socket_on_the_page_and_its_handle_on_another_thread() {
    let remote = connect(&at("/echo").url).await;
    let closed = remote.closed();
    let (_thread, result) = on_thread(move || talk(remote));
    let info = within("the thread", result).await.unwrap().unwrap();
    assert_asked(&info);
    assert_eq!(within("the close", closed).await, info);
}

#[peer_test]
async fn socket_on_another_thread_and_its_handle_on_the_page() {
    let server = at("/echo");
    let (_thread, remote) = connect_on_thread(&server).await;
    let closed = remote.closed();
    let info = within("the conversation", talk(remote)).await.unwrap();
    assert_asked(&info);
    assert_eq!(within("the close", closed).await, info);
    assert_eq!(server.record().await.close_frame(), Some((4000, "asked".to_owned())));
}

#[peer_test]
async fn sends_from_many_threads_all_arrive_each_thread_in_order() {
    const EACH: usize = 300;
    let mut remote = connect(&at("/echo").url).await;
    let threads: Vec<_> = (0..3)
        .map(|thread| {
            let mut sender = remote.sender();
            on_thread(move || async move {
                for index in 0..EACH {
                    let message = Message::from(format!("{thread} {index}"));
                    match index % 3 {
                        0 => sender.send(message).await.unwrap(),
                        1 => SinkExt::send(&mut sender, message).await.unwrap(),
                        _ => sender.feed(message).await.unwrap(),
                    }
                }
                sender.flush().await.unwrap();
            })
        })
        .collect();
    let mut next = [0; 3];
    for _ in 0..3 * EACH {
        let text = within("the echo", remote.recv()).await.unwrap().unwrap().to_string();
        let (thread, index) = text.split_once(' ').unwrap();
        let thread: usize = thread.parse().unwrap();
        assert_eq!(index.parse(), Ok(next[thread]), "of thread {thread}");
        next[thread] += 1;
    }
    let (_threads, results): (Vec<_>, Vec<_>) = threads.into_iter().unzip();
    assert!(within("the threads", join_all(results)).await.iter().all(Result::is_ok));
}

#[peer_test]
async fn backpressure_reaches_the_other_thread() {
    let raw = full_socket().await;
    let builder =
        WebSocket::builder("").send_high_water_mark(1 << 20).close_timeout(std::time::Duration::from_millis(300));
    let (remote, driver) = builder.from_raw(raw).into_remote();
    spawn_local(async { drop(driver.await) });
    let (mut sink, closer) = (remote.sender(), remote);
    let (accepted_in, mut accepted) = mpsc::unbounded();
    let (_thread, result) = on_thread(move || async move {
        loop {
            if let Err(error) = sink.feed(Message::from(vec![0; 1 << 16])).await {
                return error.is_closed();
            }
            accepted_in.unbounded_send(()).unwrap();
        }
    });
    for _ in 0..15 {
        within("a message", accepted.next()).await.expect("the sink has not failed");
    }
    sleep(200).await;
    let mut more = 0;
    while accepted.try_recv().is_ok() {
        more += 1;
    }
    assert!(more <= 1, "{more} messages above the high-water mark were accepted");
    closer.close(ASKED);
    assert!(within("the thread", result).await.unwrap(), "its sink fails after the close");
}

#[peer_test]
async fn dropping_the_driver_is_reported_on_the_other_thread() {
    let server = at("/echo");
    let (remote, driver) = WebSocket::connect(&server.url).await.unwrap().into_remote();
    let (driver, abort) = abortable(driver);
    spawn_local(async { drop(driver.await) });
    let closed = remote.closed();
    let (waits_in, waits) = oneshot::channel();
    let (_thread, result) = on_thread(move || async move {
        let mut remote = remote;
        waits_in.send(()).unwrap();
        let error = remote.recv().await.unwrap().unwrap_err();
        let ended = remote.recv().await.is_none();
        let unsent = remote.send("late").await.unwrap_err();
        (error.is_driver_dropped(), ended, unsent.is_driver_dropped(), remote.closed().await)
    });
    within("the thread", waits).await.unwrap();
    abort.abort();
    let (error, ended, unsent, info) = within("the thread", result).await.unwrap();
    assert!(error && ended && unsent);
    assert_eq!((info.cause(), within("the close", closed).await), (CloseCause::Local, info.clone()));
    assert_eq!(server.record().await.close_frame().map(|(code, _)| code), Some(1000));
}

#[peer_test]
async fn handles_that_the_other_thread_drops_close_the_connection() {
    let server = at("/echo");
    let remote = connect(&server.url).await;
    let closed = remote.closed();
    let (_thread, result) = on_thread(move || async move {
        let (sender, receiver) = remote.split();
        drop(receiver);
        sender.send("last words").await.unwrap();
        drop(sender);
    });
    within("the thread", result).await.unwrap();
    assert_eq!(within("the close", closed).await.requested(), Some(&CloseFrame::NORMAL));
    assert_eq!(server.record().await.last_text().as_deref(), Some("last words"));
}

#[peer_test]
async fn close_by_the_peer_reaches_every_thread_after_the_messages() {
    let mut remote = connect(&at("/send?count=2000&size=100&kind=binary&asked&close=4001").url).await;
    let closed = remote.closed();
    let (_thread, result) = on_thread(move || async move {
        remote.send("begin").await.unwrap();
        let mut received = 0;
        while let Some(message) = remote.recv().await {
            assert_eq!(message.unwrap().as_bytes()[0], received as u8);
            received += 1;
        }
        (received, remote.closed().await)
    });
    let (received, info) = within("the thread", result).await.unwrap();
    assert_eq!((received, info.code().as_u16()), (2_000, 4001));
    assert_eq!(within("the close", closed).await, info);
}

#[peer_test]
async fn handle_and_driver_dropped_at_the_same_time_on_two_threads() {
    for round in 0..20 {
        let server = at("/echo");
        let (remote, driver) = WebSocket::connect(&server.url).await.unwrap().into_remote();
        let (driver, abort) = abortable(driver);
        spawn_local(async { drop(driver.await) });
        let closed = remote.closed();
        let sender = remote.sender();
        let (begun_in, begun) = oneshot::channel();
        let (_thread, result) = on_thread(move || async move {
            begun_in.send(()).unwrap();
            let mut sent: u32 = 0;
            for _ in 0..round {
                match sender.send("x").await {
                    Ok(()) => sent += 1,
                    Err(error) => {
                        assert!(error.is_driver_dropped());
                        assert_eq!(error.into_message(), Some(Message::from("x")));
                    }
                }
            }
            drop((remote, sender));
            sent
        });
        within("the thread", begun).await.unwrap();
        if round % 2 == 0 {
            sleep(1).await;
        }
        abort.abort();
        let sent = within("the thread", result).await.unwrap();
        within("the close", closed).await;
        // The browser sends all that it has taken before its Close frame.
        assert_eq!(server.record().await.messages(), sent);
    }
}
