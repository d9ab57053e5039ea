//! The minimal app, which is weighed: connects, receives a text, sends it back, and passes the close to JavaScript.

#![allow(unreachable_pub, missing_docs)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

#[wasm_bindgen]
extern "C" {
    fn show(code: u16, reason: &str, clean: bool);
}

enum Event {
    Text(String),
    Closed(CloseEvent),
}

#[derive(Default)]
struct Shared {
    events: VecDeque<Event>,
    waker: Option<Waker>,
}

fn push(shared: &RefCell<Shared>, event: Event) {
    let waker = {
        let mut shared = shared.borrow_mut();
        shared.events.push_back(event);
        shared.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

async fn next(shared: &RefCell<Shared>) -> Event {
    poll_fn(|cx| {
        let mut shared = shared.borrow_mut();
        match shared.events.pop_front() {
            Some(event) => Poll::Ready(event),
            None => {
                shared.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

#[wasm_bindgen]
pub fn start(url: String) {
    spawn_local(async move {
        let Ok(socket) = WebSocket::new(&url) else { return };
        let shared = Rc::new(RefCell::new(Shared::default()));
        let message = Closure::<dyn FnMut(MessageEvent)>::new({
            let shared = Rc::clone(&shared);
            move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    push(&shared, Event::Text(text));
                }
            }
        });
        let close = Closure::<dyn FnMut(CloseEvent)>::new({
            let shared = Rc::clone(&shared);
            move |event| push(&shared, Event::Closed(event))
        });
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        let mut answered = false;
        loop {
            match next(&shared).await {
                Event::Text(text) if !answered => answered = socket.send_with_str(&text).is_ok(),
                Event::Text(_) => {}
                Event::Closed(event) => break show(event.code(), &event.reason(), event.was_clean()),
            }
        }
        socket.set_onmessage(None);
        socket.set_onclose(None);
    });
}
