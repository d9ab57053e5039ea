//! Stands in for the queue in JavaScript without the feature `js-queue`: there is none, and no code for it.

use crate::js::listener::JsClosure;
use crate::socket::Message;
use ::core::convert::Infallible;
use wasm_bindgen::JsValue;

/// Cannot be created.
pub(crate) struct Queue(Infallible);

impl Queue {
    pub(super) fn listen(_: &web_sys::WebSocket, _: impl FnOnce() -> JsClosure) -> Option<Self> {
        None
    }

    pub(super) fn stop(&self, _: bool, _: bool) {
        match self.0 {}
    }

    pub(super) fn set_eager(&self, _: bool) {
        match self.0 {}
    }

    pub(super) fn mark_filled(&self) {
        match self.0 {}
    }

    pub(crate) fn pop(&self) -> Option<JsValue> {
        match self.0 {}
    }

    pub(crate) fn pop_message(&self) -> Option<Result<Message, JsValue>> {
        match self.0 {}
    }
}
