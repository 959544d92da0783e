//! Pass, fail, or undetermined.

use common::stats::Percentile;

use super::bound::WHOLE;
use super::{BoundUnit, Confidence, Interval, Measure, Sample, Statistic, Threshold, Verdict, interval};
use crate::validity::Validity;

/// The verdict on a threshold. Numbers are in the terms of [`Threshold::bound`].
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Whether it was kept.
    pub verdict: Verdict,
    /// What was measured; `None` without samples.
    pub actual: Option<f64>,
    /// Where the truth lies; `None` without samples.
    pub interval: Option<Interval>,
    /// How many samples there were.
    pub samples: u64,
    /// Why it is undetermined, as a sentence without its full stop.
    pub why: Option<String>,
}

/// Judges a threshold by a sample.
pub fn judge(
    threshold: &Threshold,
    sample: &Sample<'_>,
    validity: &Validity,
    confidence: Confidence,
) -> Judgement {
    let samples = sample.count();
    let Some(actual) = actual(threshold, sample) else {
        let why = Some("nothing was measured there".to_owned());
        return Judgement { verdict: Verdict::Undetermined, actual: None, interval: None, samples, why };
    };
    let interval =
        if is_fact(threshold) { Interval::exact(actual) } else { estimate(threshold, sample, confidence) };
    let time_bound = (threshold.measure.unit() == BoundUnit::Time).then_some(threshold.bound);
    let (verdict, why) = match validity.why_undetermined(time_bound) {
        Some(why) => (Verdict::Undetermined, Some(why)),
        None => compare(threshold, interval, validity),
    };
    Judgement { verdict, actual: Some(actual), interval: Some(interval), samples, why }
}

fn compare(threshold: &Threshold, interval: Interval, validity: &Validity) -> (Verdict, Option<String>) {
    let holds = |interval: Interval| {
        let (operator, bound) = (threshold.operator, threshold.bound as f64);
        (operator.holds(interval.low, bound), operator.holds(interval.high, bound))
    };
    let undetermined = |why: String| (Verdict::Undetermined, Some(why));
    match (holds(interval), holds(widened(threshold, interval, validity))) {
        ((true, true), (true, true)) => match validity.why_no_pass() {
            Some(why) => undetermined(why),
            None => (Verdict::Pass, None),
        },
        ((false, false), (false, false)) => (Verdict::Fail, None),
        ((true, true) | (false, false), _) => undetermined(validity.lateness()),
        _ => undetermined(straddle(threshold, interval)),
    }
}

/// Where the truth lies, given that waiting of the generator may be part of what was measured.
fn widened(threshold: &Threshold, interval: Interval, validity: &Validity) -> Interval {
    match (threshold.measure, threshold.measure.unit()) {
        (_, BoundUnit::Time) => Interval { low: interval.low - validity.late_us as f64, ..interval },
        (Measure::Rate, _) if validity.late_us > 0 => Interval { high: f64::INFINITY, ..interval },
        _ => interval,
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
        (_, Sample::Share { part, whole }) => {
            (*whole > 0).then(|| *part as f64 / *whole as f64 * WHOLE as f64)
        }
        (_, Sample::Rate { count, seconds }) => {
            (*count > 0 && *seconds > 0.0).then(|| *count as f64 / seconds * 1000.0)
        }
        (Measure::Share(_) | Measure::Rate, Sample::Values(_)) => None,
    }
}

fn estimate(threshold: &Threshold, sample: &Sample<'_>, confidence: Confidence) -> Interval {
    let scaled = |of: Interval, by: f64| Interval { low: of.low * by, high: of.high * by };
    match (threshold.measure, sample) {
        (Measure::Figure(_, Statistic::Percentile(level)), Sample::Values(values)) => {
            interval::quantile(values, level.share(), confidence)
        }
        (_, Sample::Values(values)) => interval::mean(values, confidence),
        (_, Sample::Share { part, whole }) => {
            scaled(interval::share(*part, *whole, confidence), WHOLE as f64)
        }
        (_, Sample::Rate { count, seconds }) => scaled(interval::rate(*count, *seconds, confidence), 1000.0),
    }
}

fn straddle(threshold: &Threshold, interval: Interval) -> String {
    match threshold.measure {
        Measure::Figure(_, Statistic::Percentile(level)) if interval.high.is_infinite() => format!(
            "too few samples to say what {} is at most (it takes {}); measure longer",
            threshold.measure,
            interval::fewest(level.share(), Confidence::REPORT)
        ),
        _ => "the 95 % confidence interval holds the bound; measure longer".to_owned(),
    }
}

#[cfg(test)]
mod tests;
