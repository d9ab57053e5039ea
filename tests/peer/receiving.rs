//! Messages and the end, in order.

use crate::server::at;
use crate::support::*;
use futures_util::stream::{FusedStream, StreamExt as _, TryStreamExt as _};
use onclose::{CloseCause, CloseFrame, Message, WebSocket};
use onclose_test_macros::peer_test;

const TOO_MUCH: CloseFrame = CloseFrame::from_static(4002, "too much");

#[peer_test]
async fn messages_before_the_close_come_before_the_end() {
    let ws = WebSocket::connect(&at("/send?count=500&size=100&close=4003&reason=all").url).await.unwrap();
    // The end is known before the first message is taken.
    let closed = within(15_000, "the end", ws.closed()).await;
    assert_eq!((closed.code().as_u16(), closed.reason()), (4003, "all"));
    let mut ws = ws;
    for number in 0..500 {
        let message = ws.recv().await.unwrap().unwrap();
        let text = message.as_text().unwrap();
        assert_eq!((text.len(), text.split(' ').next().unwrap()), (100, number.to_string().as_str()));
    }
    assert!(ws.recv().await.is_none() && ws.is_terminated());
    assert!(ws.next().await.is_none());
}

#[peer_test]
async fn a_clean_end_is_no_error_for_try_collect() {
    let ws = WebSocket::connect(&at("/send?count=20&size=1000&kind=binary&close=1000").url).await.unwrap();
    let messages: Vec<Message> = within(15_000, "all", ws.try_collect()).await.unwrap();
    for (number, message) in messages.iter().enumerate() {
        let expected: Vec<u8> = (0..1000).map(|at| ((number + at) % 256) as u8).collect();
        assert_eq!(*message, Message::Binary(expected));
    }
    assert_eq!(messages.len(), 20);
}

#[peer_test]
async fn select_sees_the_end_of_the_stream() {
    for route in ["/close?code=1000&delay=50&text=one", "/drop?how=fin&delay=50"] {
        let mut ws = WebSocket::connect(&at(route).url).await.unwrap();
        let reading = async {
            loop {
                futures_util::select! {
                    message = ws.next() => if message.is_none() { break },
                    complete => panic!("the stream called itself over before it said None"),
                }
            }
        };
        within(15_000, "the end", reading).await;
        assert!(ws.is_terminated());
    }
}

#[peer_test]
async fn a_loss_comes_after_the_messages_before_it() {
    let place = at("/frames?hex=wait,810161,810162,wait,c10163");
    let mut ws = WebSocket::connect(&place.url).await.unwrap();
    assert_eq!(within(10_000, "a", ws.recv()).await.unwrap().unwrap(), Message::from("a"));
    assert_eq!(within(10_000, "b", ws.recv()).await.unwrap().unwrap(), Message::from("b"));
    assert!(within(15_000, "the end", ws.recv()).await.unwrap().unwrap_err().is_lost());
    assert!(ws.recv().await.is_none());
}

#[peer_test]
async fn what_the_peer_sends_after_its_close_is_not_a_message() {
    let mut ws = WebSocket::connect(&at("/close?code=4004&delay=30&text=before&after=3").url).await.unwrap();
    assert_eq!(within(10_000, "a message", ws.recv()).await.unwrap().unwrap(), Message::from("before"));
    // Two engines tell the code, one calls it a broken protocol: no message either way.
    let end = within(15_000, "the end", ws.recv()).await;
    let closed = ws.closed().await;
    match engine() {
        Engine::Chromium => assert_eq!((end.unwrap().unwrap_err().is_lost(), closed.code().as_u16()), (true, 1006)),
        _ => assert_eq!((end.is_none(), closed.code().as_u16()), (true, 4004)),
    }
}

#[peer_test]
async fn nothing_is_delivered_after_our_close() {
    let mut ws = WebSocket::connect(&at("/answer?late=5&interval=20").url).await.unwrap();
    let ended = ws.close(TOO_MUCH);
    assert!(within(15_000, "the end", ws.recv()).await.is_none());
    assert_eq!(ended.await.cause(), CloseCause::Local);
}

#[peer_test]
async fn empty_messages_and_large_ones_come_back_as_they_went() {
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let large: String = "€uro 😀 ".repeat(20_000);
    let bytes: Vec<u8> = (0..1_000_000u32).map(|at| at as u8).collect();
    for message in [Message::from(""), Message::from(Vec::new()), Message::from(large), Message::from(bytes)] {
        ws.send(message.clone()).await.unwrap();
        assert_eq!(within(15_000, "an echo", ws.recv()).await.unwrap().unwrap(), message);
    }
}

#[peer_test]
async fn sending_bytes_changes_neither_binary_type_nor_order() {
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    let sent: Vec<Message> = (0..8u8)
        .flat_map(|number| [Message::from(vec![number; 200_000]), Message::from(format!("text {number}"))])
        .collect();
    let (sender, raw, all) = (ws.sender(), ws.as_raw().clone(), sent.clone());
    let sending = async {
        for message in all {
            sender.send(message).await.unwrap();
            assert_eq!(raw.binary_type(), web_sys::BinaryType::Arraybuffer);
        }
    };
    let receiving = async {
        for expected in &sent {
            assert_eq!(within(15_000, "an echo", ws.recv()).await.unwrap().unwrap(), *expected);
        }
    };
    futures_util::future::join(sending, receiving).await;
}

#[peer_test]
async fn a_reader_that_is_too_slow_costs_the_connection_and_not_the_memory() {
    let place = at("/send?count=200&size=1000&kind=binary");
    let mut ws = WebSocket::builder(&place.url).recv_limit(10_000, TOO_MUCH).connect().await.unwrap();
    let closed = within(15_000, "the end", ws.closed()).await;
    // The peer's answer to our frame, and not a code of ours.
    assert_eq!(
        (closed.code().as_u16(), closed.requested(), closed.cause()),
        (4002, Some(&TOO_MUCH), CloseCause::Local)
    );
    for _ in 0..10 {
        assert_eq!(ws.recv().await.unwrap().unwrap().len(), 1_000);
    }
    assert!(ws.recv().await.unwrap().unwrap_err().is_overflow());
    assert!(ws.recv().await.is_none());
    assert_eq!(place.saw().await.close(), Some((4002, "too much".to_owned())));
}

#[peer_test]
async fn a_changed_binary_type_is_a_typed_error() {
    let uncaught = Uncaught::watch();
    let place = at("/echo");
    let mut ws = WebSocket::connect(&place.url).await.unwrap();
    ws.as_raw().set_binary_type(web_sys::BinaryType::Blob);
    ws.send(vec![1, 2, 3]).await.unwrap();
    assert!(within(10_000, "the error", ws.recv()).await.unwrap().unwrap_err().is_unreadable());
    assert!(within(10_000, "the end", ws.recv()).await.is_none());
    assert_eq!(place.saw().await.close(), Some((1000, String::new())));
    uncaught.none().await;
}
