//! One second of samples of one endpoint on one core.

use super::buckets;
use super::sparse::SparseHistogram;

/// Buckets that share one bit of the first-level map.
const BLOCK: usize = 64;
const WORDS: usize = buckets::COUNT.div_ceil(BLOCK).div_ceil(64);

/// A dense histogram that remembers which parts of it were touched, so that emptying it costs what
/// was recorded and not its 23,221 buckets.
///
/// Recording neither allocates nor locks. One owner, one thread.
#[derive(Debug, Clone)]
pub struct Recorder {
    counts: Box<[u32]>,
    touched: [u64; WORDS],
    sum: u64,
    min: u64,
    max: u64,
    clamped: u64,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            counts: vec![0; buckets::COUNT].into_boxed_slice(),
            touched: [0; WORDS],
            sum: 0,
            min: u64::MAX,
            max: 0,
            clamped: 0,
        }
    }
}

impl Recorder {
    /// Records one sample. Above [`buckets::MAX`] it counts in the last bucket and as clamped.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let index = if value <= buckets::MAX {
            buckets::index_of(value)
        } else {
            self.clamped += 1;
            buckets::COUNT - 1
        };
        self.counts[index] += 1;
        let block = index / BLOCK;
        self.touched[block / 64] |= 1 << (block % 64);
        self.sum = self.sum.saturating_add(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Whether nothing was recorded since the last drain.
    pub fn is_empty(&self) -> bool {
        self.min > self.max
    }

    /// Takes everything recorded since the last drain and leaves the recorder empty.
    pub fn drain(&mut self) -> SparseHistogram {
        if self.is_empty() {
            return SparseHistogram::default();
        }
        let mut filled = Vec::new();
        for (word, bits) in self.touched.iter_mut().enumerate() {
            while *bits != 0 {
                let block = word * 64 + bits.trailing_zeros() as usize;
                *bits &= *bits - 1;
                let first = block * BLOCK;
                let last = (first + BLOCK).min(self.counts.len());
                for (offset, count) in self.counts[first..last].iter_mut().enumerate() {
                    if *count != 0 {
                        filled.push(((first + offset) as u32, u64::from(*count)));
                        *count = 0;
                    }
                }
            }
        }
        let drained = SparseHistogram::from_parts(filled, self.sum, self.min, self.max, self.clamped);
        self.sum = 0;
        self.min = u64::MAX;
        self.max = 0;
        self.clamped = 0;
        drained
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Histogram;
    use proptest::prelude::*;

    #[test]
    fn a_drained_recorder_is_as_new() {
        let mut recorder = Recorder::default();
        recorder.record(7);
        recorder.record(buckets::MAX + 5);
        let first = recorder.drain();
        assert_eq!((first.count(), first.clamped()), (2, 1));
        assert!(recorder.is_empty());
        assert_eq!(recorder.drain(), SparseHistogram::default());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_however_the_samples_are_cut_into_intervals(
            values in prop::collection::vec(0..buckets::MAX + 10, 1..400),
            cuts in prop::collection::vec(any::<bool>(), 400),
        ) {
            let mut whole = Histogram::default();
            let mut parts = Histogram::default();
            let (mut one, mut many) = (Recorder::default(), Recorder::default());
            for (value, cut) in values.iter().zip(&cuts) {
                one.record(*value);
                many.record(*value);
                if *cut {
                    parts.merge(&many.drain());
                }
            }
            parts.merge(&many.drain());
            whole.merge(&one.drain());
            prop_assert_eq!(&whole, &parts);
            prop_assert_eq!(whole.count(), values.len() as u64);
            prop_assert_eq!(whole.sum(), values.iter().sum::<u64>());
            prop_assert_eq!(whole.max(), values.iter().max().copied());
            prop_assert_eq!(whole.min(), values.iter().min().copied());
        }
    }
}
