//! How far what was measured lies from a criterion's bound.

use crate::threshold::{Measure, Sample, Statistic, Threshold, WHOLE};

/// A criterion's bound against what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Margin {
    /// Whether what was measured keeps to it.
    pub holds: bool,
    /// A number that is 0 at the bound, above it where the criterion holds, below it where not. For a
    /// percentile it is the share of samples within the bound less the share asked for, which is smooth
    /// where the percentile itself jumps.
    pub room: f64,
}

/// The margin of a sample; `None` without samples.
pub(super) fn margin(threshold: &Threshold, sample: &Sample<'_>) -> Option<Margin> {
    let bound = threshold.bound as f64;
    let of = |value: f64, unit: f64| {
        let room = (bound - value) / unit;
        let room = if threshold.operator.wants_less() { room } else { -room };
        Margin { holds: threshold.operator.holds(value, bound), room }
    };
    match (threshold.measure, sample) {
        (Measure::Figure(_, Statistic::Percentile(level)), Sample::Values(_) | Sample::Attempts(_)) => {
            let within = sample.share_within(threshold)?;
            // "At least" asks that no more than the level lies below.
            let asked = if threshold.operator.wants_less() { level.share() } else { 1.0 - level.share() };
            Some(Margin { holds: within >= asked, room: within - asked })
        }
        (Measure::Figure(_, Statistic::Mean), Sample::Values(values)) => {
            Some(of(values.mean()?, bound.max(1.0)))
        }
        (Measure::Figure(_, Statistic::Max), Sample::Values(values)) => {
            Some(of(values.max()? as f64, bound.max(1.0)))
        }
        (Measure::Figure(_, statistic), Sample::Attempts(attempts)) => {
            let seen = if statistic == Statistic::Max { attempts.max()? } else { attempts.mean()? };
            Some(of(seen.min(1e15), bound.max(1.0)))
        }
        (_, Sample::Share { part, whole, .. }) => {
            (*whole > 0).then(|| of(*part as f64 / *whole as f64 * 1e6, 1e6))
        }
        (_, Sample::Rate { count, seconds, .. }) => {
            (*seconds > 0.0).then(|| of(*count as f64 / *seconds * 1000.0, bound.max(1.0)))
        }
        (Measure::Share(_) | Measure::Rate, Sample::Values(_) | Sample::Attempts(_)) => None,
    }
}

/// The largest load that is reported; failures have no load of their own.
pub(super) const MOST_LOAD: f64 = 100.0;

/// What was measured as a share of the bound: above 1 it is missed, and it grows as the users do.
pub(super) fn load(threshold: &Threshold, actual: f64) -> f64 {
    let bound = threshold.bound as f64;
    let whole = WHOLE as f64;
    let share = match (threshold.measure, threshold.operator.wants_less()) {
        (_, true) => actual / bound.max(1.0),
        (Measure::Share(_), false) => (whole - actual) / (whole - bound).max(1.0),
        (_, false) => bound / actual.max(1e-9),
    };
    share.clamp(0.0, MOST_LOAD)
}
