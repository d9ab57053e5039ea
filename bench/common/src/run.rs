//! The loops that are timed, the same for every subject in Rust.

use std::cell::RefCell;
use std::thread::LocalKey;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::{Data, End, Subject, tally};

pub(crate) type Open<S> = LocalKey<RefCell<Option<S>>>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

pub(crate) fn take<S>(open: &'static Open<S>) -> Result<S, JsError> {
    open.take().ok_or_else(|| JsError::new("there is no open connection"))
}

pub(crate) fn fail(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

pub async fn open<S: Subject>(open: &'static Open<S>, url: &str) -> Result<(), JsError> {
    let subject = S::connect(url).await.map_err(fail)?;
    open.set(Some(subject));
    Ok(())
}

pub fn listen<S: Subject>(open: &'static Open<S>) -> Result<(), JsError> {
    take(open)?.listen();
    Ok(())
}

/// Starts a task that reads and counts until the connection has closed.
pub fn read<S: Subject>(mut subject: S) {
    spawn_local(async move {
        let why = loop {
            match subject.recv(&mut tally::add).await {
                Ok(true) => {}
                Ok(false) => break "the connection has closed".to_owned(),
                Err(error) => break error,
            }
        };
        tally::stop(why);
    });
}

pub async fn echo<S: Subject>(open: &'static Open<S>, text: bool, size: u32, times: u32) -> Result<(), JsError> {
    echo_by(open, text, size, times, S::send).await
}

pub(crate) async fn echo_by<S: Subject>(
    open: &'static Open<S>,
    text: bool,
    size: u32,
    times: u32,
    send: impl AsyncFn(&mut S, Data<'_>) -> Result<(), String>,
) -> Result<(), JsError> {
    let mut subject = take(open)?;
    let mut sent = "x".repeat(size as usize).into_bytes();
    for number in 0..times {
        write_number(&mut sent, number);
        let data = match text {
            true => Data::Text(std::str::from_utf8(&sent)?),
            false => Data::Binary(&sent),
        };
        send(&mut subject, data).await.map_err(fail)?;
        let mut same = false;
        let mut visit = |data: Data<'_>| same = data.bytes() == sent && text == matches!(data, Data::Text(_));
        subject.recv(&mut visit).await.map_err(fail)?;
        if !same {
            return Err(fail(format_args!("echo {number} is not what was sent")));
        }
    }
    open.set(Some(subject));
    Ok(())
}

/// Writes four digits to the front, so that each message differs from its neighbours.
pub(crate) fn write_number(message: &mut [u8], mut number: u32) {
    if let Some(digits) = message.first_chunk_mut::<4>() {
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
}

pub async fn pipe<S: Subject>(open: &'static Open<S>, size: u32, times: u32) -> Result<(), JsError> {
    let mut subject = take(open)?;
    let mut sent = vec![b'x'; size as usize];
    for number in 0..times {
        write_number(&mut sent, number);
        subject.send(Data::Binary(&sent)).await.map_err(fail)?;
    }
    subject.send(Data::Text("done")).await.map_err(fail)?;
    let mut answered = false;
    let mut visit = |data: Data<'_>| answered = data.bytes() == b"finish 0";
    subject.recv(&mut visit).await.map_err(fail)?;
    if !answered {
        return Err(fail("the peer did not answer that it has everything"));
    }
    open.set(Some(subject));
    Ok(())
}

pub async fn upload<S: Subject>(
    open: &'static Open<S>,
    size: u32,
    times: u32,
    acknowledged: f64,
) -> Result<(), JsError> {
    let mut subject = take(open)?;
    let mut sent = vec![b'x'; size as usize];
    for number in 0..times {
        write_number(&mut sent, number);
        subject.send(Data::Binary(&sent)).await.map_err(fail)?;
    }
    let mut reached = false;
    while !reached {
        let mut visit = |data: Data<'_>| {
            let bytes = std::str::from_utf8(data.bytes()).ok().and_then(|text| text.parse::<f64>().ok());
            reached = bytes.is_some_and(|bytes| bytes >= acknowledged);
        };
        if !subject.recv(&mut visit).await.map_err(fail)? {
            return Err(fail("the connection closed before the peer had acknowledged everything"));
        }
    }
    open.set(Some(subject));
    Ok(())
}

pub async fn upload_for<S: Subject>(open: &'static Open<S>, size: u32, millis: f64) -> Result<u32, JsError> {
    let mut subject = take(open)?;
    let mut sent = vec![b'x'; size as usize];
    let end = now() + millis;
    let mut number = 0;
    while now() < end {
        write_number(&mut sent, number);
        subject.send(Data::Binary(&sent)).await.map_err(fail)?;
        number += 1;
    }
    open.set(Some(subject));
    Ok(number)
}

pub async fn burst<S: Subject>(open: &'static Open<S>, times: u32) -> Result<(), JsError> {
    let subject = take(open)?.burst("go", times).await.map_err(fail)?;
    open.set(Some(subject));
    Ok(())
}

/// The burst of a subject that reads by `recv`.
pub async fn burst_by_stream<S: Subject>(mut subject: S, ask: &str, times: u32) -> Result<S, String> {
    subject.send(Data::Text(ask)).await?;
    for number in 0..times {
        if !subject.recv(&mut tally::add).await? {
            return Err(format!("the connection closed after {number} of {times} messages"));
        }
    }
    Ok(subject)
}

pub async fn end<S: Subject>(open: &'static Open<S>, reason: &str) -> Result<Vec<f64>, JsError> {
    let mut subject = take(open)?;
    let End { code, reason: reported, clean } = subject.end("close").await.map_err(fail)?;
    // Read before the drop, which is not measured.
    let at = now();
    drop(subject);
    if reported != reason {
        return Err(fail(format_args!("the reason was {reason:?}, and {reported:?} was reported")));
    }
    let clean = clean.map_or(-1.0, |clean| f64::from(u8::from(clean)));
    Ok(vec![at, f64::from(code), clean])
}

pub fn drop_it<S: Subject>(open: &'static Open<S>) {
    drop(open.take());
}

pub fn reset() {
    tally::reset();
}

pub fn count() -> u32 {
    tally::count()
}

pub fn bytes() -> f64 {
    tally::bytes()
}

pub fn hash() -> u32 {
    tally::hash()
}

pub fn stopped() -> Option<String> {
    tally::stopped()
}

pub fn memory_bytes() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    f64::from(buffer.byte_length())
}

pub fn live_bytes() -> f64 {
    onclose_counting::live() as f64
}
