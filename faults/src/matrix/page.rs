//! Plays the scripts through the crate, and logs what its user gets.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, join, join_all, select};
use futures_util::{StreamExt as _, stream};
use gloo_timers::future::TimeoutFuture;
use onclose::{CloseFrame, CloseInfo, ConnectError, Message, WebSocket, WebSocketSender};
use wasm_bindgen::prelude::*;

use super::log::{At, CrateEvent, End};
use super::script::{Act, Crowd, Script};
use super::{CrateScripts, Scripts};
use crate::job;

#[wasm_bindgen]
pub async fn matrix(args: String) -> Result<String, JsError> {
    job::run(&args, async |CrateScripts(Scripts { scripts, together })| -> Result<_, String> {
        Ok(stream::iter(scripts.iter().map(play)).buffered(together).collect().await)
    })
    .await
}

async fn play(script: &Script) -> Vec<At<CrateEvent>> {
    let crowd = match &script.crowd {
        Some(crowd) => Some(gather(crowd).await),
        None => None,
    };
    let log = Log::new();
    if let Some(crowd) = &crowd {
        log.add(CrateEvent::Crowd { open: crowd.len() });
    }
    connect(script, &log).await;
    join_all(crowd.iter().flatten().map(|socket| socket.close(CloseFrame::NORMAL))).await;
    log.entries()
}

async fn connect(script: &Script, log: &Log) {
    let builder = WebSocket::builder(&script.url)
        .protocols(&script.protocols)
        .connect_timeout(Duration::from_millis(script.limits.connect_timeout.into()))
        .close_timeout(Duration::from_millis(script.limits.close_timeout.into()));
    let mut socket = match builder.open() {
        Ok(socket) => socket,
        Err(error) => return log.add(CrateEvent::Threw { name: error.name().to_owned() }),
    };
    let closed = socket.closed();
    let sender = socket.sender();
    act(&script.at_once, &sender, log);
    let awaited = async {
        let first = End::from(&closed.clone().await);
        log.add(CrateEvent::Closed { end: first.clone() });
        first
    };
    let first = {
        let both = pin!(join(read(&mut socket, script, log), awaited));
        match select(both, TimeoutFuture::new(script.patience)).await {
            Either::Left((((), first), _)) => first,
            Either::Right(_) => return log.add(CrateEvent::Still),
        }
    };
    let broken = |why: &str| log.add(CrateEvent::Broken { why: why.to_owned() });
    if End::from(&closed.await) != first || End::from(&sender.closed().await) != first {
        broken("a later future of the close returns another result");
    }
    if socket.recv().await.is_some() {
        broken("the stream continues after its end");
    }
}

/// Receives to the end of the stream, and acts as the script demands.
async fn read(socket: &mut WebSocket, script: &Script, log: &Log) {
    let sender = socket.sender();
    match socket.opened().await {
        Ok(()) => {
            log.add(CrateEvent::Opened { protocol: socket.protocol(), extensions: socket.extensions() });
            act(&script.on_open, &sender, log);
        }
        Err(error) => log.add(error.into()),
    }
    let mut first = true;
    while let Some(item) = socket.recv().await {
        match item {
            Ok(message) => {
                log.add(message.into());
                if std::mem::take(&mut first) {
                    act(&script.on_message, &sender, log);
                }
            }
            Err(error) => log.add(CrateEvent::StreamError { end: error.close_info().map(End::from) }),
        }
    }
    log.add(CrateEvent::StreamEnd);
}

fn act(acts: &[Act], sender: &WebSocketSender, log: &Log) {
    for one in acts {
        // Taken before the act, since the timeouts count from its beginning.
        let at = log.now();
        let (act, done) = match one {
            Act::Send { text } => ("send", sender.try_send(text.as_str()).is_ok()),
            Act::Fill { bytes } => ("fill", sender.try_send(vec![0; *bytes]).is_ok()),
            Act::Close { code, reason } => ("close", close(*code, reason, sender)),
        };
        log.add_at(at, CrateEvent::Did { act: act.to_owned(), refused: !done });
    }
}

fn close(code: Option<u16>, reason: &str, sender: &WebSocketSender) -> bool {
    let frame = match code {
        None => Ok(CloseFrame::EMPTY),
        Some(code) => CloseFrame::new(code, reason.to_owned()),
    };
    match frame {
        Ok(frame) => {
            // `connect` awaits the close.
            drop(sender.close(frame));
            true
        }
        Err(_) => false,
    }
}

/// Opens this many other sockets, and returns those that opened.
async fn gather(crowd: &Crowd) -> Vec<WebSocket> {
    stream::iter(0..crowd.count)
        .map(|_| WebSocket::connect(&crowd.url))
        .buffer_unordered(8)
        .filter_map(async |socket| socket.ok())
        .collect()
        .await
}

/// Shared by the tasks of one socket.
#[derive(Clone)]
struct Log {
    begun: f64,
    entries: Rc<RefCell<Vec<At<CrateEvent>>>>,
}

impl Log {
    fn new() -> Self {
        Self { begun: js_sys::Date::now(), entries: Rc::default() }
    }

    fn now(&self) -> f64 {
        js_sys::Date::now() - self.begun
    }

    fn add(&self, what: CrateEvent) {
        self.add_at(self.now(), what);
    }

    fn add_at(&self, at: f64, what: CrateEvent) {
        self.entries.borrow_mut().push(At { what, at });
    }

    fn entries(&self) -> Vec<At<CrateEvent>> {
        self.entries.borrow().clone()
    }
}

impl From<&CloseInfo> for End {
    fn from(closed: &CloseInfo) -> Self {
        let frame = |frame: &CloseFrame| (frame.code().map(onclose::CloseCode::as_u16), frame.reason().to_owned());
        Self {
            code: closed.code().as_u16(),
            reason: closed.reason().to_owned(),
            clean: closed.was_clean(),
            cause: closed.cause().into(),
            was_open: closed.was_open(),
            timed_out: closed.timed_out(),
            requested: closed.requested().map(frame),
        }
    }
}

impl From<ConnectError> for CrateEvent {
    fn from(error: ConnectError) -> Self {
        let end = error.close_info().map(End::from);
        Self::NotOpened { timeout: error.is_timeout(), blocked: error.is_blocked(), end }
    }
}

impl From<Message> for CrateEvent {
    fn from(message: Message) -> Self {
        let (kind, content) = match message {
            Message::Text(content) => ("text", content),
            Message::Binary(bytes) => ("binary", bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        };
        Self::Message { kind: kind.to_owned(), content }
    }
}
