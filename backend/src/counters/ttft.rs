//! First-token delays in log-linear buckets.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::{get, zero};
use crate::counts::TtftSummary;

/// Buckets per doubling. A bucket at value `v` is at most `v / 512` wide, and
/// its middle is reported: the error is below 0.1 %. Values under 1024 µs have
/// a bucket each.
const HALF: u64 = 512;
/// Longest delay that is distinguished: 2^36 µs or 19 hours.
const LONGEST: u64 = (1 << 36) - 1;

/// A fixed array of counters; its size does not depend on the number of streams.
#[derive(Debug)]
pub(crate) struct TtftHistogram {
    buckets: Box<[AtomicU64]>,
    max_us: AtomicU64,
}

impl Default for TtftHistogram {
    fn default() -> Self {
        Self {
            buckets: (0..=bucket_of(LONGEST)).map(|_| AtomicU64::new(0)).collect(),
            max_us: AtomicU64::new(0),
        }
    }
}

impl TtftHistogram {
    pub(crate) fn record(&self, delay: Duration) {
        let us = u64::try_from(delay.as_micros()).unwrap_or(LONGEST).min(LONGEST);
        self.max_us.fetch_max(us, SeqCst);
        self.buckets[bucket_of(us)].fetch_add(1, SeqCst);
    }

    pub(crate) fn summary(&self) -> TtftSummary {
        let counts: Vec<u64> = self.buckets.iter().map(get).collect();
        let count = counts.iter().sum();
        let max_us = get(&self.max_us);
        let at = |percent| percentile(&counts, count, percent).min(max_us);
        TtftSummary { count, p50_us: at(50), p99_us: at(99), max_us }
    }

    pub(super) fn reset(&self) {
        self.buckets.iter().for_each(zero);
        zero(&self.max_us);
    }
}

/// Middle of the bucket that holds the value of nearest rank.
fn percentile(counts: &[u64], count: u64, percent: u64) -> u64 {
    let rank = (count * percent).div_ceil(100);
    let mut below = 0;
    for (bucket, n) in counts.iter().enumerate() {
        below += n;
        if *n > 0 && below >= rank {
            return middle_of(bucket as u64);
        }
    }
    0
}

/// Values below `2 × HALF` are their own bucket; above, the ten leading bits
/// pick one of `HALF` buckets in each doubling.
fn bucket_of(us: u64) -> usize {
    let shift = (u64::BITS - us.leading_zeros()).saturating_sub(10);
    (u64::from(shift) * HALF + (us >> shift)) as usize
}

fn middle_of(bucket: u64) -> u64 {
    let shift = (bucket / HALF).saturating_sub(1);
    let lowest = (bucket - shift * HALF) << shift;
    lowest + ((1 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_middle_of_a_bucket_is_within_a_thousandth(us in 0..=LONGEST) {
            let middle = middle_of(bucket_of(us) as u64);
            prop_assert!(middle.abs_diff(us) * 1_000 <= us, "{us} became {middle}");
        }

        #[test]
        fn buckets_keep_the_order(us in 0..LONGEST) {
            let step = bucket_of(us + 1) - bucket_of(us);
            prop_assert!(step <= 1);
        }
    }

    #[test]
    fn small_values_and_the_largest_are_exact() {
        let ttft = TtftHistogram::default();
        assert_eq!(ttft.summary(), TtftSummary::default());
        for us in 1..=100 {
            ttft.record(Duration::from_micros(us));
        }
        let expected = TtftSummary { count: 100, p50_us: 50, p99_us: 99, max_us: 100 };
        assert_eq!(ttft.summary(), expected);
        ttft.record(Duration::from_secs(1_000_000));
        assert_eq!(ttft.summary().max_us, LONGEST);
        ttft.reset();
        assert_eq!(ttft.summary(), TtftSummary::default());
    }
}
