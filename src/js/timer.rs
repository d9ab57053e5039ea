//! The one owner of a timer.

use super::exception::or_undefined;
use super::listener::JsClosure;
use core::time::Duration;
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
