//! A histogram as it travels: only the buckets that hold something.

use std::cmp::Ordering;

use super::error::SamplesError;
use super::{buckets, runs};
use crate::protocol::Samples;

/// The filled buckets of a histogram, ascending, with the exact sum, least and greatest value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SparseHistogram {
    filled: Vec<(u32, u64)>,
    count: u64,
    sum: u64,
    min: u64,
    max: u64,
    clamped: u64,
}

impl SparseHistogram {
    /// The most samples one histogram of one delta may hold: far beyond what a machine can send in
    /// a minute, far below what could overflow a total.
    pub const MAX_COUNT: u64 = 1 << 36;

    pub(super) fn from_parts(filled: Vec<(u32, u64)>, sum: u64, min: u64, max: u64, clamped: u64) -> Self {
        let count = filled.iter().map(|(_, count)| count).sum();
        Self { filled, count, sum, min, max, clamped }
    }

    /// So many samples of one value, which must not exceed [`buckets::MAX`].
    pub fn repeated(value: u64, count: u64) -> Self {
        match count {
            0 => Self::default(),
            _ => Self::from_parts(
                vec![(buckets::index_of(value) as u32, count)],
                value * count,
                value,
                value,
                0,
            ),
        }
    }

    /// So many samples of each of these values, which must ascend. One above [`buckets::MAX`] counts as that.
    pub fn of_ascending(values: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let (mut filled, mut sum): (Vec<(u32, u64)>, u64) = (Vec::new(), 0);
        let (mut min, mut max) = (None, 0);
        for (value, count) in values {
            let value = value.min(buckets::MAX);
            let bucket = buckets::index_of(value) as u32;
            match filled.last_mut() {
                Some((last, counted)) if *last == bucket => *counted += count,
                _ => filled.push((bucket, count)),
            }
            sum = sum.saturating_add(value.saturating_mul(count));
            (min, max) = (min.or(Some(value)), value);
        }
        Self::from_parts(filled, sum, min.unwrap_or(0), max, 0)
    }

    /// Whether each sample of `part` can be one of these.
    pub fn holds(&self, part: &SparseHistogram) -> bool {
        let mut mine = self.filled.iter();
        part.filled.iter().all(|(bucket, count)| {
            mine.find(|(place, _)| place >= bucket)
                .is_some_and(|(place, most)| place == bucket && count <= most)
        })
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

    /// The filled buckets as (bucket, samples), ascending.
    pub fn filled(&self) -> &[(u32, u64)] {
        &self.filled
    }

    /// Least and greatest value, if there is any.
    pub fn bounds(&self) -> Option<(u64, u64)> {
        (self.count > 0).then_some((self.min, self.max))
    }

    /// Adds another part of the same whole.
    pub fn add(&mut self, other: &SparseHistogram) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other.clone();
            return;
        }
        self.filled = merge_sorted(&self.filled, &other.filled);
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.clamped += other.clamped;
    }

    /// The form on the wire; `None` when empty.
    pub fn encode(&self) -> Option<Samples> {
        if self.count == 0 {
            return None;
        }
        let (filled, runs) = (self.filled.len() as u32, runs::encode(&self.filled));
        let (sum, min, max, clamped) = (self.sum, self.min, self.max, self.clamped);
        Some(Samples { filled, runs, sum, min, max, clamped })
    }

    /// Reads what came over the wire. Whatever passes can be merged without overflow and could have
    /// been recorded.
    pub fn decode(samples: &Samples) -> Result<Self, SamplesError> {
        let filled = runs::decode(&samples.runs, samples.filled)?;
        let count = filled.iter().fold(0u64, |sum, (_, count)| sum.saturating_add(*count));
        if count > Self::MAX_COUNT {
            return Err(SamplesError::TooMany { limit: Self::MAX_COUNT });
        }
        let (sum, min, max, clamped) = (samples.sum, samples.min, samples.max, samples.clamped);
        let decoded = Self { filled, count, sum, min, max, clamped };
        if decoded.is_consistent() { Ok(decoded) } else { Err(SamplesError::Contradiction) }
    }

    /// Whether the exact figures could belong to these buckets.
    fn is_consistent(&self) -> bool {
        let (Some((first, _)), Some((last, last_count))) = (self.filled.first(), self.filled.last()) else {
            return self.sum == 0 && self.min == 0 && self.max == 0 && self.clamped == 0;
        };
        let bucket = |value: u64| buckets::index_of(value.min(buckets::MAX)) as u32;
        let clamped_fits = match self.max > buckets::MAX {
            true => self.clamped >= 1 && self.clamped <= *last_count,
            false => self.clamped == 0,
        };
        let sum = u128::from(self.sum);
        let (low, high) = self.sum_bounds();
        bucket(self.min) == *first
            && bucket(self.max) == *last
            && clamped_fits
            && low <= sum
            && (sum <= high || self.clamped > 0)
    }

    /// The least and the greatest sum that values of these buckets can have.
    fn sum_bounds(&self) -> (u128, u128) {
        let (mut low, mut spare) = (0, 0);
        let mut rest = self.filled.as_slice();
        // Row by row, so that a bucket costs one multiplication and no question of how wide it is.
        while let Some((first, _)) = rest.first() {
            let row = buckets::row(*first);
            // A bucket has 15 bits and all counts together at most 37: no sum overflows.
            let (mut steps, mut sum, mut length) = (0, 0, 0);
            for (index, count) in rest.iter().take_while(|(index, _)| *index < row.end) {
                steps += u64::from(index - row.origin) * count;
                sum += count;
                length += 1;
            }
            low += u128::from(steps) << row.magnitude;
            spare += u128::from(sum) * ((1 << row.magnitude) - 1);
            rest = &rest[length..];
        }
        (low, low + spare)
    }
}

/// Merges two ascending lists, adding the counts of buckets that both fill.
fn merge_sorted(left: &[(u32, u64)], right: &[(u32, u64)]) -> Vec<(u32, u64)> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut l, mut r) = (0, 0);
    while l < left.len() && r < right.len() {
        let (a, b) = (left[l], right[r]);
        merged.push(match a.0.cmp(&b.0) {
            Ordering::Less => a,
            Ordering::Greater => b,
            Ordering::Equal => (a.0, a.1 + b.1),
        });
        l += usize::from(a.0 <= b.0);
        r += usize::from(b.0 <= a.0);
    }
    merged.extend_from_slice(&left[l..]);
    merged.extend_from_slice(&right[r..]);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Recorder;
    use proptest::prelude::*;

    fn sparse(values: &[u64]) -> SparseHistogram {
        let mut recorder = Recorder::default();
        values.iter().for_each(|value| recorder.record(*value));
        recorder.drain()
    }

    #[test]
    fn what_no_recorder_can_have_made_is_refused() {
        let good = sparse(&[5, 5, 900]).encode().unwrap();
        let mut rows: Vec<(&str, Samples)> = Vec::new();
        let mut row = |why, change: fn(&mut Samples)| {
            let mut samples = good.clone();
            change(&mut samples);
            rows.push((why, samples));
        };
        fn filled(buckets: &[(u32, u64)]) -> (u32, Vec<u8>) {
            (buckets.len() as u32, runs::encode(buckets))
        }
        row("a bucket is announced and missing", |s| s.filled += 1);
        row("a bucket is not announced", |s| s.filled -= 1);
        row("more buckets than there are", |s| s.filled = u32::MAX);
        row("a bucket past the end", |s| (s.filled, s.runs) = filled(&[(5, 2), (30_000, 1)]));
        row("more samples than a minute holds", |s| (s.filled, s.runs) = filled(&[(5, 1 << 37), (900, 1)]));
        row("a least value outside the first bucket", |s| s.min = 4);
        row("a greatest value outside the last bucket", |s| s.max = 901);
        row("a sum below what the buckets allow", |s| s.sum = 1);
        row("a sum above what the buckets allow", |s| s.sum = 1 << 60);
        row("clamped samples without a value above the range", |s| s.clamped = 1);
        row("figures without samples", |s| (s.filled, s.runs) = (0, Vec::new()));
        for (why, samples) in rows {
            assert!(SparseHistogram::decode(&samples).is_err(), "{why}");
        }
        assert_eq!(SparseHistogram::decode(&good), Ok(sparse(&[5, 5, 900])));
    }

    proptest! {
        #[test]
        fn the_wire_keeps_everything(values in prop::collection::vec(0..buckets::MAX * 2, 0..300)) {
            let original = sparse(&values);
            let back = SparseHistogram::decode(&original.encode().unwrap_or_default());
            prop_assert_eq!(back, Ok(original));
        }

        #[test]
        fn adding_parts_gives_the_whole(a in prop::collection::vec(0..5000u64, 0..200), b in prop::collection::vec(0..5000u64, 0..200)) {
            let mut sum = sparse(&a);
            sum.add(&sparse(&b));
            prop_assert_eq!(sum, sparse(&[a, b].concat()));
        }

        #[test]
        fn values_in_order_need_no_recorder(mut values in prop::collection::vec(0..buckets::MAX + 1, 0..100)) {
            values.sort_unstable();
            prop_assert_eq!(SparseHistogram::of_ascending(values.iter().map(|value| (*value, 1))), sparse(&values));
        }

        #[test]
        fn a_whole_holds_its_parts_and_no_others(a in prop::collection::vec(0..5000u64, 1..50), b in prop::collection::vec(0..5000u64, 0..50)) {
            let (part, whole) = (sparse(&a), sparse(&[a.as_slice(), &b].concat()));
            prop_assert!(whole.holds(&part));
            prop_assert_eq!(part.holds(&whole), b.is_empty());
        }

        #[test]
        fn garbage_is_refused_or_consistent_and_never_panics(filled in 0..60u32, runs: Vec<u8>, sum: u64, min: u64, max: u64, clamped: u64) {
            if let Ok(decoded) = SparseHistogram::decode(&Samples { filled, runs, sum, min, max, clamped }) {
                crate::stats::Histogram::default().merge(&decoded);
            }
        }
    }
}
