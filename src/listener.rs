//! The one owner of an event listener.

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

/// A closure registered for an event; unregistered and freed on drop, also from inside itself.
pub(crate) struct Listener {
    target: Target,
    /// JavaScript's own string: to make one is most of what registering costs, so it is made once.
    event: JsValue,
    closure: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    /// The callback may be entered again while it runs: whoever dispatches events decides that.
    ///
    /// Where panics unwind, one of the callback's becomes a JavaScript exception and the callback may run again
    /// afterwards, so nothing of ours may be left half done when user code panics: it never runs under a borrow, and
    /// after everything else.
    pub(crate) fn new(target: &EventTarget, event: &str, callback: impl Fn(&JsValue) + 'static) -> Self {
        let closure = Closure::<dyn Fn(JsValue)>::own_assert_unwind_safe(move |event| callback(&event));
        // It throws for no target and no function, and these are both.
        let target = target.unchecked_ref::<Target>().clone();
        let event = JsValue::from_str(event);
        let _thrown = target.add(&event, closure.as_ref());
        Self { target, event, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Before the closure is freed: an event that came to a freed closure would throw.
        let _thrown = self.target.remove(&self.event, self.closure.as_ref());
    }
}
