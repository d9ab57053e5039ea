//! `/yamux`, by frames of that protocol written out: version, type, two bytes of flags, stream and length.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Server, within};

/// A data frame that opens stream 1 and ends it, with five bytes.
const HELLO: &[u8] = b"\0\0\0\x05\0\0\0\x01\0\0\0\x05hello";

#[tokio::test]
async fn yamux_echoes_a_stream_whatever_the_cuts() {
    let server = Server::start().await;
    for cut in [1, 7, HELLO.len()] {
        let mut client = server.client("/yamux").await;
        for part in HELLO.chunks(cut) {
            client.send(Message::binary(part.to_vec())).await.unwrap();
        }
        let (mut received, mut echo) = (Vec::new(), Vec::new());
        while echo != b"hello" {
            received.extend_from_slice(&within(client.next()).await.unwrap().unwrap().into_data());
            while let Some((head, rest)) = received.split_first_chunk::<12>() {
                let length = if head[1] == 0 { usize::from(head[11]) } else { 0 };
                let Some(content) = rest.get(..length) else { break };
                echo.extend_from_slice(content);
                received.drain(..12 + length);
            }
        }
        client.close(None).await.unwrap();
        while within(client.next()).await.is_some() {}
    }
}

#[tokio::test]
async fn yamux_answers_text_with_1003() {
    let server = Server::start().await;
    let mut client = server.client("/yamux").await;
    client.send(Message::text("no bytes")).await.unwrap();
    // The multiplexer begins with frames of its own.
    let code = loop {
        match within(client.next()).await.unwrap().unwrap() {
            Message::Close(frame) => break frame.map(|frame| u16::from(frame.code)),
            message => assert!(message.is_binary(), "{message}"),
        }
    };
    assert_eq!(code, Some(1003));
}

#[tokio::test]
async fn yamux_that_has_failed_leaves_the_connection_to_the_client() {
    let server = Server::start().await;
    let mut client = server.client("/yamux?id=a").await;
    // An unknown version, and more than the multiplexer buffers after it.
    for _ in 0..20 {
        client.send(Message::binary(vec![9; 10_000])).await.unwrap();
    }
    client.close(None).await.unwrap();
    while within(client.next()).await.is_some() {}
    drop(client);
    assert_eq!(server.saw("a").await["messages"], 20);
}
