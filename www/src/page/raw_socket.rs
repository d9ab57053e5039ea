//! A connection on a plain `WebSocket`, without the crate, for the comparison.

use gloo_events::EventListener;
use onclose::{CloseEvent, CloseFrame};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

#[derive(Debug)]
pub(crate) enum RawEvent {
    Open,
    Message,
    Error,
    Close(CloseEvent),
    /// A call threw an exception of this name.
    Threw(String),
}

pub(crate) type OnRawEvent = Rc<dyn Fn(RawEvent)>;

/// A plain `WebSocket`. Dropping it removes its listeners and closes it, so that no connection is left open.
pub(crate) struct RawSocket {
    ws: web_sys::WebSocket,
    on_event: OnRawEvent,
    _listeners: [EventListener; 4],
}

impl RawSocket {
    /// Opens a connection; returns `None` if the constructor threw, which is reported.
    pub(crate) fn open(url: &str, hello: Option<&'static str>, on_event: OnRawEvent) -> Option<Self> {
        let ws = match web_sys::WebSocket::new(url) {
            Ok(ws) => ws,
            Err(error) => {
                on_event(RawEvent::Threw(exception_name(&error)));
                return None;
            }
        };
        let on = |name: &'static str, convert: fn(&web_sys::Event) -> Option<RawEvent>| {
            let on_event = Rc::clone(&on_event);
            let raw = ws.clone();
            EventListener::new(&ws, name, move |event| {
                if let Some(event) = convert(event) {
                    let opened = matches!(event, RawEvent::Open);
                    on_event(event);
                    if let (true, Some(hello)) = (opened, hello) {
                        let _ = raw.send_with_str(hello);
                    }
                }
            })
        };
        let listeners = [
            on("open", |_| Some(RawEvent::Open)),
            on("message", |_| Some(RawEvent::Message)),
            on("error", |_| Some(RawEvent::Error)),
            on("close", |event| {
                event.dyn_ref::<web_sys::CloseEvent>().map(|event| RawEvent::Close(CloseEvent::from(event)))
            }),
        ];
        Some(Self { ws, on_event, _listeners: listeners })
    }

    pub(crate) fn close(&self, frame: &CloseFrame) {
        let result = match frame.code() {
            None => self.ws.close(),
            Some(code) => self.ws.close_with_code_and_reason(code.as_u16(), frame.reason()),
        };
        if let Err(error) = result {
            (self.on_event)(RawEvent::Threw(exception_name(&error)));
        }
    }
}

impl Drop for RawSocket {
    fn drop(&mut self) {
        // `close()` without a code does not throw, and the listeners are removed with the socket.
        let _ = self.ws.close();
    }
}

fn exception_name(error: &JsValue) -> String {
    error.dyn_ref::<DomException>().map_or_else(|| "unknown exception".to_owned(), DomException::name)
}
