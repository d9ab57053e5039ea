//! The one owner of a timer.

use crate::js::exception::or_undefined;
use crate::js::listener::Hook;
use core::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    // Both on `globalThis`, so in every kind of worker too.
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(callback: &Hook, millis: u32) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(id: &JsValue) -> Result<(), JsValue>;
}

/// A closure that runs once after a while; dropped earlier, it never does.
pub(crate) struct Timer {
    /// A number in browsers, an object elsewhere; `undefined`, which clears nothing, where there are no timers.
    id: JsValue,
    _hook: Hook,
}

impl Timer {
    pub(crate) fn new(after: u32, hook: Hook) -> Self {
        let id = or_undefined(set_timeout(&hook, after));
        Self { id, _hook: hook }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // It throws where there is none, or where a page has put something else in its place.
        let _thrown = clear_timeout(&self.id);
    }
}

/// Whole milliseconds, rounded up: `setTimeout` takes a signed 32-bit number, and a larger one fires at once.
pub(crate) fn millis(after: Duration) -> u32 {
    let started = u64::from(after.subsec_nanos().div_ceil(1_000_000));
    let millis = after.as_secs().saturating_mul(1_000).saturating_add(started);
    u32::try_from(millis).unwrap_or(u32::MAX).min(i32::MAX as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_duration_does_not_wrap_to_a_timer_that_fires_at_once() {
        assert_eq!(millis(Duration::MAX), 2_147_483_647);
        assert_eq!(millis(Duration::from_millis(2_147_483_648)), 2_147_483_647);
        assert_eq!(millis(Duration::from_millis(2_147_483_646)), 2_147_483_646);
    }

    #[test]
    fn a_fraction_of_a_millisecond_is_not_cut_to_none() {
        assert_eq!(millis(Duration::from_nanos(1)), 1);
        assert_eq!(millis(Duration::ZERO), 0);
    }

    #[cfg(not(target_family = "wasm"))]
    proptest::proptest! {
        #[test]
        fn no_duration_is_cut_short_or_lengthened_by_a_whole_millisecond(after: Duration, nanos in 0u64..5_000_000_000_000) {
            for after in [after, Duration::from_nanos(nanos)] {
                let millis = Duration::from_millis(millis(after).into());
                if after <= Duration::from_millis(2_147_483_647) {
                    proptest::prop_assert!(millis >= after && millis - after < Duration::from_millis(1));
                } else {
                    proptest::prop_assert_eq!(millis, Duration::from_millis(2_147_483_647));
                }
            }
        }
    }
}
