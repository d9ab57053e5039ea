//! Statistics of measured times.

fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Returns a quantile, interpolated between two numbers.
pub(crate) fn quantile(numbers: &[f64], part: f64) -> f64 {
    let sorted = sorted(numbers);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = part * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

pub(crate) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// Returns the mean of the lower half: for times that are shorter than the clock's resolution and sometimes interrupted.
pub(crate) fn mean_of_quicker_half(numbers: &[f64]) -> f64 {
    let sorted = sorted(numbers);
    mean(&sorted[..sorted.len().div_ceil(2)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        let numbers = [5.0, 1.0, 3.0, 2.0, 4.0];
        assert_eq!(quantile(&numbers, 0.5), 3.0);
        assert_eq!(quantile(&numbers, 0.0), 1.0);
        assert_eq!(quantile(&[1.0, 2.0], 0.5), 1.5);
        assert_eq!(quantile(&[7.0], 0.1), 7.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_slow_value_does_not_change_the_quicker_half() {
        assert_eq!(mean_of_quicker_half(&[1.0, 3.0, 1000.0]), 2.0);
        assert_eq!(mean_of_quicker_half(&[4.0]), 4.0);
    }
}
