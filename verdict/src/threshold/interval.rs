//! Confidence intervals: what the samples say of the quantity that they were drawn from.
//!
//! | of | method |
//! | --- | --- |
//! | a percentile | order statistics: how many of *n* values lie below the *p*-quantile is binomial (*n*, *p*), whatever the distribution, so two ranks enclose it |
//! | a share | Wilson's score interval (Wilson 1927), which holds its level for rare events too |
//! | a rate | the score interval of a Poisson count, wider than needed when users wait for answers |
//! | a mean | the normal interval, from 30 samples on |
//!
//! All of them take the samples as independent.

use common::stats::{Histogram, buckets};

/// Fewest samples for the normal interval of a mean.
const MEAN_SAMPLES: u64 = 30;
/// Binomial terms smaller than this share of the greatest one are left out.
const NEGLIGIBLE: f64 = 1e-20;

/// How sure an interval is to hold the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// The probability left on each side.
    tail: f64,
    /// The same as a quantile of the normal distribution.
    z: f64,
}

impl Confidence {
    /// 95 %: the level of a report.
    pub const REPORT: Confidence = Confidence { tail: 0.025, z: 1.959_963_984_540_054 };
    /// The level of a look at a rung of a search, of which there are up to five and the first that is clear ends the
    /// rung: together they err as often as one look at 95 % (Pocock 1977, five looks).
    pub const LOOK: Confidence = Confidence { tail: 0.007_9, z: 2.413 };
    /// 99.99 %: the level for ending a run early. It is looked at each second, so that chance has many
    /// tries: at 95 % every second run that just keeps to its threshold would be ended.
    pub const ABORT: Confidence = Confidence { tail: 0.000_05, z: 3.890_591_886_413_094 };

    /// The ranks that enclose a quantile, as [`ranks`] has them.
    pub(super) fn ranks(self, count: u64, share: f64) -> (Option<u64>, Option<u64>) {
        ranks(count, share, self.tail)
    }
}

/// A closed interval; infinite where the samples set no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfidenceInterval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl ConfidenceInterval {
    /// The interval of what is known exactly.
    pub fn exact(value: f64) -> ConfidenceInterval {
        ConfidenceInterval { low: value, high: value }
    }
}

/// The interval of the quantile `share` (above 0 and below 1), in the histogram's unit. The ends are
/// those of buckets, so that it is never too narrow.
pub fn quantile(values: &Histogram, share: f64, confidence: Confidence) -> ConfidenceInterval {
    let (low, high) = ranks(values.count(), share, confidence.tail);
    let bounds = |rank| bucket_of(values, rank);
    ConfidenceInterval {
        low: low.and_then(bounds).map_or(0.0, |(lowest, _)| lowest as f64),
        high: high.and_then(bounds).map_or(f64::INFINITY, |(_, highest)| highest as f64),
    }
}

/// The ranks, from 1, whose values enclose the quantile `share` of `count` values with at most `tail`
/// left on either side; none where no value does.
pub fn ranks(count: u64, share: f64, tail: f64) -> (Option<u64>, Option<u64>) {
    let (first, weights) = binomial(count, share);
    let total: f64 = weights.iter().sum();
    let mut below = 0.0;
    let mut low = None;
    let mut high = None;
    for (k, weight) in (first..).zip(&weights) {
        // Here `below` is the probability that fewer than k values lie below the quantile.
        if below <= tail * total && k >= 1 {
            low = Some(k);
        }
        if total - below <= tail * total && high.is_none() {
            high = Some(k);
        }
        below += weight;
    }
    // What comes after the last term that counts has no probability left.
    let after = first + weights.len() as u64;
    (low, high.or((after <= count).then_some(after)))
}

/// The probabilities of a binomial variable up to a common factor, from the first that counts on.
///
/// Each is got from its neighbour, outward from the greatest one: no factorial, no overflow, and
/// about 20 standard deviations of terms.
fn binomial(count: u64, share: f64) -> (u64, Vec<f64>) {
    let n = count as f64;
    let odds = share / (1.0 - share);
    let mode = (((n + 1.0) * share) as u64).min(count);
    let mut down = Vec::new();
    let mut weight = 1.0;
    let mut k = mode;
    while k > 0 && weight > NEGLIGIBLE {
        weight *= k as f64 / ((n - k as f64 + 1.0) * odds);
        down.push(weight);
        k -= 1;
    }
    let first = k;
    down.reverse();
    let mut weights = down;
    weights.push(1.0);
    weight = 1.0;
    k = mode;
    while k < count && weight > NEGLIGIBLE {
        weight *= (n - k as f64) * odds / (k as f64 + 1.0);
        weights.push(weight);
        k += 1;
    }
    (first, weights)
}

/// Least and greatest value that the sample of this rank can have.
fn bucket_of(values: &Histogram, rank: u64) -> Option<(u64, u64)> {
    let mut seen = 0;
    let (min, max) = (values.min()?, values.max()?);
    let (highest, _) = values.buckets().find(|(_, count)| {
        seen += count;
        seen >= rank
    })?;
    let lowest = buckets::lowest(buckets::index_of(highest.min(buckets::MAX)));
    Some((lowest.clamp(min, max), highest.clamp(min, max)))
}

/// The interval of a share of which `part` of `whole` was seen, between 0 and 1.
pub fn share(part: u64, whole: u64, confidence: Confidence) -> ConfidenceInterval {
    wilson(part as f64, whole as f64, confidence)
}

/// The same of numbers that need not be whole, as effective numbers of samples are not.
pub(crate) fn wilson(part: f64, n: f64, confidence: Confidence) -> ConfidenceInterval {
    if n <= 0.0 {
        return ConfidenceInterval { low: 0.0, high: 1.0 };
    }
    let z = confidence.z;
    let seen = part / n;
    let scale = 1.0 + z * z / n;
    let centre = seen + z * z / (2.0 * n);
    let half = z * (seen * (1.0 - seen) / n + z * z / (4.0 * n * n)).sqrt();
    // Rounding must not exclude what was seen at the very end of the range.
    let low = if part <= 0.0 { 0.0 } else { ((centre - half) / scale).max(0.0) };
    let high = if part >= n { 1.0 } else { ((centre + half) / scale).min(1.0) };
    ConfidenceInterval { low, high }
}

/// The interval of a rate of which `count` events were seen in `seconds`.
pub fn rate(count: u64, seconds: f64, confidence: Confidence) -> ConfidenceInterval {
    if seconds <= 0.0 {
        return ConfidenceInterval { low: 0.0, high: f64::INFINITY };
    }
    let (n, z) = (count as f64, confidence.z);
    let half = z * (n + z * z / 4.0).sqrt();
    let centre = n + z * z / 2.0;
    ConfidenceInterval { low: (centre - half).max(0.0) / seconds, high: (centre + half) / seconds }
}

/// The interval of a mean; no limit below 30 samples.
pub fn mean(values: &Histogram, confidence: Confidence) -> ConfidenceInterval {
    match values.mean() {
        Some(mean) => mean_of(values.buckets(), values.count(), mean, confidence),
        None => ConfidenceInterval { low: 0.0, high: f64::INFINITY },
    }
}

/// The interval of the mean of `count` values that are given as (value, count).
pub(crate) fn mean_of(
    values: impl Iterator<Item = (u64, u64)>,
    count: u64,
    mean: f64,
    confidence: Confidence,
) -> ConfidenceInterval {
    if count < MEAN_SAMPLES {
        return ConfidenceInterval { low: 0.0, high: f64::INFINITY };
    }
    let squares: f64 = values.map(|(value, count)| count as f64 * (value as f64 - mean).powi(2)).sum();
    let error = (squares / (count - 1) as f64 / count as f64).sqrt();
    ConfidenceInterval { low: (mean - confidence.z * error).max(0.0), high: mean + confidence.z * error }
}

/// Fewest samples that can show the quantile `share` to lie below some value.
pub fn fewest(share: f64, confidence: Confidence) -> u64 {
    (confidence.tail.ln() / share.ln()).ceil() as u64
}

#[cfg(test)]
mod tests;
