//! A connection that the package opened.

use crate::event_parts;
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

/// A connection. `free` closes it unless a pending promise still owns a handle.
#[wasm_bindgen]
pub struct Connection {
    raw: web_sys::WebSocket,
    sender: WebSocketSender,
    /// Empty while `receive` waits for a message, and for a connection whose messages are discarded.
    receiver: Rc<Cell<Option<WebSocketReceiver>>>,
}

#[wasm_bindgen]
impl Connection {
    /// Starts connecting. Times are in milliseconds, sizes in bytes; undefined options keep the crate's defaults.
    ///
    /// Without `messages`, those that arrive are discarded. Throws a text if the browser cannot create the socket.
    #[wasm_bindgen(constructor)]
    pub fn new(
        url: &str,
        protocols: Vec<String>,
        connect_timeout: Option<f64>,
        close_timeout: Option<f64>,
        send_high_water_mark: Option<f64>,
        recv_limit: Option<f64>,
        messages: bool,
    ) -> Result<Connection, JsValue> {
        let mut builder = WebSocket::builder(url).protocols(protocols);
        if let Some(timeout) = connect_timeout {
            builder = builder.connect_timeout(from_millis(timeout));
        }
        if let Some(timeout) = close_timeout {
            builder = builder.close_timeout(from_millis(timeout));
        }
        if let Some(bytes) = send_high_water_mark {
            builder = builder.send_high_water_mark(bytes as usize);
        }
        if let Some(bytes) = recv_limit {
            builder = builder.recv_limit(bytes as usize, RECEIVE_BUFFER_FULL);
        }
        let socket = builder.open().map_err(|error| error_text(&error))?;
        let raw = socket.as_raw().clone();
        let (sender, receiver) = socket.split();
        let receiver = messages.then_some(receiver);
        Ok(Self { raw, sender, receiver: Rc::new(Cell::new(receiver)) })
    }

    /// Returns the host's `WebSocket`.
    #[wasm_bindgen(getter)]
    pub fn raw(&self) -> web_sys::WebSocket {
        self.raw.clone()
    }

    /// Returns the state as the number that `WebSocket.readyState` has for it.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> u8 {
        self.sender.state() as u8
    }

    /// Resolves with whether the connection opened, once that is known.
    pub fn opened(&self) -> Promise {
        let sender = self.sender.clone();
        future_to_promise(async move { Ok(sender.opened().await.is_ok().into()) })
    }

    /// Resolves with the parts of the close info. Never rejects.
    pub fn closed(&self) -> Promise {
        let closed = self.sender.closed();
        future_to_promise(async move { Ok(close_info_parts(&closed.await).into()) })
    }

    /// Starts closing. `close_frame_error` has accepted the code and the reason.
    pub fn close(&self, code: u16, reason: &str) {
        let frame = CloseFrame::new(code, reason.to_owned()).unwrap_or(CloseFrame::NORMAL);
        // Closing starts with the call. `closed` has the same result as this future.
        drop(self.sender.close(frame));
    }

    /// Resolves with undefined once the send buffer has capacity, or the connection can no longer send.
    pub fn ready(&self) -> Promise {
        let mut sender = self.sender.clone();
        future_to_promise(async move {
            // An error here is reported by the attempt to send that follows.
            let _ready = poll_fn(|cx| Pin::new(&mut sender).poll_ready(cx)).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Returns `false` if the send buffer is full. Throws a text if the connection can no longer send.
    #[wasm_bindgen(js_name = sendText)]
    pub fn send_text(&self, text: String) -> Result<bool, JsValue> {
        self.send(Message::Text(text))
    }

    /// Sends as `send_text` does.
    #[wasm_bindgen(js_name = sendBytes)]
    pub fn send_bytes(&self, bytes: Vec<u8>) -> Result<bool, JsValue> {
        self.send(Message::Binary(bytes))
    }

    /// Resolves with the next message, or with undefined after the last one. Rejects with the kind of an error and a text.
    ///
    /// Must not be called again before the promise is settled.
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
                    Err(Array::of2(&kind.into(), &error_text(&error)).unchecked_into())
                }
            }
        })
    }
}

/// Closes a connection with more unread bytes than the receive limit. The reason lets the peer's logs tell it apart.
const RECEIVE_BUFFER_FULL: CloseFrame = CloseFrame::from_static(1000, "receive buffer full");

impl Connection {
    fn send(&self, message: Message) -> Result<bool, JsValue> {
        match self.sender.try_send(message) {
            Ok(()) => Ok(true),
            Err(error) if error.is_full() => Ok(false),
            Err(error) => Err(error_text(&error)),
        }
    }
}

/// Returns the parts of the event, the cause, whether a timeout elapsed, and the requested code and reason, if any.
fn close_info_parts(info: &CloseInfo) -> Array {
    let parts = event_parts(info.event());
    parts.push(&info.cause().as_str().into());
    parts.push(&info.timed_out().into());
    if let Some(frame) = info.requested() {
        parts.push(&frame.code().map_or(JsValue::UNDEFINED, |code| code.as_u16().into()));
        parts.push(&frame.reason().into());
    }
    parts
}

fn error_text(error: &impl fmt::Display) -> JsValue {
    error.to_string().into()
}

/// Converts milliseconds; infinity becomes the longest duration.
fn from_millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("sender", &self.sender).finish_non_exhaustive()
    }
}
