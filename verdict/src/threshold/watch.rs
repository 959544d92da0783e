//! `--abort-on-fail`: the thresholds while the run goes on.
//!
//! A run is ended early when a threshold is failed so clearly that measuring on is a waste:
//!
//! - at 99.99 % confidence, since it is asked each second ([`Confidence::ABORT`]);
//! - with at least 30 samples, unless what was seen is failure enough (`max`, `failures<=0%`);
//! - not before the ramp of the first stage is over: connections are set up and caches are cold;
//! - a rate only once its stage is over, since a run that is still ramping up has yet to reach it; the
//!   rate of the whole run is known at its end alone;
//! - a rate never while the generator itself was too late to reach it there.

use std::time::Duration;

use super::judge::is_fact;
use super::rows::{totals, validity_for};
use super::{Confidence, Measure, Measured, Rule, Verdict, judge};
use crate::validity::Validity;
use crate::{Note, NoteKind, Sources};
use common::timeline::Timeline;

/// Fewest samples for a verdict on what they were drawn from.
const MIN_SAMPLES: u64 = 30;
/// How long after a stage's end its last deltas may come.
const GRACE: Duration = Duration::from_secs(2);

/// Watches the thresholds of a run.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Run clock of the first look.
    from: Duration,
    /// Start and end of what is measured of each stage, on the run clock.
    stages: Vec<(Duration, Duration)>,
}

/// A threshold that was failed beyond doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Its expression.
    pub expr: String,
    /// Run clock of the look.
    pub at: Duration,
}

impl Watch {
    /// A watch over a run of this timeline, which is known to its end.
    pub fn new(timeline: &Timeline) -> Watch {
        let shape = timeline.shape();
        let ramp = shape.stages.first().map_or(Duration::ZERO, |stage| {
            let seconds = f64::from(stage.users) / stage.spawn_rate;
            Duration::try_from_secs_f64(seconds).unwrap_or(stage.duration).min(stage.duration)
        });
        let span = |stage| timeline.measured(stage).unwrap_or_else(|| shape.stage_bounds(stage));
        let stages = (0..shape.stages.len()).map(span).collect();
        Watch { from: ramp, stages }
    }

    /// The first threshold that is failed beyond doubt at `clock` of the run, whose validity as a whole is given.
    pub fn look(
        &self,
        rules: &[Rule],
        sources: Sources<'_>,
        clock: Duration,
        validity: &Validity,
    ) -> Option<Breach> {
        if clock < self.from {
            return None;
        }
        let breached = rules.iter().find(|rule| self.is_breached(rule, sources, clock, validity))?;
        Some(Breach { expr: breached.text.clone(), at: clock })
    }

    fn is_breached(&self, rule: &Rule, sources: Sources<'_>, clock: Duration, validity: &Validity) -> bool {
        let span = rule.stage.map(|stage| self.stages.get(stage as usize).copied().unwrap_or_default());
        let seconds = match (rule.threshold.measure, span) {
            (Measure::Rate, None) => return false,
            (Measure::Rate, Some((_, end))) if clock < end + GRACE => return false,
            (_, Some((start, end))) => (end - start).as_secs_f64(),
            (_, None) => clock.as_secs_f64(),
        };
        let Some(totals) = totals(rule, sources.totals, sources.timeline) else { return false };
        let validity = validity_for(rule, sources, validity);
        let judged =
            judge(&rule.threshold, &Measured::of(rule, totals, seconds), &validity, Confidence::ABORT);
        judged.verdict == Verdict::Fail && (judged.samples >= MIN_SAMPLES || is_fact(&rule.threshold))
    }
}

impl Breach {
    /// What the report says about it.
    pub fn note(&self) -> Note {
        Note::new(
            NoteKind::ThresholdAbort,
            format!(
                "The run was ended at second {:.1} because the threshold {} was failed beyond doubt \
                 (--abort-on-fail); leave the flag out to measure to the end.",
                self.at.as_secs_f64(),
                self.expr
            ),
        )
    }
}

#[cfg(test)]
mod tests;
