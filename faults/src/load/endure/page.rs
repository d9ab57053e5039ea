//! A peer that does not read for long, and readers slower than the peer, or faster.

use std::cell::{Cell, RefCell};

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use onclose::{CloseFrame, Message, WebSocket};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::job;
use crate::load::page::{clean, connect};
use crate::memory::{Rise, Risen};

thread_local! {
    /// The socket of `write_to_slow`, until `close_kept`.
    static KEPT: RefCell<Option<WebSocket>> = const { RefCell::new(None) };
}

#[derive(Deserialize)]
struct Writing {
    url: String,
    count: u32,
    size: usize,
    send_buffer: usize,
}

#[derive(Serialize)]
struct Written {
    /// Looks at the buffer at even intervals.
    samples: u32,
    /// Of those, how many found the buffer filled to the mark.
    full: u32,
    /// The most that `bufferedAmount` showed.
    buffered: u32,
    /// The longest that a `send` waited.
    waited: f64,
    millis: f64,
    risen: Risen,
}

/// Sends to a peer that reads late, looking at the buffer after each message and in between; the socket is kept open.
#[wasm_bindgen]
pub async fn write_to_slow(args: String) -> Result<String, JsError> {
    job::run(&args, async |Writing { url, count, size, send_buffer }: Writing| {
        let builder = WebSocket::builder(&url).send_high_water_mark(send_buffer);
        let socket = builder.connect().await.map_err(|error| error.to_string())?;
        let rise = Rise::begin();
        let begun = js_sys::Date::now();
        let (samples, full, buffered) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let look = || {
            let now = socket.buffered_amount();
            buffered.set(buffered.get().max(now));
            now as usize >= send_buffer
        };
        let writing = async {
            let mut waited: f64 = 0.0;
            let message = vec![7; size];
            for number in 0..count {
                let before = js_sys::Date::now();
                let sent = socket.send(message.clone()).await;
                sent.map_err(|error| format!("Message {number} was not sent: {error}"))?;
                waited = waited.max(js_sys::Date::now() - before);
                look();
            }
            socket.flush().await.map_err(|error| format!("It was not flushed: {error}"))?;
            Ok::<_, String>(waited)
        };
        let looking = async {
            loop {
                TimeoutFuture::new(20).await;
                samples.set(samples.get() + 1);
                full.set(full.get() + u32::from(look()));
            }
        };
        let waited = match select(Box::pin(writing), Box::pin(looking)).await {
            Either::Left((waited, _)) => waited?,
            Either::Right((never, _)) => never,
        };
        let (millis, risen) = (js_sys::Date::now() - begun, rise.so_far());
        KEPT.set(Some(socket));
        Ok::<_, String>(Written {
            samples: samples.get(),
            full: full.get(),
            buffered: buffered.get(),
            waited,
            millis,
            risen,
        })
    })
    .await
}

/// Closes the socket that was kept.
#[wasm_bindgen]
pub async fn close_kept(args: String) -> Result<String, JsError> {
    job::run(&args, async |()| {
        let socket = KEPT.take().ok_or("No socket was kept.")?;
        clean(&socket.close(CloseFrame::NORMAL).await, 1000)
    })
    .await
}

#[derive(Deserialize)]
struct Reading {
    url: String,
    count: u32,
    size: usize,
    /// Between two messages, in milliseconds.
    pause: u32,
}

#[derive(Serialize)]
struct Read {
    millis: f64,
    risen: Risen,
}

/// Takes numbered messages until the peer closes, with a pause after each.
#[wasm_bindgen]
pub async fn read(args: String) -> Result<String, JsError> {
    job::run(&args, async |Reading { url, count, size, pause }: Reading| {
        let mut socket = connect(&url).await?;
        let rise = Rise::begin();
        let begun = js_sys::Date::now();
        for number in 0..count {
            match socket.recv().await {
                Some(Ok(Message::Binary(bytes))) if is_number(&bytes, number, size) => {}
                Some(Ok(other)) => {
                    return Err(format!("In place of message {number} there came another of {} bytes.", other.len()));
                }
                other => return Err(format!("In place of message {number} there came {other:?}.")),
            }
            if pause > 0 {
                TimeoutFuture::new(pause).await;
            }
        }
        let (millis, risen) = (js_sys::Date::now() - begun, rise.so_far());
        if let Some(more) = socket.recv().await {
            return Err(format!("After the last message there came {more:?}."));
        }
        clean(&socket.closed().await, 1000)?;
        Ok(Read { millis, risen })
    })
    .await
}

/// As the peer's `/send` makes them: byte `i` of message `k` is `k + i`.
fn is_number(bytes: &[u8], number: u32, size: usize) -> bool {
    bytes.len() == size && bytes.iter().zip(number..).all(|(byte, expected)| *byte == expected as u8)
}
