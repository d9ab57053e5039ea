//! The flood over the crate.

use std::cell::Cell;
use std::hash::Hasher;

use futures_util::future::try_join;
use onclose::{CloseFrame, Message, WebSocket, WebSocketReceiver, WebSocketSender};
use twox_hash::XxHash64;
use wasm_bindgen::prelude::*;

use super::{Flood, Flooded};
use crate::job;
use crate::load::page::clean;
use crate::memory::Rise;

const OVERFLOW: CloseFrame = CloseFrame::from_static(4009, "cannot keep up");

#[wasm_bindgen]
pub async fn flood(args: String) -> Result<String, JsError> {
    job::run(&args, async |flood: Flood| {
        let builder = WebSocket::builder(&flood.url)
            .send_high_water_mark(flood.send_high_water_mark)
            .recv_limit(flood.recv_limit, OVERFLOW);
        let socket = builder.connect().await.map_err(|error| error.to_string())?;
        let (sender, receiver) = socket.split();
        let rise = Rise::begin();
        let begun = js_sys::Date::now();
        let most = Cell::new(0);
        let (sent, (received, bytes)) = try_join(send(&flood, &sender, &most), receive(&flood, receiver)).await?;
        let (millis, risen) = (js_sys::Date::now() - begun, rise.so_far());
        clean(&sender.close(CloseFrame::NORMAL).await, 1000)?;
        Ok::<_, String>(Flooded { sent, received, bytes, millis, buffered: most.get(), risen })
    })
    .await
}

async fn send(flood: &Flood, sender: &WebSocketSender, most: &Cell<u64>) -> Result<String, String> {
    let mut hash = Running::default();
    for number in 0..flood.count {
        let message = message(number, flood.size);
        hash.add(&message);
        sender.send(message).await.map_err(|error| format!("Message {number} was not sent: {error}"))?;
        most.set(most.get().max(sender.buffered_amount()));
    }
    Ok(hash.end())
}

async fn receive(flood: &Flood, mut receiver: WebSocketReceiver) -> Result<(String, f64), String> {
    let mut hash = Running::default();
    let mut bytes = 0.0;
    for number in 0..flood.count {
        let message = match receiver.recv().await {
            Some(Ok(message)) => message,
            other => return Err(format!("Received {other:?} instead of message {number}.")),
        };
        if number_of(&message) != Some(number) {
            return Err(format!("Received number {:?} instead of message {number}.", number_of(&message)));
        }
        bytes += message.len() as f64;
        hash.add(&message);
    }
    Ok((hash.end(), bytes))
}

/// Returns a message that differs from all others.
fn message(number: u32, size: Option<usize>) -> Message {
    let mut state = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    match size {
        None => Message::Text(format!("{number} € {:x}", random())),
        Some(size) => {
            let mut bytes = Vec::with_capacity(size + 8);
            bytes.extend_from_slice(&number.to_le_bytes());
            while bytes.len() < size {
                bytes.extend_from_slice(&random().to_le_bytes());
            }
            bytes.truncate(size);
            Message::Binary(bytes)
        }
    }
}

fn number_of(message: &Message) -> Option<u32> {
    match message {
        Message::Text(text) => text.split(' ').next()?.parse().ok(),
        Message::Binary(bytes) => bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)),
    }
}

/// A hash of messages: of their bytes, kinds and lengths.
#[derive(Default)]
struct Running(XxHash64);

impl Running {
    fn add(&mut self, message: &Message) {
        let (kind, bytes) = match message {
            Message::Text(text) => (1, text.as_bytes()),
            Message::Binary(bytes) => (2, bytes.as_slice()),
        };
        self.0.write_u8(kind);
        self.0.write_u64(bytes.len() as u64);
        self.0.write(bytes);
    }

    fn end(self) -> String {
        format!("{:016x}", self.0.finish())
    }
}
