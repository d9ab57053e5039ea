//! The one owner of an event listener, and the closures that JavaScript calls.

use core::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type Target;
    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    fn add(this: &Target, event: &JsValue, callback: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeEventListener)]
    fn remove(this: &Target, event: &JsValue, callback: &JsValue) -> Result<(), JsValue>;
}

/// A Rust closure that JavaScript calls, for listeners and timers alike.
pub(crate) type JsClosure = Closure<dyn Fn(JsValue)>;

/// What an owner of type `T` does with an event.
pub(crate) type EventHandler<T> = fn(&Rc<T>, &JsValue);

/// Makes a closure for JavaScript. The callback may be re-entered while it runs, by a script that dispatches events.
///
/// With `panic = "unwind"`, a panic of the callback becomes a JavaScript exception and the callback may run again. So
/// user code is only called when no borrow is held and every invariant of this crate holds.
pub(crate) fn js_closure(callback: impl Fn(&JsValue) + 'static) -> JsClosure {
    let callback = AssertUnwindSafe(callback);
    // The dereference captures the wrapper; `callback.0` would capture what is in it. wasm-bindgen has a constructor that
    // asserts the same, in newer versions only.
    JsClosure::new(move |event| (*callback)(&event))
}

/// Like [`js_closure`], but holds the owner weakly, and does nothing once the owner is dropped.
pub(crate) fn weak_js_closure<T: 'static>(owner: &Rc<T>, handler: EventHandler<T>) -> JsClosure {
    let owner = Rc::downgrade(owner);
    js_closure(move |event| {
        if let Some(owner) = owner.upgrade() {
            handler(&owner, event);
        }
    })
}

/// A closure registered for an event. Dropping it removes the listener and frees the closure, also from inside itself.
pub(crate) struct Listener {
    target: Target,
    /// A JavaScript string, made once: making it is most of what registering costs.
    event: JsValue,
    closure: JsClosure,
}

impl Listener {
    pub(crate) fn new(target: &EventTarget, event: &str, closure: JsClosure) -> Self {
        let target = target.unchecked_ref::<Target>().clone();
        let event = JsValue::from_str(event);
        // `addEventListener` only throws if the receiver is no EventTarget or the callback is not callable.
        let _exception = target.add(&event, closure.as_ref());
        Self { target, event, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The listener is removed before the closure is freed, because calling a freed closure throws.
        let _exception = self.target.remove(&self.event, self.closure.as_ref());
    }
}
