//! Byte streams of handles that are `Send`: what differs from those of a socket.

use crate::byte_stream::{multiplex, pattern};
use crate::server::{TestServer, at};
use crate::support::*;
use futures_util::future::join;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use onclose::{CloseCause, RecvError, RemoteWebSocket, UnexpectedText, WebSocket, WebSocketIo};
use onclose_test_macros::peer_test;
use std::io::ErrorKind;
use wasm_bindgen_futures::spawn_local;

async fn remote(server: &TestServer) -> WebSocketIo<RemoteWebSocket> {
    let ws = WebSocket::builder(&server.url).send_high_water_mark(100_000).connect().await.unwrap();
    let (remote, driver) = ws.into_remote();
    spawn_local(async { drop(driver.await) });
    remote.into_io()
}

#[peer_test]
async fn remote_stream_is_send_and_carries_a_multiplexer() {
    fn send<T: Send + Sync + Unpin + 'static>(io: T) -> T {
        io
    }
    let server = at("/yamux");
    multiplex(send(remote(&server).await)).await;
    assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
}

#[peer_test]
async fn remote_stream_carries_bytes_in_any_cut_up_to_the_end() {
    let server = at("/echo");
    let (mut reader, mut writer) = remote(&server).await.split();
    let bytes = pattern(1 << 20);
    let writing = async {
        assert_eq!(writer.write(&bytes).await.unwrap(), 100_000);
        writer.write_all(&bytes[100_000..]).await.unwrap();
        writer.flush().await.unwrap();
    };
    let mut echo = vec![0; bytes.len()];
    let (read, ()) = within("the echo", join(reader.read_exact(&mut echo), writing)).await;
    read.unwrap();
    assert!(echo == bytes);
    within("the close", writer.close()).await.unwrap();
    assert_eq!(within("the end", reader.read(&mut echo)).await.unwrap(), 0);
    assert_eq!(writer.write(b"late").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(server.record().await.messages(), 11);
}

#[peer_test]
async fn remote_stream_reports_a_loss_and_text() {
    let server = at("/obey");
    let mut io = remote(&server).await;
    server.command("say=hi").await;
    let error = within("the text", io.read(&mut [0])).await.unwrap_err();
    assert_eq!(error.into_inner().unwrap().downcast::<UnexpectedText>().unwrap().text(), "hi");
    server.command("end=rst").await;
    for _ in 0..2 {
        let error = within("the loss", io.read(&mut [0])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let inner = error.get_ref().unwrap().downcast_ref::<RecvError>().unwrap();
        assert_eq!(inner.close_info().unwrap().cause(), CloseCause::Lost);
    }
}

#[peer_test]
async fn remote_stream_does_not_end_cleanly_if_the_driver_is_dropped() {
    let server = at("/echo");
    let (remote, driver) = WebSocket::connect(&server.url).await.unwrap().into_remote();
    let mut io = remote.into_io();
    drop(driver);
    let error = within("the error", io.read(&mut [0])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
    assert_eq!(within("the write", io.write(b"late")).await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    server.record().await;
}
