//! What the browser tests share.

// Each test binary uses a part of it.
#![allow(dead_code, unreachable_pub)]

use js_sys::{Function, Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{EventTarget, WebSocket as Raw};

/// Where nobody listens: an attempt to connect is refused after a moment.
pub const NOBODY: &str = "ws://127.0.0.1:59981/";

/// As [`NOBODY`], on a host that no other test uses: Firefox delays connections to where others have failed, and makes
/// them one at a time for each host.
pub fn nobody_at(host: u8) -> String {
    format!("ws://127.0.0.{host}:59981/")
}

/// A port that every browser refuses to connect to. Some fire `error` and `close`, some only `error`.
pub fn blocked_at(host: u8) -> String {
    format!("ws://127.0.0.{host}:9/")
}

/// A socket that is connecting, and will be refused.
///
/// Chromium makes a page wait up to five seconds for a connection once many have failed, so a test that needs an end
/// and not a refusal has the socket closed: `fail`.
pub fn refused() -> Raw {
    Raw::new(NOBODY).expect("a valid URL")
}

/// Ends a connecting socket as another script would: the browser fires `error` and `close` soon.
pub fn fail(socket: &Raw) {
    socket.close().expect("no arguments");
}

/// A connecting socket whose end no later listener hears: what a network that is silent for long looks like, at once.
pub fn silent() -> Raw {
    let socket = refused();
    let silence = Function::new_with_args(
        "socket",
        "for (const event of ['error', 'close'])
             socket.addEventListener(event, event => event.stopImmediatePropagation());",
    );
    silence.call1(&JsValue::NULL, &socket).expect("a socket");
    socket
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, millis: u32);
}

/// By a promise alone: the libraries that have a closure for this do not compile where panics unwind.
pub async fn sleep(millis: u32) {
    let after = Promise::new(&mut |resolve, _| set_timeout(&resolve, millis));
    JsFuture::from(after).await.expect("it is never rejected");
}

/// Waits until something holds, for ten seconds at most.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        sleep(10).await;
    }
    panic!("waited ten seconds until {what}");
}

/// Fails when a future takes longer than this.
pub async fn within<T>(millis: u32, what: &str, future: impl Future<Output = T>) -> T {
    use futures_util::future::{Either, select};
    // The time first: a future that is ready when its time is up, and was not woken, has lost its wake-up.
    match select(pin!(sleep(millis)), pin!(future)).await {
        Either::Right((value, _)) => value,
        Either::Left(_) => panic!("{what} took more than {millis} ms"),
    }
}

pub fn now() -> f64 {
    js_sys::Date::now()
}

pub fn global(name: &str) -> JsValue {
    Reflect::get(&js_sys::global(), &name.into()).expect("a global")
}

pub fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).expect("a property")
}

/// A listener added as any script would.
pub struct Listening {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn FnMut(JsValue)>,
}

pub fn listen(target: &EventTarget, event: &'static str, callback: impl FnMut(JsValue) + 'static) -> Listening {
    // A test that panics has failed, whatever it leaves behind.
    let closure = Closure::<dyn FnMut(JsValue)>::own_assert_unwind_safe(callback);
    target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref()).expect("a target");
    Listening { target: target.clone(), event, closure }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        self.target.remove_event_listener_with_callback(self.event, callback).expect("a target");
    }
}

/// Collects uncaught errors and rejections; a test ends with `none`.
pub struct Uncaught {
    seen: Rc<RefCell<Vec<String>>>,
    _listening: [Listening; 2],
}

impl Uncaught {
    pub fn watch() -> Self {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let global: EventTarget = js_sys::global().unchecked_into();
        let collect = |key: &'static str| {
            let seen = Rc::clone(&seen);
            move |event: JsValue| seen.borrow_mut().push(format!("{:?}", get(&event, key)))
        };
        let _listening =
            [listen(&global, "error", collect("message")), listen(&global, "unhandledrejection", collect("reason"))];
        Self { seen, _listening }
    }

    pub async fn none(self) {
        sleep(20).await;
        assert_eq!(*self.seen.borrow(), Vec::<String>::new(), "uncaught in the page or worker");
    }
}

/// Polls once.
pub fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// A waker that counts, and may run something at once, inside the wake.
pub struct Bell {
    id: usize,
}

type Action = Box<dyn FnMut()>;

thread_local! {
    static BELLS: RefCell<Vec<(usize, Option<Action>)>> = const { RefCell::new(Vec::new()) };
}

impl Bell {
    pub fn new() -> (Arc<Self>, Waker) {
        Self::make(None)
    }

    /// Runs `action` synchronously whenever it is woken.
    pub fn with(action: impl FnMut() + 'static) -> (Arc<Self>, Waker) {
        Self::make(Some(Box::new(action)))
    }

    fn make(action: Option<Action>) -> (Arc<Self>, Waker) {
        let id = BELLS.with_borrow_mut(|bells| {
            bells.push((0, action));
            bells.len() - 1
        });
        let bell = Arc::new(Self { id });
        (Arc::clone(&bell), Waker::from(bell))
    }

    pub fn rung(&self) -> usize {
        BELLS.with_borrow(|bells| bells[self.id].0)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let action = BELLS.with_borrow_mut(|bells| {
            bells[self.id].0 += 1;
            bells[self.id].1.take()
        });
        if let Some(mut action) = action {
            action();
            BELLS.with_borrow_mut(|bells| bells[self.id].1 = Some(action));
        }
    }
}

/// A counter that a closure can own a part of.
#[derive(Clone, Default)]
pub struct Count(Rc<Cell<usize>>);

impl Count {
    pub fn add(&self) {
        self.0.set(self.0.get() + 1);
    }

    pub fn get(&self) -> usize {
        self.0.get()
    }

    /// How many closures and variables hold this counter.
    pub fn owners(&self) -> usize {
        Rc::strong_count(&self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

pub fn engine() -> Engine {
    let agent = get(&global("navigator"), "userAgent").as_string().unwrap();
    match () {
        () if agent.contains("Firefox/") => Engine::Firefox,
        () if agent.contains("Chrome/") => Engine::Chromium,
        () => Engine::WebKit,
    }
}

pub async fn fetch_json(url: &str) -> JsValue {
    js_sys::JSON::parse(&fetch_text(url).await).expect("JSON")
}

/// Wasm memory, in bytes.
pub fn memory() -> f64 {
    get(&get(&wasm_bindgen::memory(), "buffer"), "byteLength").as_f64().expect("a number")
}

/// How many JavaScript values Rust holds: sockets, listeners, timers, messages that wait.
pub fn held() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}

pub async fn fetch_text(url: &str) -> String {
    let fetch: Function = global("fetch").unchecked_into();
    let promise: Promise = fetch.call1(&JsValue::UNDEFINED, &url.into()).expect("fetch").unchecked_into();
    let response = JsFuture::from(promise).await.expect("an answer of the peer");
    let text: Function = get(&response, "text").unchecked_into();
    let promise: Promise = text.call0(&response).expect("text").unchecked_into();
    JsFuture::from(promise).await.expect("text").as_string().expect("text")
}
