//! The same case on a plain `WebSocket`: what a page sees that does all by itself.

use gloo_events::EventListener;
use onclose::{CloseEvent, CloseFrame};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

#[derive(Debug)]
pub(crate) enum RawHappening {
    Open,
    Message,
    Error,
    Close(CloseEvent),
    Threw(String),
}

pub(crate) type RawReport = Rc<dyn Fn(RawHappening)>;

/// Dropping it detaches its listeners and closes the connection, so that none is left behind.
pub(crate) struct Beside {
    ws: web_sys::WebSocket,
    report: RawReport,
    _listeners: [EventListener; 4],
}

impl Beside {
    /// `None` if the browser threw, which is reported.
    pub(crate) fn open(url: &str, hello: Option<&'static str>, report: RawReport) -> Option<Self> {
        let ws = match web_sys::WebSocket::new(url) {
            Ok(ws) => ws,
            Err(error) => {
                report(RawHappening::Threw(name_of(&error)));
                return None;
            }
        };
        let on = |event: &'static str, what: fn(&web_sys::Event) -> Option<RawHappening>| {
            let report = Rc::clone(&report);
            let raw = ws.clone();
            EventListener::new(&ws, event, move |event| {
                if let Some(happening) = what(event) {
                    let opened = matches!(happening, RawHappening::Open);
                    report(happening);
                    if let (true, Some(hello)) = (opened, hello) {
                        let _ = raw.send_with_str(hello);
                    }
                }
            })
        };
        let listeners = [
            on("open", |_| Some(RawHappening::Open)),
            on("message", |_| Some(RawHappening::Message)),
            on("error", |_| Some(RawHappening::Error)),
            on("close", |event| {
                event.dyn_ref::<web_sys::CloseEvent>().map(|event| RawHappening::Close(CloseEvent::from(event)))
            }),
        ];
        Some(Self { ws, report, _listeners: listeners })
    }

    pub(crate) fn close(&self, frame: &CloseFrame) {
        let closed = match frame.code() {
            None => self.ws.close(),
            Some(code) => self.ws.close_with_code_and_reason(code.as_u16(), frame.reason()),
        };
        if let Err(error) = closed {
            (self.report)(RawHappening::Threw(name_of(&error)));
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Nothing is left to be told of an exception.
        let _ = self.ws.close();
    }
}

fn name_of(error: &JsValue) -> String {
    error.dyn_ref::<DomException>().map_or_else(|| "an exception of no name".to_owned(), DomException::name)
}
