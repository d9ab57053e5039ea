//! The one owner of an event listener.

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

/// What JavaScript calls, for listeners and timers alike.
pub(crate) type Hook = Closure<dyn Fn(JsValue)>;

/// The callback may be entered again while it runs: whoever dispatches events decides that.
///
/// Where panics unwind, one of the callback's becomes a JavaScript exception and the callback may run again afterwards,
/// so nothing of ours may be left half done when user code panics: it never runs under a borrow, and after everything
/// else.
pub(crate) fn hook(callback: impl Fn(&JsValue) + 'static) -> Hook {
    Hook::own_assert_unwind_safe(move |event| callback(&event))
}

/// The same on behalf of an owner that it does not keep: once that has gone, nothing happens.
pub(crate) fn hook_of<T: 'static>(owner: &Rc<T>, happened: fn(&Rc<T>, &JsValue)) -> Hook {
    let owner = Rc::downgrade(owner);
    hook(move |event| {
        if let Some(owner) = owner.upgrade() {
            happened(&owner, event);
        }
    })
}

/// A closure registered for an event; unregistered and freed on drop, also from inside itself.
pub(crate) struct Listener {
    target: Target,
    /// JavaScript's own string: to make one is most of what registering costs, so it is made once.
    event: JsValue,
    hook: Hook,
}

impl Listener {
    pub(crate) fn new(target: &EventTarget, event: &str, hook: Hook) -> Self {
        let target = target.unchecked_ref::<Target>().clone();
        let event = JsValue::from_str(event);
        // It throws for no target and no function, and these are both.
        let _thrown = target.add(&event, hook.as_ref());
        Self { target, event, hook }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Before the closure is freed: an event that came to a freed closure would throw.
        let _thrown = self.target.remove(&self.event, self.hook.as_ref());
    }
}
