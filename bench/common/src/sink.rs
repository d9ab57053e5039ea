//! The loops over a subject's sink.

use std::fmt::Display;

use futures_util::{Sink, SinkExt, StreamExt, stream};
use wasm_bindgen::prelude::*;

use crate::run::{Open, echo_by, fail, take, write_number};
use crate::{Data, Subject, tally, text};

/// A subject whose library has a sink.
pub trait SinkSubject: Subject {
    /// What the sink takes.
    type Item;

    fn item(data: Data<'_>) -> Self::Item;

    fn sink(&mut self) -> Result<impl Sink<Self::Item, Error: Display> + Unpin, String>;
}

async fn send<S: SinkSubject>(subject: &mut S, data: Data<'_>) -> Result<(), String> {
    let item = S::item(data);
    subject.sink()?.send(item).await.map_err(text)
}

pub async fn sink_echo<S: SinkSubject>(
    open: &'static Open<S>,
    text: bool,
    size: u32,
    times: u32,
) -> Result<(), JsError> {
    echo_by(open, text, size, times, send).await
}

/// Sends this many texts, then counts as many echoes.
pub async fn sink_run<S: SinkSubject>(open: &'static Open<S>, size: u32, times: u32) -> Result<(), JsError> {
    let mut subject = take(open)?;
    let mut sent = "x".repeat(size as usize).into_bytes();
    for number in 0..times {
        write_number(&mut sent, number);
        send(&mut subject, Data::Text(str::from_utf8(&sent)?)).await.map_err(fail)?;
    }
    for number in 0..times {
        if !subject.recv(&mut tally::add).await.map_err(fail)? {
            return Err(fail(format_args!("the connection closed after {number} of {times} echoes")));
        }
    }
    open.set(Some(subject));
    Ok(())
}

/// Forwards a stream of this many texts, which closes the sink, and waits for the close.
pub async fn forward<S: SinkSubject>(open: &'static Open<S>, size: u32, times: u32) -> Result<(), JsError> {
    let mut subject = take(open)?;
    let mut sent = vec![b'x'; size as usize];
    let items = stream::iter(0..times).map(move |number| {
        write_number(&mut sent, number);
        Ok(S::item(Data::Text(str::from_utf8(&sent).unwrap_or_default())))
    });
    items.forward(subject.sink().map_err(fail)?).await.map_err(fail)?;
    // Some sinks only begin to close.
    let mut received = false;
    while subject.recv(&mut |_| received = true).await.map_err(fail)? {}
    if received {
        return Err(fail("the peer sent something"));
    }
    Ok(())
}

/// Exports the functions that the page calls, for a [`SinkSubject`]; after [`subject!`](crate::subject).
#[macro_export]
macro_rules! sink {
    () => {
        mod sink_exports {
            use super::OPEN;
            use $crate::sink;
            use $crate::wasm_bindgen;
            use $crate::wasm_bindgen::prelude::*;

            /// Sends a message through the sink and waits for its echo, this many times.
            #[wasm_bindgen]
            pub async fn sink_echo(text: bool, size: u32, times: u32) -> Result<(), JsError> {
                sink::sink_echo(&OPEN, text, size, times).await
            }

            /// Sends this many texts through the sink, each when the last one is flushed; then counts as many echoes.
            #[wasm_bindgen]
            pub async fn sink_run(size: u32, times: u32) -> Result<(), JsError> {
                sink::sink_run(&OPEN, size, times).await
            }

            /// Forwards a stream of this many texts into the sink, and waits for the close.
            #[wasm_bindgen]
            pub async fn forward(size: u32, times: u32) -> Result<(), JsError> {
                sink::forward(&OPEN, size, times).await
            }
        }
    };
}
