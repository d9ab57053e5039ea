//! Slow peers and slow readers over the crate.

use std::cell::{Cell, RefCell};

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use onclose::{CloseFrame, Message, WebSocket};
use wasm_bindgen::prelude::*;

use super::{CloseKept, Read, WasRead, WriteToSlow, Written};
use crate::job;
use crate::load::page::{clean, connect};
use crate::memory::Rise;

thread_local! {
    /// The socket of `write_to_slow`, until `close_kept`.
    static KEPT: RefCell<Option<WebSocket>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
pub async fn write_to_slow(args: String) -> Result<String, JsError> {
    job::run(&args, async |WriteToSlow { url, count, size, send_high_water_mark }| {
        let requested = js_sys::Date::now();
        let builder = WebSocket::builder(&url).send_high_water_mark(send_high_water_mark);
        let socket = builder.connect().await.map_err(|error| error.to_string())?;
        let rise = Rise::begin();
        let begun = js_sys::Date::now();
        let (samples, full, buffered) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let sample = || {
            let now = socket.buffered_amount();
            buffered.set(buffered.get().max(now));
            now as usize >= send_high_water_mark
        };
        let writing = async {
            let (mut waited, mut resumed) = (0.0, 0.0);
            let message = vec![7; size];
            for number in 0..count {
                let before = js_sys::Date::now();
                let sent = socket.send(message.clone()).await;
                sent.map_err(|error| format!("Message {number} was not sent: {error}"))?;
                let now = js_sys::Date::now();
                if now - before > waited {
                    (waited, resumed) = (now - before, now - requested);
                }
                sample();
            }
            socket.flush().await.map_err(|error| format!("It was not flushed: {error}"))?;
            Ok::<_, String>((waited, resumed))
        };
        let sampling = async {
            loop {
                TimeoutFuture::new(20).await;
                samples.set(samples.get() + 1);
                full.set(full.get() + u32::from(sample()));
            }
        };
        let (waited, resumed) = match select(Box::pin(writing), Box::pin(sampling)).await {
            Either::Left((written, _)) => written?,
            Either::Right((never, _)) => never,
        };
        let (millis, risen) = (js_sys::Date::now() - begun, rise.so_far());
        KEPT.set(Some(socket));
        Ok::<_, String>(Written {
            samples: samples.get(),
            full: full.get(),
            buffered: buffered.get(),
            waited_ms: waited,
            resumed_ms: resumed,
            millis,
            risen,
        })
    })
    .await
}

#[wasm_bindgen]
pub async fn close_kept(args: String) -> Result<String, JsError> {
    job::run(&args, async |CloseKept| {
        let socket = KEPT.take().ok_or("No socket was kept open.")?;
        clean(&socket.close(CloseFrame::NORMAL).await, 1000)
    })
    .await
}

#[wasm_bindgen]
pub async fn read(args: String) -> Result<String, JsError> {
    job::run(&args, async |Read { url, count, size, pause_ms }| {
        let mut socket = connect(&url).await?;
        let rise = Rise::begin();
        let begun = js_sys::Date::now();
        for number in 0..count {
            match socket.recv().await {
                Some(Ok(Message::Binary(bytes))) if is_number(&bytes, number, size) => {}
                Some(Ok(other)) => {
                    return Err(format!("Received another one of {} bytes instead of message {number}.", other.len()));
                }
                other => return Err(format!("Received {other:?} instead of message {number}.")),
            }
            if pause_ms > 0 {
                TimeoutFuture::new(pause_ms).await;
            }
        }
        let (millis, risen) = (js_sys::Date::now() - begun, rise.so_far());
        if let Some(more) = socket.recv().await {
            return Err(format!("Received {more:?} after the last message."));
        }
        clean(&socket.closed().await, 1000)?;
        Ok(WasRead { millis, risen })
    })
    .await
}

/// Returns whether this is a message of the peer's `/send`: byte `i` of message `k` is `k + i`.
fn is_number(bytes: &[u8], number: u32, size: usize) -> bool {
    bytes.len() == size && bytes.iter().zip(number..).all(|(byte, expected)| *byte == expected as u8)
}
