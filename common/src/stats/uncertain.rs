//! Samples that are known to lie between two values.

use std::borrow::Cow;

use super::error::SamplesError;
use super::histogram::Histogram;
use super::sparse::SparseHistogram;
use crate::protocol as wire;

/// A time that is known to within this many microseconds is recorded as seen: every time may be that much shorter.
pub const SURE_US: u64 = 50;

/// Which of the values that samples may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The least.
    Least,
    /// As they were seen.
    Seen,
    /// The greatest.
    Most,
}

/// Some of the samples of a histogram: as they are in it, and the least and the most that each may be. A quantile of
/// the truth lies between those of the two histograms in which these take their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uncertain<H> {
    /// As they were seen.
    pub seen: H,
    /// The least that each may be.
    pub least: H,
    /// The most that each may be.
    pub most: H,
}

impl Uncertain<SparseHistogram> {
    /// Adds others.
    pub fn add(&mut self, other: &Uncertain<SparseHistogram>) {
        self.seen.add(&other.seen);
        self.least.add(&other.least);
        self.most.add(&other.most);
    }

    /// The form on the wire; `None` when empty.
    pub fn encode(&self) -> Option<wire::Uncertain> {
        let seen = Some(self.seen.encode()?);
        Some(wire::Uncertain { seen, least: self.least.encode(), most: self.most.encode() })
    }

    /// Reads what came over the wire beside `all` samples.
    ///
    /// # Errors
    /// What no recorder can have made.
    pub fn decode(sent: Option<&wire::Uncertain>, all: &SparseHistogram) -> Result<Self, SamplesError> {
        let Some(sent) = sent else { return Ok(Self::default()) };
        let part = |samples: &Option<wire::Samples>| {
            samples.as_ref().map_or(Ok(SparseHistogram::default()), SparseHistogram::decode)
        };
        let decoded =
            Uncertain { seen: part(&sent.seen)?, least: part(&sent.least)?, most: part(&sent.most)? };
        let count = decoded.seen.count();
        let fits =
            decoded.least.count() == count && decoded.most.count() == count && all.holds(&decoded.seen);
        if fits { Ok(decoded) } else { Err(SamplesError::Contradiction) }
    }
}

impl Uncertain<Histogram> {
    /// Adds what a worker measured.
    pub fn merge(&mut self, part: &Uncertain<SparseHistogram>) {
        self.seen.merge(&part.seen);
        self.least.merge(&part.least);
        self.most.merge(&part.most);
    }

    /// Adds other totals.
    pub fn add(&mut self, other: &Uncertain<Histogram>) {
        self.seen.add(&other.seen);
        self.least.add(&other.least);
        self.most.add(&other.most);
    }

    /// `all`, to which these belong, with the values of one side.
    pub fn side<'a>(&self, all: &'a Histogram, side: Side) -> Cow<'a, Histogram> {
        match side {
            _ if self.seen.count() == 0 => Cow::Borrowed(all),
            Side::Seen => Cow::Borrowed(all),
            Side::Least => Cow::Owned(all.with(&self.seen, &self.least)),
            Side::Most => Cow::Owned(all.with(&self.seen, &self.most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Percentile, Recorder};
    use proptest::prelude::*;

    fn sparse(values: impl Iterator<Item = u64>) -> SparseHistogram {
        let mut recorder = Recorder::default();
        values.for_each(|value| recorder.record(value));
        recorder.drain()
    }

    proptest! {
        #[test]
        fn every_figure_of_the_truth_lies_between_the_two_sides(
            samples in prop::collection::vec((0..90_000u64, 0..90_000u64, 0..90_000u64, 0..90_000u64, any::<bool>()), 1..80),
            percent in 0.0..=100.0f64,
        ) {
            // (least, truth, seen, most, whether it is sure)
            let known: Vec<_> = samples
                .into_iter()
                .map(|(a, b, c, d, sure)| {
                    let mut sorted = [a, b, c, d];
                    sorted.sort_unstable();
                    let [least, truth, seen, most] = sorted;
                    if sure { (truth, truth, truth, truth, true) } else { (least, truth, seen, most, false) }
                })
                .collect();
            let unsure = || known.iter().filter(|(.., sure)| !sure);
            let part = Uncertain {
                seen: sparse(unsure().map(|(_, _, seen, ..)| *seen)),
                least: sparse(unsure().map(|(least, ..)| *least)),
                most: sparse(unsure().map(|(.., most, _)| *most)),
            };
            let all = sparse(known.iter().map(|(_, _, seen, ..)| *seen));
            let sent = part.encode();
            let mut totals = Uncertain::<Histogram>::default();
            totals.merge(&Uncertain::decode(sent.as_ref(), &all).unwrap());
            let (mut seen, mut truth) = (Histogram::default(), Histogram::default());
            seen.merge(&all);
            truth.merge(&sparse(known.iter().map(|(_, truth, ..)| *truth)));
            let (least, most) = (totals.side(&seen, Side::Least), totals.side(&seen, Side::Most));
            let percentile = Percentile::new(percent).unwrap();
            let at = |of: &Histogram| of.percentile(percentile).unwrap();
            // A value is the upper end of its bucket, or the exact end of all.
            let up = |value: u64| value + value / 1000;
            prop_assert!(at(&least) <= up(at(&truth)) && at(&truth) <= up(at(&most)));
            prop_assert!(least.mean() <= truth.mean() && truth.mean() <= most.mean());
            prop_assert_eq!((least.count(), most.count()), (seen.count(), seen.count()));
        }
    }

    #[test]
    fn what_no_recorder_made_is_refused() {
        let all = sparse([5, 5, 9].into_iter());
        let part = |seen: &[u64], least: &[u64]| Uncertain {
            seen: sparse(seen.iter().copied()),
            least: sparse(least.iter().copied()),
            most: sparse(seen.iter().copied()),
        };
        let decoded = |part: Uncertain<SparseHistogram>| Uncertain::decode(part.encode().as_ref(), &all);
        assert!(decoded(part(&[5, 9], &[1, 2])).is_ok());
        assert!(decoded(part(&[9, 9], &[1, 2])).is_err(), "one of them is not there");
        assert!(decoded(part(&[5, 9], &[1])).is_err(), "one has no least value");
    }
}
