//! One script on one socket.

use super::page::{Act, Crowd, Script};
use super::page_log::{End, Entry, Log, What};
use futures_util::future::{Either, join, join_all, select};
use futures_util::{StreamExt as _, stream};
use gloo_timers::future::TimeoutFuture;
use onclose::{CloseFrame, WebSocket, WebSocketSender};
use std::pin::pin;
use std::time::Duration;

pub(super) async fn play(script: &Script) -> Vec<Entry> {
    let crowd = match &script.crowd {
        Some(crowd) => Some(gather(crowd).await),
        None => None,
    };
    let log = Log::new();
    if let Some(crowd) = &crowd {
        log.add(What::Crowd { open: crowd.len() });
    }
    connect(script, &log).await;
    join_all(crowd.iter().flatten().map(|socket| socket.close(CloseFrame::NORMAL))).await;
    log.entries()
}

async fn connect(script: &Script, log: &Log) {
    let builder = WebSocket::builder(&script.url)
        .protocols(&script.protocols)
        .connect_timeout(Duration::from_millis(script.connect_timeout.into()))
        .close_timeout(Duration::from_millis(script.close_timeout.into()));
    let mut socket = match builder.open() {
        Ok(socket) => socket,
        Err(error) => return log.add(What::Threw { name: error.name().to_owned() }),
    };
    let closed = socket.closed();
    let sender = socket.sender();
    act(&script.at_once, &sender, log);
    let ended = async {
        let first = End::from(&closed.clone().await);
        log.add(What::Closed { end: first.clone() });
        first
    };
    let first = {
        let both = pin!(join(read(&mut socket, script, log), ended));
        match select(both, TimeoutFuture::new(script.patience)).await {
            Either::Left((((), first), _)) => first,
            Either::Right(_) => return log.add(What::Still),
        }
    };
    if End::from(&closed.await) != first || End::from(&sender.closed().await) != first {
        log.add(What::Broken { why: "a second look at the end shows another end" });
    }
    if socket.recv().await.is_some() {
        log.add(What::Broken { why: "the stream went on after its end" });
    }
}

/// Reads to the end, and does what is to be done on the way.
async fn read(socket: &mut WebSocket, script: &Script, log: &Log) {
    let sender = socket.sender();
    match socket.opened().await {
        Ok(()) => {
            log.add(What::Opened { protocol: socket.protocol(), extensions: socket.extensions() });
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
            Err(error) => log.add(What::StreamError { end: error.close_info().map(End::from) }),
        }
    }
    log.add(What::StreamEnd);
}

fn act(acts: &[Act], sender: &WebSocketSender, log: &Log) {
    for one in acts {
        // From before it is done: from then on deadlines count.
        let at = log.now();
        let (act, done) = match one {
            Act::Send { text } => ("send", sender.try_send(text.as_str()).is_ok()),
            Act::Fill { bytes } => ("fill", sender.try_send(vec![0; *bytes]).is_ok()),
            Act::Close { code, reason } => ("close", close(*code, reason, sender)),
        };
        log.add_at(at, What::Did { act, refused: !done });
    }
}

fn close(code: Option<u16>, reason: &str, sender: &WebSocketSender) -> bool {
    let frame = match code {
        None => Ok(CloseFrame::EMPTY),
        Some(code) => CloseFrame::new(code, reason.to_owned()),
    };
    match frame {
        Ok(frame) => {
            // Its end is awaited elsewhere.
            drop(sender.close(frame));
            true
        }
        Err(_) => false,
    }
}

/// Opens so many others first, and answers those that did.
async fn gather(crowd: &Crowd) -> Vec<WebSocket> {
    stream::iter(0..crowd.count)
        .map(|_| WebSocket::connect(&crowd.url))
        .buffer_unordered(8)
        .filter_map(async |socket| socket.ok())
        .collect()
        .await
}
