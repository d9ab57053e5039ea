//! Byte streams: end and loss, cuts, text in between, flow control, closing, and real codecs and a multiplexer over them.

use crate::server::{at, at_hanging_handshake, at_unanswered_close};
use crate::support::*;
use futures_util::future::{Either, join, join_all, poll_fn, select};
use futures_util::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use futures_util::{SinkExt, StreamExt};
use onclose::{CloseCause, Message, RecvError, SendError, UnexpectedText, WebSocket, WebSocketIo};
use onclose_test_macros::peer_test;
use std::io::{ErrorKind, IoSlice};
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const SHORT: Duration = Duration::from_millis(300);

async fn stream(route: &str) -> WebSocketIo<WebSocket> {
    WebSocket::connect(&at(route).url).await.unwrap().into_io()
}

/// Returns bytes that repeat with a period that no power of two divides.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251) as u8).collect()
}

#[peer_test]
async fn bytes_arrive_equal_whatever_the_cuts() {
    const LEN: usize = 3 << 20;
    let (mut reader, mut writer) = stream("/echo").await.split();
    let writing = async {
        let (mut bytes, mut cut) = (pattern(LEN), 1);
        while !bytes.is_empty() {
            let rest = bytes.split_off(cut.min(bytes.len()));
            writer.write_all(&bytes).await.unwrap();
            bytes = rest;
            cut = cut * 3 % 200_003 + 1;
        }
        writer.flush().await.unwrap();
    };
    let reading = async {
        let mut read = vec![0; LEN];
        let (mut at, mut cut) = (0, 1);
        while at < LEN {
            let end = LEN.min(at + cut);
            let count = reader.read(&mut read[at..end]).await.unwrap();
            assert_ne!(count, 0, "the end of the file after {at} bytes");
            at += count;
            cut = cut * 7 % 100_003 + 1;
        }
        read
    };
    let (read, ()) = within("the echo", join(reading, writing)).await;
    assert!(read == pattern(LEN));
}

#[peer_test]
async fn clean_close_is_the_end_of_the_file_after_all_bytes() {
    let mut io = stream("/send?count=3&size=100&kind=binary&close=4000").await;
    let mut read = Vec::new();
    within("the end", io.read_to_end(&mut read)).await.unwrap();
    let expected: Vec<u8> = (0..3).flat_map(|number| (0..100).map(move |index| number + index)).collect();
    assert_eq!(read, expected);
    assert_eq!(ready("another read", io.read(&mut [0; 8])).unwrap(), 0);
    assert_eq!(within("the close", io.get_ref().closed()).await.code().as_u16(), 4000);
}

#[peer_test]
async fn loss_is_never_taken_for_the_end_of_the_file() {
    let mut io = stream("/drop?asked&how=rst").await;
    io.write_all(b"begin").await.unwrap();
    let mut byte = [0];
    // Code that reads again after an error must not find an end either.
    for _ in 0..3 {
        let error = within("the loss", io.read(&mut byte)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let inner = error.get_ref().unwrap().downcast_ref::<RecvError>().unwrap();
        assert_eq!(inner.close_info().unwrap().cause(), CloseCause::Lost);
    }
    let error = within("the write", io.write(b"late")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(error.get_ref().unwrap().downcast_ref::<SendError>().unwrap().is_closed());
}

#[peer_test]
async fn connect_timeout_is_timed_out_for_reader_and_writer() {
    let builder = WebSocket::builder(&at_hanging_handshake().url).connect_timeout(SHORT);
    let (mut reader, mut writer) = builder.open().unwrap().into_io().split();
    let mut byte = [0];
    let (read, written) = within("the timeout", join(reader.read(&mut byte), writer.write(b"waits"))).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[peer_test]
async fn stream_of_a_connecting_socket_waits_until_it_is_open() {
    let server = at("/echo?accept_delay=100");
    let mut io = WebSocket::builder(&server.url).open().unwrap().into_io();
    within("the write", io.write_all(b"early")).await.unwrap();
    let mut echo = [0; 5];
    within("the echo", io.read_exact(&mut echo)).await.unwrap();
    assert_eq!(&echo, b"early");
}

#[peer_test]
async fn text_is_an_error_that_contains_it_and_no_byte_is_lost() {
    let mut ws = WebSocket::connect(&at("/echo").url).await.unwrap();
    for message in [Message::from(b"one "), Message::from("text"), Message::from(""), Message::from(b"two")] {
        SinkExt::send(&mut ws, message).await.unwrap();
    }
    let mut io = ws.into_io();
    let mut one = [0; 4];
    within("the bytes", io.read_exact(&mut one)).await.unwrap();
    assert_eq!(&one, b"one ");
    for text in ["text", ""] {
        let error = within("the text", io.read(&mut one)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(error.into_inner().unwrap().downcast::<UnexpectedText>().unwrap().into_text(), text);
    }
    let mut two = [0; 3];
    within("the bytes", io.read_exact(&mut two)).await.unwrap();
    assert_eq!(&two, b"two");
}

#[peer_test]
async fn empty_messages_are_no_end_and_empty_writes_are_no_messages() {
    let server = at("/echo");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    ws.send(Vec::new()).await.unwrap();
    let mut io = ws.into_io();
    assert_eq!(ready("an empty write", io.write(&[])).unwrap(), 0);
    assert_eq!(ready("an empty vectored write", io.write_vectored(&[IoSlice::new(&[])])).unwrap(), 0);
    io.write_all(b"x").await.unwrap();
    assert_eq!(ready("an empty read", io.read(&mut [])).unwrap(), 0);
    let mut byte = [0];
    within("the echo", io.read_exact(&mut byte)).await.unwrap();
    within("the close", io.close()).await.unwrap();
    assert_eq!(server.record().await.messages(), 2);
}

#[peer_test]
async fn write_above_the_mark_is_cut() {
    let server = at("/echo");
    let mut io = WebSocket::builder(&server.url).send_high_water_mark(1_000).connect().await.unwrap().into_io();
    let bytes = pattern(4_500);
    assert_eq!(io.write(&bytes).await.unwrap(), 1_000);
    let slices = [IoSlice::new(&bytes[1_000..1_600]), IoSlice::new(&[]), IoSlice::new(&bytes[1_600..])];
    assert_eq!(within("capacity", io.write_vectored(&slices)).await.unwrap(), 1_000);
    within("capacity", io.write_all(&bytes[2_000..])).await.unwrap();
    let mut echo = vec![0; bytes.len()];
    within("the echo", io.read_exact(&mut echo)).await.unwrap();
    assert!(echo == bytes);
    within("the close", io.close()).await.unwrap();
    assert_eq!(server.record().await.messages(), 5);
}

#[peer_test]
async fn mark_of_zero_does_not_cut_to_single_bytes() {
    let server = at("/echo");
    let mut io = WebSocket::builder(&server.url).send_high_water_mark(0).connect().await.unwrap().into_io();
    assert_eq!(io.write(&pattern(100_000)).await.unwrap(), 64 << 10);
}

#[peer_test]
async fn vectored_write_is_one_message() {
    let server = at("/echo");
    let mut io = WebSocket::connect(&server.url).await.unwrap().into_io();
    let slices = [b"ab".as_slice(), b"", b"cde", b"f"].map(IoSlice::new);
    assert!(AsyncWrite::is_write_vectored(&io));
    let written = poll_fn(|cx| AsyncWrite::poll_write_vectored(Pin::new(&mut io), cx, &slices));
    assert_eq!(within("the write", written).await.unwrap(), 6);
    let (mut first, mut second) = ([0; 4], [0; 4]);
    let mut buffers = [std::io::IoSliceMut::new(&mut first), std::io::IoSliceMut::new(&mut second)];
    assert_eq!(within("the echo", io.read_vectored(&mut buffers)).await.unwrap(), 6);
    assert_eq!((&first, &second), (b"abcd", b"ef\0\0"));
    within("the close", io.close()).await.unwrap();
    assert_eq!(server.record().await.messages(), 1);
}

#[peer_test]
async fn bytes_are_read_into_memory_that_is_not_initialized() {
    let mut io = stream("/echo").await;
    io.write_all(b"0123456789").await.unwrap();
    let mut memory = [std::mem::MaybeUninit::uninit(); 6];
    let mut buffer = ReadBuf::uninit(&mut memory);
    buffer.put_slice(b"ab");
    within("the echo", poll_fn(|cx| AsyncRead::poll_read(Pin::new(&mut io), cx, &mut buffer))).await.unwrap();
    assert_eq!(buffer.filled(), b"ab0123");
    assert_eq!(buffer.initialized().len(), 6);
    assert_eq!(io.buffer(), b"456789");
    // Without capacity it must not wait, and must not take a message.
    ready("a full buffer", poll_fn(|cx| AsyncRead::poll_read(Pin::new(&mut io), cx, &mut buffer))).unwrap();
    assert_eq!(io.buffer(), b"456789");
}

#[peer_test]
async fn flush_does_not_wait_for_the_network() {
    let server = at("/deaf?for=500");
    let mut io = WebSocket::connect(&server.url).await.unwrap().into_io();
    for _ in 0..100 {
        ready("the write", io.write_all(&[0; 1_000])).unwrap();
        ready("the flush", io.flush()).unwrap();
    }
    within("the close", io.close()).await.unwrap();
    assert_eq!(server.record().await.messages(), 100);
}

#[peer_test]
async fn writes_wait_for_a_slow_reader_and_lose_nothing() {
    const LEN: usize = 4 << 20;
    let server = at("/read?rate=8000000");
    let mut io = WebSocket::builder(&server.url).send_high_water_mark(1 << 16).connect().await.unwrap().into_io();
    within("the writes", io.write_all(&pattern(LEN))).await.unwrap();
    let count = (LEN / (1 << 16)) as u32;
    server.until("the server has read everything", |record| record.messages() == count).await;
    within("the close", io.close()).await.unwrap();
}

#[peer_test]
async fn closing_sends_the_normal_code_after_everything_written() {
    let server = at("/echo");
    let mut io = WebSocket::connect(&server.url).await.unwrap().into_io();
    io.write_all(&pattern(1 << 20)).await.unwrap();
    let closed = io.get_ref().closed();
    within("the close", poll_fn(|cx| AsyncWrite::poll_shutdown(Pin::new(&mut io), cx))).await.unwrap();
    assert_eq!(ready("the info", closed).code().as_u16(), 1000);
    let record = server.record().await;
    assert_eq!((record.messages(), record.close_frame()), (1, Some((1000, String::new()))));
    assert_eq!(io.write(b"late").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    // Nothing was lost, so this is an end.
    let mut rest = Vec::new();
    within("the end", io.read_to_end(&mut rest)).await.unwrap();
}

#[peer_test]
async fn closing_waits_no_longer_than_the_close_timeout() {
    let server = at_unanswered_close();
    let ws = WebSocket::builder(&server.url).close_timeout(SHORT).connect().await.unwrap();
    let (closed, mut io) = (ws.closed(), ws.into_io());
    // What was written has left: this endpoint has done its part.
    within("the close timeout", io.close()).await.unwrap();
    assert!(ready("the info", closed).timed_out());
    server.answer_close().await;
}

#[peer_test]
async fn waiting_read_and_write_end_when_another_handle_closes() {
    let ws = WebSocket::builder(&at("/obey").url).send_high_water_mark(4).connect().await.unwrap();
    // Nothing leaves the buffer, however fast the network is.
    run_script("Object.defineProperty(socket, 'bufferedAmount', { value: 4, configurable: true })", ws.as_raw());
    let sender = ws.sender();
    let (mut reader, mut writer) = ws.into_io().split();
    assert_eq!(ready("the first write", writer.write(b"four")).unwrap(), 4);
    let mut byte = [0];
    let (mut read, mut write) = (reader.read(&mut byte), writer.write(b"waits"));
    assert!(poll(&mut read).is_pending() && poll(&mut write).is_pending());
    drop(sender.close(onclose::CloseFrame::NORMAL));
    let (read, written) = within("the end of both", join(read, write)).await;
    assert_eq!(read.unwrap(), 0);
    assert_eq!(written.unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(writer.write(b"late").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[peer_test]
async fn socket_is_returned_with_the_messages_that_follow() {
    let mut io = stream("/echo").await;
    io.write_all(b"one").await.unwrap();
    io.write_all(b"two").await.unwrap();
    let mut byte = [0];
    within("the echo", io.read_exact(&mut byte)).await.unwrap();
    assert_eq!((&byte, io.buffer()), (b"o", b"ne".as_slice()));
    assert_eq!(format!("{io:?}").matches("unread_bytes: 2").count(), 1, "{io:?}");
    let mut ws = io.into_inner();
    assert_eq!(within("the message", ws.recv()).await.unwrap().unwrap(), Message::from(b"two"));
}

#[peer_test]
async fn dropping_the_stream_closes_the_connection() {
    let server = at("/echo");
    drop(WebSocket::connect(&server.url).await.unwrap().into_io());
    assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
}

#[peer_test]
async fn lines_are_read_from_the_buffer_whatever_the_messages() {
    let mut io = stream("/echo").await;
    for part in ["fir", "st\nsecond\n\nla", "st"] {
        io.write_all(part.as_bytes()).await.unwrap();
    }
    let mut lines = io.lines();
    for line in ["first", "second", ""] {
        assert_eq!(within("a line", lines.next()).await.unwrap().unwrap(), line);
    }
}

#[peer_test]
async fn lines_codec_of_tokio_util_joins_and_cuts_lines() {
    use tokio_util::codec::{Framed, LinesCodec};
    let server = at("/echo");
    // Lines longer than the mark are several messages.
    let ws = WebSocket::builder(&server.url).send_high_water_mark(100).connect().await.unwrap();
    let (mut sink, mut lines) = Framed::new(ws.into_io(), LinesCodec::new()).split();
    let sent: Vec<String> = (0..50).map(|number| "é".repeat(number * 7)).collect();
    let sending = async {
        for line in &sent {
            sink.send(line).await.unwrap();
        }
    };
    let receiving = async {
        for line in &sent {
            assert_eq!(&lines.next().await.unwrap().unwrap(), line);
        }
    };
    within("the lines", join(sending, receiving)).await;
    let mut framed = sink.reunite(lines).unwrap();
    within("the close", SinkExt::<&str>::close(&mut framed)).await.unwrap();
    assert!(within("the end", framed.next()).await.is_none());
    assert_eq!(server.record().await.close_frame(), Some((1000, String::new())));
}

#[peer_test]
async fn length_codec_of_asynchronous_codec_keeps_frames() {
    use asynchronous_codec::{Bytes, Framed, LengthCodec};
    let mut framed = Framed::new(stream("/echo").await, LengthCodec);
    let frames = [0, 1, 100, 70_000, 2 << 20].map(|len| Bytes::from(pattern(len)));
    for frame in frames {
        framed.send(frame.clone()).await.unwrap();
        assert!(within("the echo", framed.next()).await.unwrap().unwrap() == frame);
    }
    within("the close", SinkExt::close(&mut framed)).await.unwrap();
}

/// Has several streams of a multiplexer echoed at the same time, and closes it.
pub(crate) async fn multiplex<T: futures_util::AsyncRead + futures_util::AsyncWrite + Unpin>(io: T) {
    use yamux::{Config, Connection, Mode};
    const STREAMS: usize = 4;
    let mut connection = Connection::new(io, Config::default(), Mode::Client);
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        streams.push(within("a stream", poll_fn(|cx| connection.poll_new_outbound(cx))).await.unwrap());
    }
    let echoes = join_all(streams.into_iter().enumerate().map(|(number, stream)| async move {
        let mut sent = pattern(1 << 20);
        sent[0] = 252 + number as u8;
        let (mut reader, mut writer) = AsyncReadExt::split(stream);
        let writing = async {
            writer.write_all(&sent).await.unwrap();
            writer.close().await.unwrap();
        };
        let mut echo = Vec::new();
        let (read, ()) = join(reader.read_to_end(&mut echo), writing).await;
        read.unwrap();
        assert!(echo == sent, "stream {number}");
    }));
    let driving = poll_fn(|cx| connection.poll_next_inbound(cx));
    match within("the echoes", select(pin!(echoes), driving)).await {
        Either::Left(_) => {}
        Either::Right((ended, _)) => panic!("the multiplexer ended: {:?}", ended.map(|inbound| inbound.map(drop))),
    }
    within("the close", poll_fn(|cx| connection.poll_close(cx))).await.unwrap();
}

#[peer_test]
async fn streams_of_a_multiplexer_run_at_the_same_time() {
    let server = at("/yamux");
    let ws = WebSocket::connect(&server.url).await.unwrap();
    let closed = ws.closed();
    multiplex(ws.into_io()).await;
    assert_eq!(within("the close", closed).await.code().as_u16(), 1000);
    // yamux sends at most 16 KiB of a stream at a time.
    assert!(server.record().await.messages() >= 4 * 64);
}
