//! Waiting. No test waits for a fixed time: each waits for a condition, and a timeout only turns a hang into a failure.

use super::javascript::{PatchedGlobal, global, run_script};
use js_sys::Function;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

/// How long a test waits before it fails. What must happen earlier is asserted in another way: by a timeout of the
/// connection that is far longer ([`NEVER`]), by `timed_out()`, or by [`ready`].
const HANG_MS: u32 = 30_000;

/// A timeout of the connection that does not elapse during a test.
pub const NEVER: Duration = Duration::from_secs(3_600);

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

thread_local! {
    /// The browser's own functions, whatever a test puts in their place.
    static TIMERS: [Function; 2] = ["setTimeout", "clearTimeout"].map(|name| global(name).unchecked_into());
}

/// Looks up the browser's own timer functions, before a test replaces one of them.
pub(super) fn keep_timers() {
    TIMERS.with(|_| ());
}

/// Returns the milliseconds of a clock that never goes back.
pub fn now() -> f64 {
    performance_now()
}

/// Completes after a time. Dropping it clears the timer and frees its closure, so that a later test does not find values
/// that this one left behind.
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    state: Rc<SleepState>,
    id: JsValue,
    _closure: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct SleepState {
    elapsed: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Waits for a number of milliseconds; 0 waits for the next timer task.
pub fn sleep(millis: u32) -> Sleep {
    let state = Rc::new(SleepState::default());
    // gloo-timers does not compile with `panic = "unwind"`.
    let closure = Closure::<dyn FnMut()>::own_assert_unwind_safe({
        let state = Rc::clone(&state);
        move || {
            state.elapsed.set(true);
            let waker = state.waker.take();
            waker.into_iter().for_each(Waker::wake);
        }
    });
    let id = TIMERS.with(|[set, _]| set.call2(&JsValue::UNDEFINED, closure.as_ref(), &millis.into()));
    Sleep { state, id: id.expect("a timer"), _closure: closure }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.state.elapsed.get() {
            return Poll::Ready(());
        }
        self.state.waker.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let cleared = TIMERS.with(|[_, clear]| clear.call1(&JsValue::UNDEFINED, &self.id));
        cleared.expect("it takes any number");
    }
}

/// Waits until a condition holds.
pub async fn until(condition: &str, mut holds: impl FnMut() -> bool) {
    let begun = now();
    while !holds() {
        assert!(now() - begun < f64::from(HANG_MS), "waited {HANG_MS} ms until {condition}");
        sleep(10).await;
    }
}

/// Waits for a future, and fails if it hangs.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    use futures_util::future::{Either, select};
    // The timeout is polled first: a future that is ready when it elapses, and was not woken, has lost its wake-up.
    match select(pin!(sleep(HANG_MS)), pin!(future)).await {
        Either::Right((value, _)) => value,
        Either::Left(_) => panic!("waited {HANG_MS} ms for {what}"),
    }
}

/// Returns the output of a future that must be ready when it is first polled.
pub fn ready<T>(what: &str, future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("{what} is not ready at once"),
    }
}

/// Polls once.
pub fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls once, and is woken by nothing.
pub fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_once(future, Waker::noop())
}

/// Records the timers that are set, until it is dropped. They run as usual. Those of [`sleep`] are not recorded.
pub struct Timers {
    delays: js_sys::Array,
    _patch: PatchedGlobal,
}

/// WebKit's driver sets timers with this delay in the page.
const DRIVER_DELAY_MS: u32 = 30_000;

impl Timers {
    pub fn record() -> Self {
        let delays = js_sys::Array::new();
        let patch = run_script(
            "const original = globalThis.setTimeout;
             it.ids = [];
             return (callback, delay, ...rest) => {
                 it.push(delay);
                 const id = original(callback, delay, ...rest);
                 it.ids.push(id);
                 return id;
             };",
            &delays,
        );
        Self { delays, _patch: PatchedGlobal::set("setTimeout", &patch) }
    }

    /// Returns the delays in milliseconds.
    pub fn delays(&self) -> Vec<u32> {
        let delays = self.delays.iter().map(|delay| delay.as_f64().expect("a number") as u32);
        delays.filter(|delay| *delay != DRIVER_DELAY_MS).collect()
    }

    /// Clears all timers, for a test that has kept the crate from doing so: a later one would see the error of a timer
    /// whose closure is freed.
    pub fn clear_all(&self) {
        run_script("it.ids.forEach((id) => clearTimeout(id))", &self.delays);
    }
}
