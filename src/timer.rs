//! The one owner of a timer.

use core::time::Duration;
use gloo_timers::callback::Timeout;

/// A closure that runs once after a while; dropped earlier, it never does.
pub(crate) struct Timer {
    _running: Timeout,
}

impl Timer {
    pub(crate) fn new(after: Duration, callback: impl FnOnce() + 'static) -> Self {
        Self { _running: Timeout::new(millis(after), callback) }
    }
}

/// Whole milliseconds, rounded up: `setTimeout` takes a signed 32-bit number, and a larger one fires at once.
fn millis(after: Duration) -> u32 {
    const MAX: u32 = i32::MAX as u32;
    let started = u64::from(after.subsec_nanos().div_ceil(1_000_000));
    let millis = after.as_secs().saturating_mul(1_000).saturating_add(started);
    u32::try_from(millis).map_or(MAX, |millis| millis.min(MAX))
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
}
