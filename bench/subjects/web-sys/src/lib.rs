//! web-sys as an expert uses it: closures in the `on*` attributes, a queue, a waker.

#![allow(unreachable_pub)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{ArrayBuffer, Uint8Array};
use onclose_bench::{Data, End, Subject, subject};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

subject!(Socket);

enum Message {
    Text(String),
    Binary(Vec<u8>),
}

#[derive(Default)]
struct Shared {
    open: bool,
    messages: VecDeque<Message>,
    closed: Option<(u16, String, bool)>,
    waker: Option<Waker>,
}

struct Socket {
    socket: WebSocket,
    shared: Rc<RefCell<Shared>>,
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

fn update(shared: &RefCell<Shared>, change: impl FnOnce(&mut Shared)) {
    let waker = {
        let mut shared = shared.borrow_mut();
        change(&mut shared);
        shared.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Socket {
    async fn wait<T>(&self, mut ready: impl FnMut(&mut Shared) -> Option<T>) -> T {
        poll_fn(|cx| {
            let mut shared = self.shared.borrow_mut();
            match ready(&mut shared) {
                Some(value) => Poll::Ready(value),
                None => {
                    shared.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn new(url: &str) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let shared = Rc::new(RefCell::new(Shared::default()));
        let open = Closure::new({
            let shared = Rc::clone(&shared);
            move || update(&shared, |shared| shared.open = true)
        });
        let message = Closure::new({
            let shared = Rc::clone(&shared);
            move |event: MessageEvent| {
                let data = event.data();
                let message = match data.dyn_into::<ArrayBuffer>() {
                    Ok(buffer) => Message::Binary(Uint8Array::new(&buffer).to_vec()),
                    Err(data) => Message::Text(data.as_string().unwrap_or_default()),
                };
                update(&shared, |shared| shared.messages.push_back(message));
            }
        });
        let close = Closure::new({
            let shared = Rc::clone(&shared);
            move |event: CloseEvent| {
                let end = (event.code(), event.reason(), event.was_clean());
                update(&shared, |shared| shared.closed = Some(end));
            }
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Ok(Self { socket, shared, _open: open, _message: message, _close: close })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _closed_already = self.socket.close();
    }
}

impl Subject for Socket {
    async fn connect(url: &str) -> Result<Self, String> {
        let socket = Self::new(url).map_err(|error| format!("{error:?}"))?;
        match socket.wait(|shared| (shared.open || shared.closed.is_some()).then_some(shared.open)).await {
            true => Ok(socket),
            false => Err("the connection failed".to_owned()),
        }
    }

    async fn send(&mut self, data: Data<'_>) -> Result<(), String> {
        match data {
            Data::Text(data) => self.socket.send_with_str(data),
            Data::Binary(data) => self.socket.send_with_u8_array(data),
        }
        .map_err(|error| format!("{error:?}"))
    }

    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String> {
        let message = self.wait(|shared| match shared.messages.pop_front() {
            Some(message) => Some(Some(message)),
            None => shared.closed.is_some().then_some(None),
        });
        match message.await {
            Some(Message::Text(data)) => visit(Data::Text(&data)),
            Some(Message::Binary(data)) => visit(Data::Binary(&data)),
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn end(&mut self, ask: &str) -> Result<End, String> {
        self.send(Data::Text(ask)).await?;
        let (code, reason, clean) = self.wait(|shared| shared.closed.clone()).await;
        Ok(End { code, reason, clean: Some(clean) })
    }
}
