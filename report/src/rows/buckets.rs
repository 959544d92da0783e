//! A distribution as counts below round bounds: what Prometheus and OpenTelemetry call a classic
//! histogram.

use common::stats::{Histogram, Unit};

/// Upper ends in microseconds, and in thousandths of tokens/s.
const TIMES_US: [u64; 17] = [
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
];
const RATES_MILLI: [u64; 10] =
    [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000];

/// Counts below round bounds, in base units: seconds, or tokens/s. Empty where the samples are not
/// known, as in a report made from CSV files.
///
/// A sample is counted by the upper end of its histogram bucket, as percentiles are: one that is at most
/// 0.1 % below a bound may count above it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Buckets {
    /// Upper ends, ascending, and how many samples are at or below each. What is above the last one is in
    /// `count` alone.
    pub cumulative: Vec<(f64, u64)>,
    /// How many samples.
    pub count: u64,
    /// Their exact sum.
    pub sum: f64,
}

impl Buckets {
    /// The buckets of a histogram in this unit.
    pub fn of(samples: &Histogram, unit: Unit) -> Buckets {
        let (bounds, scale): (&[u64], f64) = match unit {
            Unit::Microseconds => (&TIMES_US, 1e6),
            Unit::MilliTokensPerSecond => (&RATES_MILLI, 1e3),
        };
        let mut filled = samples.buckets().peekable();
        let mut below = 0;
        let mut upto = |bound: u64| {
            while let Some((_, count)) = filled.next_if(|(upper, _)| *upper <= bound) {
                below += count;
            }
            below
        };
        Buckets {
            cumulative: bounds.iter().map(|bound| (*bound as f64 / scale, upto(*bound))).collect(),
            count: samples.count(),
            sum: samples.sum() as f64 / scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_are_cumulative_and_the_sum_is_exact() {
        let buckets =
            Buckets::of(&Histogram::from_iter([400, 1_000, 1_001, 700_000, 400_000_000]), Unit::Microseconds);
        assert_eq!(buckets.cumulative[..2], [(0.001, 2), (0.0025, 3)]);
        assert_eq!(buckets.cumulative[9], (1.0, 4));
        assert_eq!(buckets.cumulative[16], (300.0, 4), "what is longer is in the count alone");
        assert_eq!((buckets.count, buckets.sum), (5, 400.702401));
        assert!(
            Buckets::of(&Histogram::default(), Unit::MilliTokensPerSecond)
                .cumulative
                .iter()
                .all(|(_, n)| *n == 0)
        );
    }

    proptest! {
        #[test]
        fn a_bucket_holds_what_is_clearly_below_its_bound_and_nothing_above(values in prop::collection::vec(0..400_000_000u64, 0..200)) {
            for (bound, count) in Buckets::of(&values.iter().copied().collect(), Unit::Microseconds).cumulative {
                let bound = bound * 1e6;
                let clearly = values.iter().filter(|value| **value as f64 * 1.001 <= bound).count() as u64;
                let at_most = values.iter().filter(|value| **value as f64 <= bound).count() as u64;
                prop_assert!((clearly..=at_most).contains(&count));
            }
        }
    }
}
