//! A socket of our own.

use crate::{cause, info};
use futures_sink::Sink as _;
use js_sys::{Array, Promise};
use onclose::{CloseFrame, CloseInfo, Message, WebSocket, WebSocketReceiver, WebSocketSender};
use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;

/// A connection. Its promises keep it going; freed, it closes.
#[wasm_bindgen]
pub struct Connection {
    raw: web_sys::WebSocket,
    sender: WebSocketSender,
    /// Away while a message is waited for.
    receiver: Rc<Cell<Option<WebSocketReceiver>>>,
}

#[wasm_bindgen]
impl Connection {
    /// Begins to connect; throws a text if there can be no socket. Times are in milliseconds, sizes in bytes; what is
    /// missing is as the crate has it.
    #[wasm_bindgen(constructor)]
    pub fn new(
        url: &str,
        protocols: Vec<String>,
        connect_timeout: Option<f64>,
        close_timeout: Option<f64>,
        send_buffer: Option<f64>,
        recv_limit: Option<f64>,
    ) -> Result<Connection, JsValue> {
        let mut builder = WebSocket::builder(url).protocols(protocols);
        if let Some(timeout) = connect_timeout {
            builder = builder.connect_timeout(millis(timeout));
        }
        if let Some(timeout) = close_timeout {
            builder = builder.close_timeout(millis(timeout));
        }
        if let Some(bytes) = send_buffer {
            builder = builder.send_high_water_mark(bytes as usize);
        }
        if let Some(bytes) = recv_limit {
            builder = builder.recv_limit(bytes as usize, FULL);
        }
        let socket = builder.open().map_err(|error| told(&error))?;
        let raw = socket.as_raw().clone();
        let (sender, receiver) = socket.split();
        Ok(Self { raw, sender, receiver: Rc::new(Cell::new(Some(receiver))) })
    }

    /// The host's own socket.
    #[wasm_bindgen(getter)]
    pub fn raw(&self) -> web_sys::WebSocket {
        self.raw.clone()
    }

    /// As `WebSocket.readyState` counts.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> u8 {
        self.sender.state() as u8
    }

    /// Whether it is open, once that is known.
    pub fn opened(&self) -> Promise {
        let sender = self.sender.clone();
        future_to_promise(async move { Ok(sender.opened().await.is_ok().into()) })
    }

    /// How it ended.
    pub fn closed(&self) -> Promise {
        let closed = self.sender.closed();
        future_to_promise(async move { Ok(end(&closed.await).into()) })
    }

    /// Closes it, with what `frame_fault` finds nothing wrong with.
    pub fn close(&self, code: u16, reason: &str) {
        let frame = CloseFrame::new(code, reason.to_owned()).unwrap_or(CloseFrame::NORMAL);
        // Its future is not needed: `closed` tells the same.
        drop(self.sender.close(frame));
    }

    /// Undefined once there is room to send, or no hope of any.
    pub fn ready(&self) -> Promise {
        let mut sender = self.sender.clone();
        future_to_promise(async move {
            // An error is told by the sending that follows.
            let _ready = poll_fn(|cx| Pin::new(&mut sender).poll_ready(cx)).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Whether it was sent; not if there is no room. Throws a text if it never can be.
    #[wasm_bindgen(js_name = sendText)]
    pub fn send_text(&self, text: String) -> Result<bool, JsValue> {
        self.send(Message::Text(text))
    }

    /// As `send_text`.
    #[wasm_bindgen(js_name = sendBytes)]
    pub fn send_bytes(&self, bytes: Vec<u8>) -> Result<bool, JsValue> {
        self.send(Message::Binary(bytes))
    }

    /// The next message, undefined at the end; rejects with what went wrong and a text. To be called again only once
    /// that is settled.
    pub fn receive(&self) -> Promise {
        let slot = Rc::clone(&self.receiver);
        future_to_promise(async move {
            let Some(mut receiver) = slot.take() else { return Ok(JsValue::UNDEFINED) };
            let received = receiver.recv_raw().await;
            slot.set(Some(receiver));
            match received {
                None => Ok(JsValue::UNDEFINED),
                Some(Ok(message)) => Ok(message.into()),
                Some(Err(error)) => {
                    let kind = match () {
                        () if error.is_overflow() => "overflow",
                        () if error.is_unreadable() => "unreadable",
                        () => "lost",
                    };
                    Err(Array::of2(&kind.into(), &told(&error)).unchecked_into())
                }
            }
        })
    }
}

/// When more waits than may; the peer may want to know.
const FULL: CloseFrame = CloseFrame::from_static(1000, "receive buffer full");

impl Connection {
    fn send(&self, message: Message) -> Result<bool, JsValue> {
        match self.sender.try_send(message) {
            Ok(()) => Ok(true),
            Err(error) if error.is_full() => Ok(false),
            Err(error) => Err(told(&error)),
        }
    }
}

fn end(closed: &CloseInfo) -> Array {
    info(closed.event(), cause(closed.cause()))
}

fn told(error: &impl fmt::Display) -> JsValue {
    error.to_string().into()
}

/// Infinity counts as the longest there is.
fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("sender", &self.sender).finish_non_exhaustive()
    }
}
