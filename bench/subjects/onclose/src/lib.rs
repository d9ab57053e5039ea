//! This crate: its stream of messages, the same with messages that stay in JavaScript, its callback, and its halves.

#![allow(unreachable_pub)]

use std::cell::{Cell, RefCell};
use std::fmt::Display;

use futures_channel::oneshot;
use futures_util::Sink;
use futures_util::future::Either;
use onclose::{Message, MessageListener, RecvError, WebSocket, WebSocketReceiver, WebSocketSender};
use onclose_bench::{Data, End, SinkSubject, Subject, sink, subject, tally, text};
use wasm_bindgen::prelude::*;

subject!(Socket);
sink!();

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Stream,
    Raw,
    Closure,
    Split,
}

/// More than the largest message of the bench.
const BUFFER: usize = 128 << 10;

thread_local! {
    static WAY: Cell<Way> = const { Cell::new(Way::Stream) };
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static LISTENING: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

/// Copies messages to the app's own buffer from now on.
#[wasm_bindgen]
pub fn use_raw() {
    WAY.set(Way::Raw);
    BYTES.set(vec![0; BUFFER]);
}

/// Reads messages by a closure from now on.
#[wasm_bindgen]
pub fn use_closure() {
    WAY.set(Way::Closure);
}

/// Sends and receives by the halves from now on.
#[wasm_bindgen]
pub fn use_split() {
    WAY.set(Way::Split);
}

enum Socket {
    Whole(WebSocket),
    Split(WebSocketSender, WebSocketReceiver),
    Listening { sender: WebSocketSender, _listener: MessageListener },
}

impl Socket {
    fn whole(&mut self) -> Result<&mut WebSocket, String> {
        match self {
            Self::Whole(socket) => Ok(socket),
            Self::Split(..) | Self::Listening { .. } => Err("it is not whole".to_owned()),
        }
    }

    /// Counts messages by a closure, and calls `counted` after each.
    fn by_closure(self, mut counted: impl FnMut() + 'static) -> Result<(Self, WebSocketSender), String> {
        let Self::Whole(socket) = self else { return Err("it is not whole".to_owned()) };
        let (sender, receiver) = socket.split();
        let listener = receiver.on_message(move |message| {
            match message {
                Ok(message) => tally::add(data(&message)),
                Err(error) => tally::stop(text(error)),
            }
            counted();
        });
        Ok((Self::Listening { sender: sender.clone(), _listener: listener }, sender))
    }
}

fn data(message: &Message) -> Data<'_> {
    match message {
        Message::Text(data) => Data::Text(data),
        Message::Binary(data) => Data::Binary(data),
    }
}

async fn recv_raw(socket: &mut WebSocket, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, RecvError> {
    let Some(message) = socket.recv_raw().await.transpose()? else { return Ok(false) };
    BYTES.with_borrow_mut(|bytes| {
        if let Ok(length) = message.copy_to(bytes) {
            visit(Data::Binary(&bytes[..length]));
        }
    });
    Ok(true)
}

fn visited(received: Option<Result<Message, RecvError>>, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, RecvError> {
    let Some(message) = received.transpose()? else { return Ok(false) };
    visit(data(&message));
    Ok(true)
}

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        let socket = WebSocket::connect(url).await.map_err(text)?;
        Ok(match WAY.get() {
            Way::Split => {
                let (sender, receiver) = socket.split();
                Self::Split(sender, receiver)
            }
            Way::Stream | Way::Raw | Way::Closure => Self::Whole(socket),
        })
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        let sending = match (self, data) {
            (Self::Whole(socket), Data::Text(data)) => socket.send(data),
            (Self::Whole(socket), Data::Binary(data)) => socket.send(data),
            (Self::Split(sender, _) | Self::Listening { sender, .. }, Data::Text(data)) => sender.send(data),
            (Self::Split(sender, _) | Self::Listening { sender, .. }, Data::Binary(data)) => sender.send(data),
        };
        sending.await.map_err(text)
    }

    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        if let Self::Split(_, receiver) = self {
            return visited(receiver.recv().await, visit).map_err(text);
        }
        let socket = self.whole()?;
        match WAY.get() {
            Way::Raw => recv_raw(socket, visit).await.map_err(text),
            Way::Stream | Way::Split | Way::Closure => visited(socket.recv().await, visit).map_err(text),
        }
    }

    fn listen(self) {
        if WAY.get() != Way::Closure {
            return onclose_bench::run::read(self);
        }
        match self.by_closure(|| {}) {
            Ok((listening, _)) => LISTENING.set(Some(listening)),
            Err(why) => tally::stop(why),
        }
    }

    async fn burst(self, ask: &str, times: u32) -> Result<Self, String> {
        if WAY.get() != Way::Closure {
            return onclose_bench::run::burst_by_stream(self, ask, times).await;
        }
        let (done, all) = oneshot::channel();
        let (mut done, mut left) = (Some(done), times);
        let counted = move || {
            left = left.saturating_sub(1);
            if left == 0 {
                done.take().map(|done| done.send(()));
            }
        };
        let (listening, sender) = self.by_closure(counted)?;
        sender.send(ask).await.map_err(text)?;
        all.await.map_err(text)?;
        Ok(listening)
    }

    async fn end(&mut self, ask: &str) -> Result<End, String> {
        let socket = self.whole()?;
        socket.send(ask).await.map_err(text)?;
        let closed = socket.closed().await;
        let event = closed.event();
        Ok(End { code: event.code().as_u16(), reason: event.reason().to_owned(), clean: Some(event.was_clean()) })
    }
}

impl SinkSubject for Socket {
    type Item = Message;

    fn item(data: Data<'_>) -> Message {
        match data {
            Data::Text(data) => Message::Text(data.to_owned()),
            Data::Binary(data) => Message::Binary(data.to_vec()),
        }
    }

    fn sink(&mut self) -> Result<impl Sink<Message, Error: Display> + Unpin, String> {
        Ok(match self {
            Self::Whole(socket) => Either::Left(socket),
            Self::Split(sender, _) | Self::Listening { sender, .. } => Either::Right(sender),
        })
    }
}
