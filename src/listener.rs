//! The one owner of an event listener.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

/// A closure registered for an event; unregistered and freed on drop, also from inside itself.
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    /// The callback may be entered again while it runs: whoever dispatches events decides that.
    ///
    /// Where panics unwind, one of the callback's becomes a JavaScript exception and the callback may run again
    /// afterwards, so nothing of ours may be left half done when user code panics: it never runs under a borrow, and
    /// after everything else.
    pub(crate) fn new(target: &EventTarget, event: &'static str, callback: impl Fn(&JsValue) + 'static) -> Self {
        let closure = Closure::<dyn Fn(JsValue)>::own_assert_unwind_safe(move |event| callback(&event));
        // It throws for no target and no function, and these are both.
        let _thrown = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), event, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Before the closure is freed: an event that came to a freed closure would throw.
        let _thrown =
            self.target.remove_event_listener_with_callback(self.event, self.closure.as_ref().unchecked_ref());
    }
}
