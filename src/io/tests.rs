//! The conversion between messages and bytes, on the host: any messages, any cuts, any order of waits.
#![allow(clippy::expect_used, clippy::panic)]

use super::socket::MessageSocket;
use super::{MAX_WRITE_ONE_BY_ONE, UnexpectedText, WebSocketIo};
use crate::CloseEvent;
use crate::socket::{CloseCause, CloseInfo, Message, RecvError, SendError};
use ::core::pin::Pin;
use ::core::task::{Context, Poll, Waker};
use proptest::collection::vec;
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};

/// What a socket does when it is polled to receive.
#[derive(Clone, Debug)]
enum Step {
    Pending,
    Message(Message),
    Lost,
}

/// A socket that receives these steps and then has ended, and that has capacity only every other time.
#[derive(Debug, Default)]
struct ScriptedSocket {
    steps: VecDeque<Step>,
    sent: Vec<Vec<u8>>,
    has_capacity: bool,
    is_flushed: bool,
    mark: usize,
}

fn lost() -> RecvError {
    RecvError::lost(CloseInfo::new(CloseEvent::new(1006, "", false), CloseCause::Lost, true, false, None))
}

impl MessageSocket for ScriptedSocket {
    fn poll_message(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Message, RecvError>>> {
        Poll::Ready(match self.steps.pop_front() {
            Some(Step::Pending) => return Poll::Pending,
            Some(Step::Message(message)) => Some(Ok(message)),
            Some(Step::Lost) => Some(Err(lost())),
            None => None,
        })
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.has_capacity = !self.has_capacity;
        if self.has_capacity { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn start_send(&mut self, bytes: Cow<'_, [u8]>) -> Result<(), SendError> {
        assert!(self.has_capacity, "sent without capacity");
        self.sent.push(bytes.into_owned());
        self.is_flushed = false;
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.is_flushed = true;
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn high_water_mark(&self) -> usize {
        self.mark
    }
}

/// A way to read at most so many bytes.
#[derive(Clone, Copy, Debug)]
enum Read {
    Futures(usize),
    FuturesVectored([usize; 3]),
    FuturesBuffered(usize),
    Tokio(usize),
    TokioBuffered(usize),
}

impl Read {
    fn capacity(self) -> usize {
        match self {
            Self::Futures(len) | Self::FuturesBuffered(len) | Self::Tokio(len) | Self::TokioBuffered(len) => len,
            Self::FuturesVectored(lens) => lens.iter().sum(),
        }
    }

    /// Returns `true` if it waits for bytes even if it takes none.
    fn is_buffered(self) -> bool {
        matches!(self, Self::FuturesBuffered(_) | Self::TokioBuffered(_))
    }

    fn poll(self, io: &mut WebSocketIo<ScriptedSocket>) -> Poll<io::Result<Vec<u8>>> {
        let (mut io, mut cx) = (Pin::new(io), Context::from_waker(Waker::noop()));
        match self {
            Self::Futures(len) => {
                let mut bytes = vec![0; len];
                futures_io::AsyncRead::poll_read(io, &mut cx, &mut bytes).map_ok(|count| {
                    bytes.truncate(count);
                    bytes
                })
            }
            Self::FuturesVectored(lens) => {
                let mut buffers = lens.map(|len| vec![0; len]);
                let mut slices = buffers.each_mut().map(|buffer| IoSliceMut::new(buffer));
                let read = futures_io::AsyncRead::poll_read_vectored(io, &mut cx, &mut slices);
                read.map_ok(|count| buffers.concat()[..count].to_vec())
            }
            Self::FuturesBuffered(len) => {
                let read = futures_io::AsyncBufRead::poll_fill_buf(io.as_mut(), &mut cx);
                let read = read.map_ok(|bytes| bytes[..bytes.len().min(len)].to_vec());
                if let Poll::Ready(Ok(bytes)) = &read {
                    futures_io::AsyncBufRead::consume(io, bytes.len());
                }
                read
            }
            Self::Tokio(len) => {
                let mut memory = vec![std::mem::MaybeUninit::uninit(); len];
                let mut buffer = tokio::io::ReadBuf::uninit(&mut memory);
                let read = tokio::io::AsyncRead::poll_read(io, &mut cx, &mut buffer);
                read.map_ok(|()| buffer.filled().to_vec())
            }
            Self::TokioBuffered(len) => {
                let read = tokio::io::AsyncBufRead::poll_fill_buf(io.as_mut(), &mut cx);
                let read = read.map_ok(|bytes| bytes[..bytes.len().min(len)].to_vec());
                if let Poll::Ready(Ok(bytes)) = &read {
                    tokio::io::AsyncBufRead::consume(io, bytes.len());
                }
                read
            }
        }
    }
}

/// What a reader gets, with adjacent bytes as one item.
#[derive(Debug, PartialEq)]
enum Item {
    Bytes(Vec<u8>),
    Text(String),
    Lost,
    End,
}

fn add_bytes(items: &mut Vec<Item>, bytes: &[u8]) {
    match items.last_mut() {
        _ if bytes.is_empty() => {}
        Some(Item::Bytes(before)) => before.extend_from_slice(bytes),
        _ => items.push(Item::Bytes(bytes.to_vec())),
    }
}

fn expected(steps: &[Step]) -> Vec<Item> {
    let mut items = Vec::new();
    for step in steps {
        match step {
            Step::Pending => {}
            Step::Message(Message::Binary(bytes)) => add_bytes(&mut items, bytes),
            Step::Message(Message::Text(text)) => items.push(Item::Text(text.clone())),
            Step::Lost => {
                items.push(Item::Lost);
                return items;
            }
        }
    }
    items.push(Item::End);
    items
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Pending),
        4 => vec(any::<u8>(), 0..40).prop_map(|bytes| Step::Message(Message::Binary(bytes))),
        1 => ".{0,5}".prop_map(|text| Step::Message(Message::Text(text))),
    ];
    (vec(step, 0..20), any::<bool>()).prop_map(|(mut steps, is_lost)| {
        steps.extend(is_lost.then_some(Step::Lost));
        steps
    })
}

fn reads() -> impl Strategy<Value = Vec<Read>> {
    let read = prop_oneof![
        (0usize..50).prop_map(Read::Futures),
        any::<[u8; 3]>().prop_map(|lens| Read::FuturesVectored(lens.map(|len| usize::from(len) % 20))),
        (0usize..50).prop_map(Read::FuturesBuffered),
        (0usize..50).prop_map(Read::Tokio),
        (0usize..50).prop_map(Read::TokioBuffered),
    ];
    // The last one has capacity: the reads are repeated until the end.
    (vec(read, 0..10), 1usize..50).prop_map(|(mut reads, len)| {
        reads.push(Read::Tokio(len));
        reads
    })
}

/// Splits into slices at these places.
fn slices<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut slices: Vec<_> = Vec::new();
    for cut in cuts {
        let (slice, after) = rest.split_at(rest.len().min(*cut));
        slices.push(slice);
        rest = after;
    }
    slices.push(rest);
    slices
}

proptest! {
    #[test]
    fn messages_are_read_in_order_whatever_the_cuts(steps in steps(), reads in reads()) {
        let socket = ScriptedSocket { steps: steps.clone().into(), ..ScriptedSocket::default() };
        let (mut io, mut items) = (WebSocketIo::new(socket), Vec::new());
        for read in reads.iter().cycle() {
            let is_empty = read.capacity() == 0;
            let result = read.poll(&mut io);
            if is_empty && !read.is_buffered() {
                prop_assert!(matches!(result, Poll::Ready(Ok(_))), "{result:?} without room, which needs no waiting");
                continue;
            }
            match result {
                Poll::Pending => continue,
                Poll::Ready(Ok(_)) if is_empty => {}
                Poll::Ready(Ok(bytes)) if bytes.is_empty() => {
                    items.push(Item::End);
                    break;
                }
                Poll::Ready(Ok(bytes)) => add_bytes(&mut items, &bytes),
                Poll::Ready(Err(error)) if error.kind() == ErrorKind::InvalidData => {
                    let inner = error.into_inner().expect("an inner error");
                    items.push(Item::Text(inner.downcast::<UnexpectedText>().expect("a text").into_text()));
                }
                Poll::Ready(Err(error)) => {
                    prop_assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<RecvError>());
                    prop_assert_eq!(inner, Some(&lost()));
                    items.push(Item::Lost);
                    break;
                }
            }
        }
        prop_assert_eq!(&items, &expected(&steps));
        // How the stream has ended does not change.
        let last = items.last() == Some(&Item::Lost);
        for read in reads.iter().filter(|read| read.capacity() > 0) {
            match read.poll(&mut io) {
                Poll::Ready(Ok(bytes)) => prop_assert!(!last && bytes.is_empty()),
                Poll::Ready(Err(error)) => prop_assert!(last && error.kind() == ErrorKind::ConnectionReset),
                Poll::Pending => prop_assert!(false, "pending after the end"),
            }
        }
    }

    #[test]
    fn writes_are_cut_to_messages_that_join_to_what_was_written(
        mark in 0usize..60,
        writes in vec((vec(any::<u8>(), 0..200), vec(0usize..30, 0..5), any::<[bool; 2]>()), 0..10),
    ) {
        let mut io = WebSocketIo::new(ScriptedSocket { mark, ..ScriptedSocket::default() });
        let limit = if mark < 2 { MAX_WRITE_ONE_BY_ONE } else { mark };
        let (mut cx, mut written, mut messages) = (Context::from_waker(Waker::noop()), Vec::new(), Vec::new());
        for (bytes, cuts, [vectored, of_tokio]) in &writes {
            let mut bytes = bytes.as_slice();
            loop {
                let slices: Vec<_> = slices(bytes, cuts).into_iter().map(IoSlice::new).collect();
                let stream = Pin::new(&mut io);
                let written_now = match (vectored, of_tokio) {
                    (false, false) => futures_io::AsyncWrite::poll_write(stream, &mut cx, bytes),
                    (true, false) => futures_io::AsyncWrite::poll_write_vectored(stream, &mut cx, &slices),
                    (false, true) => tokio::io::AsyncWrite::poll_write(stream, &mut cx, bytes),
                    (true, true) => tokio::io::AsyncWrite::poll_write_vectored(stream, &mut cx, &slices),
                };
                let Poll::Ready(count) = written_now else { continue };
                let stream = Pin::new(&mut io);
                let flushed = match of_tokio {
                    false => futures_io::AsyncWrite::poll_flush(stream, &mut cx),
                    true => tokio::io::AsyncWrite::poll_flush(stream, &mut cx),
                };
                prop_assert!(matches!(flushed, Poll::Ready(Ok(()))) && io.get_ref().is_flushed);
                let count = count.expect("no error");
                prop_assert_eq!(count, bytes.len().min(limit));
                if count == 0 {
                    break;
                }
                written.extend_from_slice(&bytes[..count]);
                messages.push(count);
                bytes = &bytes[count..];
            }
        }
        let sent = io.into_inner().sent;
        prop_assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), messages);
        prop_assert_eq!(sent.concat(), written);
    }
}

#[test]
fn one_filled_slice_is_not_copied() {
    let bytes = [1, 2, 3];
    for slices in [&[&bytes[..]][..], &[&[], &bytes, &[]], &[&bytes, &bytes]] {
        let slices: Vec<_> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
        assert!(matches!(super::join(&slices, 3), Cow::Borrowed([1, 2, 3])));
    }
}

#[test]
fn debug_output_has_no_content() {
    let steps = [Step::Message(Message::from(b"secret")), Step::Message(Message::from("secret"))].into();
    let mut io = WebSocketIo::new(ScriptedSocket { steps, ..ScriptedSocket::default() });
    assert!(matches!(Read::Tokio(1).poll(&mut io), Poll::Ready(Ok(bytes)) if bytes == b"s"));
    assert_eq!(io.buffer(), b"ecret");
    assert!(format!("{io:?}").contains("unread_bytes: 5"));
    assert!(matches!(Read::Tokio(9).poll(&mut io), Poll::Ready(Ok(_))));
    let Poll::Ready(Err(error)) = Read::Tokio(9).poll(&mut io) else { panic!("a text is an error") };
    assert!(!format!("{error:?} {error}").contains("secret"));
}
