//! The one owner of an event listener.

use gloo_events::EventListener;
use wasm_bindgen::JsValue;

/// A closure registered for an event; unregistered and freed on drop, also from inside itself.
pub(crate) struct Listener {
    _registered: EventListener,
}

impl Listener {
    pub(crate) fn new(
        target: &web_sys::EventTarget,
        event: &'static str,
        mut callback: impl FnMut(&JsValue) + 'static,
    ) -> Self {
        Self { _registered: EventListener::new(target, event, move |event| callback(event.as_ref())) }
    }
}
