//! Pass, fail, or undetermined.

use std::borrow::Cow;

use common::stats::{Percentile, SURE_US};
use common::text::number;

use super::bound::WHOLE;
use super::{
    Attempts, BoundUnit, Confidence, ConfidenceInterval, Measure, Measured, Sample, Share, Statistic,
    Threshold, Verdict, interval,
};
use crate::validity::Validity;

/// Why a threshold between its two answers has none.
const OWN_SHARE: &str = "what may be the load generator's own decides it; use a less busy machine";

/// The verdict on a threshold. Numbers are in the terms of [`Threshold::bound`].
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Whether it was kept.
    pub verdict: Verdict,
    /// What was measured; `None` without samples.
    pub actual: Option<f64>,
    /// Where the truth lies; `None` without samples.
    pub interval: Option<ConfidenceInterval>,
    /// How much of it may be the load generator's own, at most; `None` for what is not a time.
    pub own: Option<f64>,
    /// How many samples there were.
    pub samples: u64,
    /// Why it is undetermined, or what else there is to know, as a sentence without its full stop.
    pub why: Option<String>,
}

/// Judges a threshold by what was measured. It is passed if it holds with the generator's share in, and missed if it is
/// missed with that share out.
pub fn judge(
    threshold: &Threshold,
    measured: &Measured<'_>,
    validity: &Validity,
    confidence: Confidence,
) -> Judgement {
    let sample = &measured.seen;
    let samples = sample.count();
    let Some(seen) = actual(threshold, sample) else {
        let why = Some("nothing was measured there".to_owned());
        let verdict = Verdict::Undetermined;
        return Judgement { verdict, actual: None, interval: None, own: None, samples, why };
    };
    let interval = |sample: &Sample<'_>| match (is_fact(threshold), actual(threshold, sample)) {
        (true, Some(actual)) => fact(threshold, sample, actual),
        _ => estimate(threshold, sample, confidence),
    };
    let (least, most) = (measured.least.as_ref().unwrap_or(sample), measured.most.as_ref().unwrap_or(sample));
    let is_time = threshold.measure.unit() == BoundUnit::Time;
    let sure = if is_time { SURE_US as f64 } else { 0.0 };
    let own = || {
        Some((seen - actual(threshold, least)? + sure).clamp(sure.min(seen), seen))
            .filter(|own| own.is_finite())
    };
    let (chance, (low, high)) = (interval(sample), (interval(least).low - sure, interval(most).high));
    let interval = ConfidenceInterval { low: low.max(0.0).min(chance.low), high: high.max(chance.high) };
    let (verdict, why) = match without_good(threshold, sample) {
        Some(verdict) => (verdict, Some("no good answer was measured".to_owned())),
        None => compare(threshold, chance, interval, validity, sample),
    };
    let own = if is_time { own() } else { None };
    let why = match (why, missed(threshold, sample)) {
        (Some(why), Some(missed)) => Some(format!("{why}; {missed}")),
        (why, missed) => why.or(missed),
    };
    Judgement { verdict, actual: Some(seen), interval: Some(interval), own, samples, why }
}

/// Nothing passes without a good answer: what was refused was not fast, and is no throughput.
fn without_good(threshold: &Threshold, sample: &Sample<'_>) -> Option<Verdict> {
    match (threshold.measure, sample) {
        _ if !sample.has_no_good(threshold.measure) => None,
        // What still runs may turn out well; a bound that it has missed already is seen by the numbers.
        _ if sample.is_unfinished() => None,
        (Measure::Figure(..) | Measure::Rate, _) if sample.failed() > 0 => Some(Verdict::Fail),
        // Of shares, those that only nothing could keep to.
        (Measure::Share(_), Sample::Share { part, whole, .. }) => {
            let seen = *part as f64 / *whole as f64 * WHOLE as f64;
            threshold.operator.holds(seen, threshold.bound as f64).then_some(Verdict::Undetermined)
        }
        _ => Some(Verdict::Undetermined),
    }
}

/// That the figure covers failed attempts.
fn missed(threshold: &Threshold, sample: &Sample<'_>) -> Option<String> {
    let (failed, count) = (sample.failed(), sample.count());
    let how = match threshold.measure {
        Measure::Rate => "count for nothing",
        Measure::Figure(_, Statistic::Mean) => "have no time: this is the mean of the others",
        _ => "count as missed",
    };
    (failed > 0).then(|| format!("{} of {} failed and {how}", number::count(failed), number::count(count)))
}

/// What was seen, and what it may become by what is not over yet.
fn fact(threshold: &Threshold, sample: &Sample<'_>, actual: f64) -> ConfidenceInterval {
    match (threshold.measure, sample) {
        (Measure::Figure(..), _) if sample.is_unfinished() => {
            ConfidenceInterval { low: actual, high: f64::INFINITY }
        }
        (Measure::Share(share), Sample::Share { part, whole, open }) if *open > 0 => {
            let of = |part: u64| part as f64 / (whole + open) as f64 * WHOLE as f64;
            match share {
                Share::Failures => ConfidenceInterval { low: of(*part), high: actual },
                Share::Complete => ConfidenceInterval { low: actual, high: of(part + open) },
            }
        }
        _ => ConfidenceInterval::exact(actual),
    }
}

fn compare(
    threshold: &Threshold,
    chance: ConfidenceInterval,
    interval: ConfidenceInterval,
    validity: &Validity,
    sample: &Sample<'_>,
) -> (Verdict, Option<String>) {
    let holds = |interval: ConfidenceInterval| {
        let (operator, bound) = (threshold.operator, threshold.bound as f64);
        (operator.holds(interval.low, bound), operator.holds(interval.high, bound))
    };
    let undetermined = |why: String| (Verdict::Undetermined, Some(why));
    let is_low_rate = threshold.measure == Measure::Rate && !threshold.operator.wants_less();
    match holds(interval) {
        (true, true) if sample.has_no_good(threshold.measure) => {
            undetermined("no good answer was measured".to_owned())
        }
        (true, true) => match validity.why_no_pass() {
            Some(why) => undetermined(why.to_owned()),
            None => (Verdict::Pass, None),
        },
        (false, false) => match validity.why_no_low_rate().filter(|_| is_low_rate) {
            Some(why) => undetermined(why.to_owned()),
            None => (Verdict::Fail, None),
        },
        _ => match holds(chance) {
            (low, high) if low == high => undetermined(OWN_SHARE.to_owned()),
            _ => undetermined(straddle(threshold, chance, sample)),
        },
    }
}

/// Whether a threshold is about what was seen and not about what that was drawn from: the greatest
/// value, and shares that nothing may be missing from.
pub(super) fn is_fact(threshold: &Threshold) -> bool {
    match threshold.measure {
        Measure::Figure(_, Statistic::Max) => true,
        Measure::Share(_) => matches!(threshold.bound, 0 | WHOLE),
        _ => false,
    }
}

fn actual(threshold: &Threshold, sample: &Sample<'_>) -> Option<f64> {
    match (threshold.measure, sample) {
        (Measure::Figure(_, statistic), Sample::Values(values)) => match statistic {
            Statistic::Percentile(level) => Percentile::new(level.share() * 100.0)
                .and_then(|at| values.percentile(at))
                .map(|value| value as f64),
            Statistic::Mean => values.mean(),
            Statistic::Max => values.max().map(|value| value as f64),
        },
        (Measure::Figure(_, statistic), Sample::Attempts(attempts)) => match statistic {
            Statistic::Percentile(level) => ordered(threshold, attempts).quantile(level.share()),
            // Of nothing but failed ones: what never came.
            Statistic::Mean => attempts.mean().or((attempts.count() > 0).then_some(f64::INFINITY)),
            Statistic::Max => attempts.max(),
        },
        (_, Sample::Share { part, whole, .. }) => {
            (*whole > 0).then(|| *part as f64 / *whole as f64 * WHOLE as f64)
        }
        (_, Sample::Rate { count, failed, seconds }) => {
            (count + failed > 0 && *seconds > 0.0).then(|| *count as f64 / seconds * 1000.0)
        }
        (Measure::Share(_) | Measure::Rate, Sample::Values(_) | Sample::Attempts(_)) => None,
    }
}

fn estimate(threshold: &Threshold, sample: &Sample<'_>, confidence: Confidence) -> ConfidenceInterval {
    let scaled =
        |of: ConfidenceInterval, by: f64| ConfidenceInterval { low: of.low * by, high: of.high * by };
    match (threshold.measure, sample) {
        (Measure::Figure(_, Statistic::Percentile(level)), Sample::Values(values)) => {
            interval::quantile(values, level.share(), confidence)
        }
        (Measure::Figure(_, Statistic::Percentile(level)), Sample::Attempts(attempts)) => {
            ordered(threshold, attempts).quantile_interval(level.share(), confidence)
        }
        (_, Sample::Values(values)) => interval::mean(values, confidence),
        (_, Sample::Attempts(attempts)) => attempts.mean_interval(confidence),
        (Measure::Share(share), Sample::Share { part, whole, open }) => {
            let seen = interval::share(*part, *whole, confidence);
            // Those in progress may all end well, which is best for either share; the other end is as seen.
            let best = |part: u64| interval::share(part, whole + open, confidence);
            let with_open = match share {
                Share::Failures => ConfidenceInterval { low: best(*part).low, ..seen },
                Share::Complete => ConfidenceInterval { high: best(part + open).high.max(seen.high), ..seen },
            };
            scaled(with_open, WHOLE as f64)
        }
        (_, Sample::Share { part, whole, .. }) => {
            scaled(interval::share(*part, *whole, confidence), WHOLE as f64)
        }
        (_, Sample::Rate { count, seconds, .. }) => {
            scaled(interval::rate(*count, *seconds, confidence), 1000.0)
        }
    }
}

/// Attempts as this threshold orders them: the failed ones keep to no bound, so that where large values are
/// wanted they stand below all others instead of above.
fn ordered<'a>(threshold: &Threshold, attempts: &'a Attempts) -> Cow<'a, Attempts> {
    match threshold.operator.wants_less() {
        true => Cow::Borrowed(attempts),
        false => Cow::Owned(attempts.clone().failed_below()),
    }
}

fn straddle(threshold: &Threshold, interval: ConfidenceInterval, sample: &Sample<'_>) -> String {
    match threshold.measure {
        Measure::Figure(_, Statistic::Percentile(level))
            if interval.high.is_infinite()
                && sample.count() < interval::fewest(level.share(), Confidence::REPORT) =>
        {
            format!(
                "too few samples to say what {} is at most (it takes {}); measure longer",
                threshold.measure,
                interval::fewest(level.share(), Confidence::REPORT)
            )
        }
        _ => "the 95 % confidence interval holds the bound; measure longer".to_owned(),
    }
}

#[cfg(test)]
mod tests;
