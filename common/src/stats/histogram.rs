//! The histogram of a whole run, and its percentiles.

use super::buckets;
use super::sparse::SparseHistogram;

/// A percentile as an exact fraction, so that a rank never depends on floating point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentile(u32);

impl Percentile {
    /// The median.
    pub const P50: Percentile = Percentile(500_000);
    /// 95 %.
    pub const P95: Percentile = Percentile(950_000);
    /// 99 %.
    pub const P99: Percentile = Percentile(990_000);
    /// The percentile columns of Locust's CSV files: 50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99 and
    /// 100 %.
    pub const LOCUST: [Percentile; 11] = [
        Percentile(500_000),
        Percentile(660_000),
        Percentile(750_000),
        Percentile(800_000),
        Percentile(900_000),
        Percentile(950_000),
        Percentile(980_000),
        Percentile(990_000),
        Percentile(999_000),
        Percentile(999_900),
        Percentile(1_000_000),
    ];

    /// The percentile `percent` (0 to 100), to a ten-thousandth of a percent; `None` outside.
    pub fn new(percent: f64) -> Option<Percentile> {
        (0.0..=100.0).contains(&percent).then(|| Percentile((percent * 10_000.0).round() as u32))
    }

    /// Nearest rank among `count` values, from 1: the smallest rank with at least this share of the
    /// values at or below it.
    pub fn rank(self, count: u64) -> u64 {
        let rank = (u128::from(count) * u128::from(self.0)).div_ceil(1_000_000);
        (rank as u64).max(1)
    }
}

/// An array of counts grows by this many buckets: it grows seldom, and equal histograms have equal arrays.
const GROWTH: usize = 1024;

/// Everything recorded of one quantity. Memory grows with the greatest value, not with the number of
/// samples, up to 184 KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Samples by bucket, as far as any is filled.
    counts: Vec<u64>,
    count: u64,
    sum: u64,
    min: u64,
    max: u64,
    clamped: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Vec::new(), count: 0, sum: 0, min: u64::MAX, max: 0, clamped: 0 }
    }
}

impl Histogram {
    /// Adds what a worker measured. Adding the parts of a whole in any order gives the whole.
    pub fn merge(&mut self, part: &SparseHistogram) {
        let (Some((min, max)), Some((last, _))) = (part.bounds(), part.filled().last()) else { return };
        self.grow(*last as usize + 1);
        for (index, count) in part.filled() {
            self.counts[*index as usize] += count;
        }
        self.count += part.count();
        self.sum = self.sum.saturating_add(part.sum());
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        self.clamped += part.clamped();
    }

    /// Adds one sample. Above the range it counts in the last bucket and as clamped.
    pub fn record(&mut self, value: u64) {
        self.record_times(value, 1);
    }

    /// Adds the same sample so many times.
    pub fn record_times(&mut self, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        let index = buckets::index_of(value.min(buckets::MAX));
        self.grow(index + 1);
        self.counts[index] += times;
        self.count += times;
        self.sum = self.sum.saturating_add(value.saturating_mul(times));
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.clamped += if value > buckets::MAX { times } else { 0 };
    }

    /// Adds another total.
    pub fn add(&mut self, other: &Histogram) {
        self.grow(other.counts.len());
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.clamped += other.clamped;
    }

    /// The same with `new` in the places of `old`, which are among these.
    pub fn with(&self, old: &Histogram, new: &Histogram) -> Histogram {
        let mut with = self.clone();
        for (count, less) in with.counts.iter_mut().zip(&old.counts) {
            *count = count.saturating_sub(*less);
        }
        with.count = with.count.saturating_sub(old.count);
        with.sum = with.sum.saturating_sub(old.sum);
        with.clamped = with.clamped.saturating_sub(old.clamped);
        with.add(new);
        // The exact ends may have been those of `old`: what is left of them is the ends of their buckets.
        let ends = with.buckets().next().zip(with.buckets().last());
        if let Some(((first, _), (last, _))) = ends {
            let lowest = buckets::lowest(buckets::index_of(first.min(buckets::MAX)));
            (with.min, with.max) = (lowest.max(with.min), with.max.min(last.max(new.max)));
        }
        with
    }

    /// Makes room for so many buckets.
    fn grow(&mut self, buckets: usize) {
        if self.counts.len() < buckets {
            let wanted = buckets.next_multiple_of(GROWTH).min(buckets::COUNT);
            // Not twice the room: a value beyond all others is rare.
            self.counts.reserve_exact(wanted - self.counts.len());
            self.counts.resize(wanted, 0);
        }
    }

    /// How many samples.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of them were above the range.
    pub fn clamped(&self) -> u64 {
        self.clamped
    }

    /// Exact sum of all values.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Exact mean; `None` without samples.
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum as f64 / self.count() as f64)
    }

    /// Exact least value.
    pub fn min(&self) -> Option<u64> {
        (self.count() > 0).then_some(self.min)
    }

    /// Exact greatest value.
    pub fn max(&self) -> Option<u64> {
        (self.count() > 0).then_some(self.max)
    }

    /// One percentile by nearest rank; `None` without samples.
    pub fn percentile(&self, percentile: Percentile) -> Option<u64> {
        self.percentiles([percentile]).map(|[value]| value)
    }

    /// Several percentiles, which must ascend, in one pass. A value is the upper end of its bucket
    /// (at most 0.1 % above the sample), never outside the exact least and greatest value; the last
    /// rank is the greatest value itself, were it clamped too.
    pub fn percentiles<const N: usize>(&self, wanted: [Percentile; N]) -> Option<[u64; N]> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let mut values = [self.max; N];
        let mut seen = 0;
        let mut next = 0;
        for (upper, samples) in self.buckets() {
            seen += samples;
            while next < N && wanted[next].rank(count) <= seen {
                let last = wanted[next].rank(count) == count;
                values[next] = if last { self.max } else { upper.clamp(self.min, self.max) };
                next += 1;
            }
            if next == N {
                break;
            }
        }
        Some(values)
    }

    /// The filled buckets as (upper end, samples), ascending: what a chart of the distribution draws.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(index, count)| (buckets::highest(index), *count))
    }
}

impl FromIterator<u64> for Histogram {
    fn from_iter<I: IntoIterator<Item = u64>>(values: I) -> Histogram {
        let mut histogram = Histogram::default();
        values.into_iter().for_each(|value| histogram.record(value));
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Recorder;
    use proptest::prelude::*;

    fn histogram(values: &[u64]) -> Histogram {
        let mut recorder = Recorder::default();
        values.iter().for_each(|value| recorder.record(*value));
        let mut histogram = Histogram::default();
        histogram.merge(&recorder.drain());
        histogram
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let hundred = histogram(&(1..=100).collect::<Vec<_>>());
        let rows = [(50.0, 50), (90.0, 90), (95.0, 95), (99.0, 99), (99.9, 100), (100.0, 100), (0.0, 1)];
        for (percent, value) in rows {
            let percentile = Percentile::new(percent).unwrap();
            assert_eq!(hundred.percentile(percentile), Some(value), "p{percent} of 1..=100");
        }
        assert_eq!(Histogram::default().percentile(Percentile::P50), None);
        assert_eq!(histogram(&[3]).percentile(Percentile::P99), Some(3));
        let clamped = histogram(&[1, 2 * buckets::MAX]).percentiles(Percentile::LOCUST).unwrap();
        assert_eq!((clamped[0], clamped[10]), (1, 2 * buckets::MAX), "100 % is the greatest value");
    }

    /// The same values in the reference implementation, clamped as ours are.
    fn oracle(values: &[u64]) -> hdrhistogram::Histogram<u64> {
        let mut oracle = hdrhistogram::Histogram::new_with_bounds(1, buckets::MAX, 3).unwrap();
        values.iter().for_each(|value| oracle.record(*value.min(&buckets::MAX)).unwrap());
        oracle
    }

    proptest! {
        #[test]
        fn every_figure_is_that_of_hdrhistogram(
            parts in prop::collection::vec(prop::collection::vec(0..buckets::MAX + 9, 0..80), 1..6),
            percent in 0.0..=100.0f64,
        ) {
            let values = parts.concat();
            let oracle = oracle(&values);
            let mut ours = Histogram::default();
            parts.iter().for_each(|part| ours.add(&histogram(part)));
            let filled = oracle.iter_recorded().map(|bucket| {
                (oracle.highest_equivalent(bucket.value_iterated_to()), bucket.count_since_last_iteration())
            });
            prop_assert_eq!(ours.buckets().collect::<Vec<_>>(), filled.collect::<Vec<_>>());
            prop_assert_eq!(ours.count(), oracle.len());
            prop_assert_eq!(ours.sum(), values.iter().sum::<u64>());
            prop_assert_eq!((ours.min(), ours.max()), (values.iter().min().copied(), values.iter().max().copied()));
            let (Some(min), Some(max)) = (ours.min(), ours.max()) else { return Ok(()) };
            let percentile = Percentile::new(percent).unwrap();
            let expected = match percentile.rank(ours.count()) {
                last if last == ours.count() => max,
                // Half a sample below the rank, so that the oracle's floating point lands on it.
                rank => oracle.value_at_quantile((rank as f64 - 0.5) / ours.count() as f64).clamp(min, max),
            };
            prop_assert_eq!(ours.percentile(percentile), Some(expected));
        }

        #[test]
        fn a_percentile_is_within_a_thousandth_of_the_sorted_sample(
            mut values in prop::collection::vec(0..buckets::MAX, 1..300),
            percent in 0.0..=100.0f64,
        ) {
            let histogram = histogram(&values);
            values.sort_unstable();
            let percentile = Percentile::new(percent).unwrap();
            let exact = values[percentile.rank(values.len() as u64) as usize - 1];
            let found = histogram.percentile(percentile).unwrap();
            prop_assert!(found >= exact && (found - exact) as f64 <= exact as f64 * 0.001);
        }

        #[test]
        fn merging_parts_in_any_order_gives_the_whole_bit_for_bit(
            parts in prop::collection::vec(prop::collection::vec(0..buckets::MAX * 2, 0..60), 1..8),
        ) {
            let whole = histogram(&parts.concat());
            let (mut forward, mut backward) = (Histogram::default(), Histogram::default());
            parts.iter().for_each(|part| forward.add(&histogram(part)));
            parts.iter().rev().for_each(|part| backward.add(&histogram(part)));
            prop_assert_eq!(&whole, &forward);
            prop_assert_eq!(&whole, &backward);
        }
    }
}
