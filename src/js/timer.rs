//! The one owner of a timer, and timers that decide something.

use super::exception::or_undefined;
use super::listener::{EventHandler, JsClosure, weak_js_closure};
use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    // Both are looked up on `globalThis`, which every kind of worker has.
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(callback: &JsClosure, millis: u32) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(id: &JsValue) -> Result<(), JsValue>;
}

/// A closure that runs once after a delay. Dropping the timer cancels it.
pub(crate) struct Timer {
    /// A number in browsers, an object in Node; `undefined` where there is no `setTimeout`, which clears nothing.
    id: JsValue,
    _closure: JsClosure,
}

impl Timer {
    pub(crate) fn new(after_ms: u32, closure: JsClosure) -> Self {
        let id = or_undefined(set_timeout(&closure, after_ms));
        Self { id, _closure: closure }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // `clearTimeout` throws where it is missing or has been replaced by a page's own function that throws.
        let _exception = clear_timeout(&self.id);
    }
}

/// A timer that decides something, such as that a peer does not answer.
///
/// It does not decide when it fires, but a little later. On a thread that was blocked, in a page that was frozen and after
/// the machine slept, an engine may run a timer before the events that were queued earlier (Firefox does), and the answer
/// may be among them.
#[derive(Default)]
pub(crate) struct DecisionTimer {
    timer: Cell<Option<Timer>>,
    step: Cell<Step>,
}

/// What a [`DecisionTimer`] does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, fuzzing), derive(Hash))]
pub(crate) enum Step {
    #[default]
    Stopped,
    Started,
    /// It has fired, and queued events have their turn before it fires again and decides.
    Fired,
}

impl Step {
    /// Returns the step after it has fired.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Started => Self::Fired,
            Self::Fired | Self::Stopped => Self::Stopped,
        }
    }
}

/// How long queued events get. Firefox needs 5 ms.
const QUEUED_EVENTS_MS: u32 = 50;

impl DecisionTimer {
    /// Starts it anew. The handler must ask [`is_final`](Self::is_final) first.
    pub(crate) fn start<T: 'static>(&self, after_ms: u32, owner: &Rc<T>, handler: EventHandler<T>) {
        self.set(Step::Started, after_ms, owner, handler);
    }

    fn set<T: 'static>(&self, step: Step, after_ms: u32, owner: &Rc<T>, handler: EventHandler<T>) {
        self.step.set(step);
        let timer = Timer::new(after_ms, weak_js_closure(owner, handler));
        // A monkey-patched `setTimeout` may have called back synchronously, or stopped this timer.
        if self.step.get() == step {
            self.timer.set(Some(timer));
        }
    }

    /// Returns `true` if the handler may decide. Otherwise the timer was set once more.
    pub(crate) fn is_final<T: 'static>(&self, owner: &Rc<T>, handler: EventHandler<T>) -> bool {
        let next = self.step.get().next();
        self.stop();
        if next == Step::Fired {
            self.set(next, QUEUED_EVENTS_MS, owner, handler);
        }
        next == Step::Stopped
    }

    pub(crate) fn is_running(&self) -> bool {
        self.step.get() != Step::Stopped
    }

    pub(crate) fn stop(&self) {
        self.step.set(Step::Stopped);
        self.timer.take();
    }
}

/// Converts to whole milliseconds, rounded up. `setTimeout` takes a signed 32-bit number and fires a timer with a larger
/// one at once, so the result is capped at 2^31 - 1 ms.
pub(crate) fn whole_millis(after: Duration) -> u32 {
    let fraction = u64::from(after.subsec_nanos().div_ceil(1_000_000));
    let millis = after.as_secs().saturating_mul(1_000).saturating_add(fraction);
    u32::try_from(millis).unwrap_or(u32::MAX).min(i32::MAX as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_durations_are_capped_so_that_set_timeout_does_not_fire_at_once() {
        assert_eq!(whole_millis(Duration::MAX), 2_147_483_647);
        assert_eq!(whole_millis(Duration::from_millis(2_147_483_648)), 2_147_483_647);
        assert_eq!(whole_millis(Duration::from_millis(2_147_483_646)), 2_147_483_646);
    }

    #[test]
    fn fractions_of_a_millisecond_round_up() {
        assert_eq!(whole_millis(Duration::from_nanos(1)), 1);
        assert_eq!(whole_millis(Duration::ZERO), 0);
    }

    #[cfg(not(target_family = "wasm"))]
    proptest::proptest! {
        #[test]
        fn rounding_adds_less_than_one_millisecond(after: Duration, nanos in 0u64..5_000_000_000_000) {
            for after in [after, Duration::from_nanos(nanos)] {
                let millis = Duration::from_millis(whole_millis(after).into());
                if after <= Duration::from_millis(2_147_483_647) {
                    proptest::prop_assert!(millis >= after && millis - after < Duration::from_millis(1));
                } else {
                    proptest::prop_assert_eq!(millis, Duration::from_millis(2_147_483_647));
                }
            }
        }
    }
}
