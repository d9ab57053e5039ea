//! Scripts, listeners, patched globals, and what the page or worker reports.

use super::time::{keep_timers, until};
use js_sys::{Function, Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::EventTarget;

pub fn global(name: &str) -> JsValue {
    get(&js_sys::global(), name)
}

pub fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).expect("a property")
}

/// Runs a function body in which `socket` and `it` are this value.
pub fn run_script(script: &str, it: &JsValue) -> JsValue {
    Function::new_with_args("socket, it", script).call2(&JsValue::NULL, it, it).expect("a script that does not throw")
}

/// Returns the value of an expression.
pub fn evaluate(expression: &str) -> JsValue {
    run_script(&format!("return ({expression});"), &JsValue::UNDEFINED)
}

/// Dispatches the event that an expression creates.
pub fn dispatch(target: &EventTarget, event: &str) {
    target.dispatch_event(evaluate(event).unchecked_ref()).expect("an event");
}

/// Something else in the place of a global, until it is dropped.
pub struct PatchedGlobal {
    name: &'static str,
    original: JsValue,
}

impl PatchedGlobal {
    pub fn set(name: &'static str, value: &JsValue) -> Self {
        keep_timers();
        let original = global(name);
        Reflect::set(&js_sys::global(), &name.into(), value).expect("a global");
        Self { name, original }
    }

    /// Removes the global.
    pub fn delete(name: &'static str) -> Self {
        let patched = Self::set(name, &JsValue::UNDEFINED);
        Reflect::delete_property(&js_sys::global(), &name.into()).expect("a global");
        patched
    }
}

impl Drop for PatchedGlobal {
    fn drop(&mut self) {
        Reflect::set(&js_sys::global(), &self.name.into(), &self.original).expect("a global");
    }
}

/// A listener added as any script would, until it is dropped.
pub struct EventListener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn FnMut(JsValue)>,
}

pub fn listen(target: &EventTarget, event: &'static str, callback: impl FnMut(JsValue) + 'static) -> EventListener {
    // A test that panics has failed, whatever state it leaves behind.
    let closure = Closure::<dyn FnMut(JsValue)>::own_assert_unwind_safe(callback);
    target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref()).expect("a target");
    EventListener { target: target.clone(), event, closure }
}

impl Drop for EventListener {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        self.target.remove_event_listener_with_callback(self.event, callback).expect("a target");
    }
}

/// Collects the errors and rejections that nothing catches. A test ends with [`assert_none`](Self::assert_none).
pub struct UncaughtErrors {
    seen: Rc<RefCell<Vec<String>>>,
    _listeners: [EventListener; 2],
}

impl UncaughtErrors {
    pub fn watch() -> Self {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let global: EventTarget = js_sys::global().unchecked_into();
        let collect = |key: &'static str| {
            let seen = Rc::clone(&seen);
            move |event: JsValue| {
                let text = format!("{:?}", get(&event, key));
                if text.contains(LAST_REJECTION) {
                    event.unchecked_ref::<web_sys::Event>().prevent_default();
                }
                seen.borrow_mut().push(text);
            }
        };
        let _listeners =
            [listen(&global, "error", collect("message")), listen(&global, "unhandledrejection", collect("reason"))];
        Self { seen, _listeners }
    }

    /// Fails if anything was uncaught.
    ///
    /// Errors are reported when they are thrown, but rejections later, in a task of their own, one after the other. So this
    /// rejects a promise and waits for its report, which comes after the reports of all earlier rejections.
    pub async fn assert_none(self) {
        drop(Promise::reject(&LAST_REJECTION.into()));
        let is_last = |text: &String| text.contains(LAST_REJECTION);
        until("the last rejection is reported", || self.seen.borrow().iter().any(is_last)).await;
        let seen: Vec<_> = self.seen.borrow().iter().filter(|text| !is_last(text)).cloned().collect();
        assert_eq!(seen, Vec::<String>::new(), "uncaught in the page or worker");
    }
}

const LAST_REJECTION: &str = "rejected on purpose, to be the last";

/// Returns the body of a response with a status of success, or `None`.
pub async fn fetch_text(url: &str) -> Option<String> {
    let fetch: Function = global("fetch").unchecked_into();
    let promise: Promise = fetch.call1(&JsValue::UNDEFINED, &url.into()).expect("fetch").unchecked_into();
    let response = JsFuture::from(promise).await.expect("an answer of the test server");
    if !get(&response, "ok").is_truthy() {
        return None;
    }
    let text: Function = get(&response, "text").unchecked_into();
    let promise: Promise = text.call0(&response).expect("text").unchecked_into();
    JsFuture::from(promise).await.expect("text").as_string()
}
