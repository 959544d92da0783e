//! Times of attempts, where some failed and some still wait: what share of all meets a bound.
//!
//! A failed attempt meets no bound: it lies beyond every time. One that still waits is a right-censored
//! sample: it has missed every bound below its age, and beyond that nothing is known of it. The share within
//! a time is the estimate of Kaplan and Meier (1958). Its interval is Wilson's with an effective number of
//! samples: that of Greenwood's variance, or of Peto's where it is less, since Greenwood's forgets how few are
//! left at risk.
//!
//! A failed attempt is known at once where a good one still waits, so that those that failed must not stay
//! among those at risk while the others leave: a few fast refusals would grow into a high share. When they
//! failed is not known, so the upper end takes them as at risk for ever and the lower end as gone at once.

use common::stats::{Histogram, buckets};

use super::interval::{self, Confidence, ConfidenceInterval};

/// What was tried, by how it went. Times are in microseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attempts {
    /// (lower end, upper end, count) of the good ones, ascending.
    good: Vec<(u64, u64, u64)>,
    /// Sum of the times of the good ones.
    sum: f64,
    /// Failed.
    failed: u64,
    /// (age, count) of those that wait, ascending.
    waiting: Vec<(u64, u64)>,
    /// In progress, of which not even the age is known.
    open: u64,
}

/// The share of attempts within some time, and from how many independent samples it might come.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CurveStep {
    at: f64,
    share: f64,
    samples: f64,
}

impl Attempts {
    /// Times of `all`, of which those in `failed` failed, and `unseen` more that have no time in `failed`.
    pub fn new(all: &Histogram, failed: &Histogram, unseen: u64) -> Attempts {
        let (least, most) = (all.min().unwrap_or_default(), all.max().unwrap_or_default());
        let mut bad = failed.buckets().peekable();
        let mut good = Vec::new();
        for (upper, count) in all.buckets() {
            while bad.next_if(|(at, _)| *at < upper).is_some() {}
            let less = bad.next_if(|(at, _)| *at == upper).map_or(0, |(_, count)| count);
            let lower = buckets::lowest(buckets::index_of(upper.min(buckets::MAX)));
            match count.saturating_sub(less) {
                0 => {}
                count => good.push((lower.clamp(least, most), upper.clamp(least, most), count)),
            }
        }
        let sum = all.sum().saturating_sub(failed.sum()) as f64;
        Attempts { good, sum, failed: failed.count() + unseen, ..Attempts::default() }
    }

    /// `count` of the times belong to attempts that failed later, and it is unknown which: the fastest
    /// are taken for them.
    pub(crate) fn without_fastest(mut self, count: u64) -> Attempts {
        let mut left = count;
        for (lower, upper, count) in &mut self.good {
            let taken = left.min(*count);
            (*count, left) = (*count - taken, left - taken);
            self.sum -= taken as f64 * (*lower as f64 + *upper as f64) / 2.0;
        }
        self.good.retain(|(.., count)| *count > 0);
        self
    }

    /// With those that still wait, by their ages.
    pub fn waiting(mut self, ages: &Histogram) -> Attempts {
        let most = ages.max().unwrap_or_default();
        // The lower end of a bucket: nobody has waited longer than that for certain.
        let age = |upper: u64| buckets::lowest(buckets::index_of(upper.min(buckets::MAX))).min(most);
        self.waiting = ages.buckets().map(|(upper, count)| (age(upper), count)).collect();
        self
    }

    /// With so many of which nothing is known yet.
    pub fn open(self, open: u64) -> Attempts {
        Attempts { open, ..self }
    }

    /// With the failed ones below all others.
    pub(crate) fn failed_below(mut self) -> Attempts {
        if self.failed > 0 {
            self.good.insert(0, (0, 0, self.failed));
            self.failed = 0;
        }
        self
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// How many were good.
    pub fn good(&self) -> u64 {
        self.good.iter().map(|(.., count)| count).sum()
    }

    fn waits(&self) -> u64 {
        self.waiting.iter().map(|(_, count)| count).sum()
    }

    /// Whether some are neither good nor failed yet.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.open > 0 || !self.waiting.is_empty()
    }

    /// All of which something is known.
    pub fn count(&self) -> u64 {
        self.good() + self.failed + self.waits()
    }

    /// Mean of the good ones: there is no mean of what never came.
    pub fn mean(&self) -> Option<f64> {
        let good = self.good();
        (good > 0).then(|| self.sum / good as f64)
    }

    /// The interval of that mean.
    pub(crate) fn mean_interval(&self, confidence: Confidence) -> ConfidenceInterval {
        let values = self.good.iter().map(|(_, upper, count)| (*upper, *count));
        match self.mean() {
            Some(mean) => interval::mean_of(values, self.good(), mean, confidence),
            None => ConfidenceInterval { low: 0.0, high: f64::INFINITY },
        }
    }

    /// The greatest time so far, waits included; infinite when one failed.
    pub fn max(&self) -> Option<f64> {
        let good = self.good.last().map(|(_, upper, _)| *upper);
        let waited = self.waiting.last().map(|(age, _)| *age);
        match self.failed {
            0 => good.max(waited).map(|most| most as f64),
            _ => Some(f64::INFINITY),
        }
    }

    /// The share of all that is within `bound`: an upper end of a bucket must not lie beyond it.
    pub(crate) fn share_within(&self, bound: f64) -> Option<f64> {
        let steps = self.gone_at_once();
        let known = |step: &&CurveStep| step.at <= bound;
        (self.count() > 0).then(|| steps.iter().rev().find(known).map_or(0.0, |step| step.share))
    }

    /// The share of good ones at or beyond `bound`, of all.
    pub(crate) fn share_beyond(&self, bound: f64) -> Option<f64> {
        let beyond = |(lower, _, count): &(u64, u64, u64)| if *lower as f64 >= bound { *count } else { 0 };
        let (count, waits) = (self.count(), self.waiting.iter());
        let waited: u64 = waits.filter(|(age, _)| *age as f64 >= bound).map(|(_, count)| count).sum();
        (count > 0).then(|| (self.good.iter().map(beyond).sum::<u64>() + waited) as f64 / count as f64)
    }

    /// The time within which `share` of all lie; infinite when so many never came.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let (count, waits) = (self.count(), self.waits());
        if waits > 0 {
            let reached = |step: &&CurveStep| step.share >= share - 1e-12;
            return Some(self.gone_at_once().iter().find(reached).map_or(f64::INFINITY, |step| step.at));
        }
        // Nearest rank; the product of a decimal share may lie a hair above the whole number.
        let rank = (share * count as f64 - 1e-9).ceil().max(1.0) as u64;
        (count > 0).then(|| self.at_rank(rank).1)
    }

    /// The interval of that time.
    pub(crate) fn quantile_interval(&self, share: f64, confidence: Confidence) -> ConfidenceInterval {
        let seen = match self.waits() {
            0 => self.by_ranks(share, self.count(), 0, confidence),
            _ => self.by_steps(share, confidence),
        };
        // Of those in progress nothing is known: at best they all are fast.
        match self.open {
            0 => seen,
            open => ConfidenceInterval {
                low: self.by_ranks(share, self.count() + open, open, confidence).low.min(seen.low),
                ..seen
            },
        }
    }

    /// By order statistics, with `fast` more values below all others.
    fn by_ranks(&self, share: f64, count: u64, fast: u64, confidence: Confidence) -> ConfidenceInterval {
        let (low, high) = confidence.ranks(count, share);
        let at = |rank: u64| if rank <= fast { (0.0, 0.0) } else { self.at_rank(rank - fast) };
        ConfidenceInterval {
            low: low.map_or(0.0, |rank| at(rank).0),
            high: high.map_or(f64::INFINITY, |rank| at(rank).1),
        }
    }

    /// All times whose share within, as Wilson's interval has it, may be `share`.
    fn by_steps(&self, share: f64, confidence: Confidence) -> ConfidenceInterval {
        let within = |step: &CurveStep| interval::wilson(step.share * step.samples, step.samples, confidence);
        let (best, worst) = (self.gone_at_once(), self.at_risk_for_ever());
        let below = best.iter().rev().find(|step| within(step).high < share);
        let above = worst.iter().find(|step| within(step).low >= share);
        ConfidenceInterval {
            low: below.map_or(0.0, |step| step.at),
            high: above.map_or(f64::INFINITY, |step| step.at),
        }
    }

    /// Ends of the bucket of this rank, from 1; infinite beyond the good ones.
    fn at_rank(&self, rank: u64) -> (f64, f64) {
        let mut seen = 0;
        let found = self.good.iter().find(|(.., count)| {
            seen += count;
            seen >= rank
        });
        found.map_or((f64::INFINITY, f64::INFINITY), |(lower, upper, _)| (*lower as f64, *upper as f64))
    }

    /// The curve with the failed ones among those at risk at all times.
    fn at_risk_for_ever(&self) -> Vec<CurveStep> {
        self.steps(self.count() as f64)
    }

    /// The curve of the others, of whom a share is gone from the beginning.
    fn gone_at_once(&self) -> Vec<CurveStep> {
        let (failed, count) = (self.failed as f64, self.count() as f64);
        let mut steps = self.steps(count - failed);
        if failed > 0.0 {
            let left = 1.0 - failed / count;
            for step in &mut steps {
                // Variance of a product: of the share that is left, and of the share of those.
                let variance = left * left * step.share * (1.0 - step.share) / step.samples
                    + step.share * step.share * left * (1.0 - left) / count;
                step.share *= left;
                if variance > 0.0 {
                    step.samples = step.share * (1.0 - step.share) / variance;
                }
            }
        }
        steps
    }

    /// Kaplan and Meier's curve at every time where something ended or was last seen waiting, and at the end
    /// of all times if some failed; so many are at risk in the beginning.
    fn steps(&self, mut at_risk: f64) -> Vec<CurveStep> {
        let ended = self.good.iter().map(|(_, upper, count)| (*upper, *count, 0));
        let seen = self.waiting.iter().map(|(age, count)| (*age, 0, *count));
        let mut times: Vec<(u64, u64, u64)> = ended.chain(seen).collect();
        // What ended at a time was at risk of it, and so was what waited that long.
        times.sort_unstable_by_key(|(at, _, waits)| (*at, *waits));
        let (mut beyond, mut greenwood, mut steps) = (1.0, 0.0, Vec::with_capacity(times.len() + 1));
        let mut samples = at_risk;
        for (at, ended, waits) in times {
            let (ended, waits) = (ended as f64, waits as f64);
            if ended < at_risk {
                greenwood += ended / (at_risk * (at_risk - ended));
                beyond *= 1.0 - ended / at_risk;
                at_risk -= ended;
                samples = effective(1.0 - beyond, greenwood, at_risk);
            } else {
                // The last one at risk: as sure as before it.
                (beyond, at_risk) = (0.0, 0.0);
            }
            steps.push(CurveStep { at: at as f64, share: 1.0 - beyond, samples });
            at_risk = (at_risk - waits).max(0.0);
            if waits > 0.0 && beyond > 0.0 {
                samples = effective(1.0 - beyond, greenwood, at_risk);
            }
        }
        if self.failed > 0 {
            steps.push(CurveStep { at: f64::INFINITY, share: 1.0 - beyond, samples });
        }
        steps
    }
}

/// How many independent samples would give a share with the same precision.
fn effective(share: f64, greenwood: f64, at_risk: f64) -> f64 {
    let beyond = 1.0 - share;
    let peto = at_risk / beyond;
    match greenwood > 0.0 {
        // Variance = beyond² · greenwood = share · beyond / samples.
        true => peto.min(share / (beyond * greenwood)),
        false => peto,
    }
}

#[cfg(test)]
mod tests;
