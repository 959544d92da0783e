//! Thresholds as rows of a report.

use super::{BoundUnit, Confidence, Judgement, Measure, Measured, Rule, ThresholdRow, judge};
use crate::Sources;
use crate::validity::Validity;
use common::segment::Segment;
use common::timeline::Timeline;
use common::totals::{StageTotals, Totals};

/// One row for each rule, in their order. `seconds` is the length of a stage's measured part, or of the run;
/// `validity` is that of the whole run.
pub fn rows(
    rules: &[Rule],
    sources: Sources<'_>,
    seconds: impl Fn(Option<u32>) -> f64,
    validity: &Validity,
) -> Vec<ThresholdRow> {
    let judged = |rule: &Rule| {
        let nothing = StageTotals::default();
        let totals = totals(rule, sources.totals, sources.timeline).unwrap_or(&nothing);
        let validity = validity_for(rule, sources, validity);
        judge(
            &rule.threshold,
            &Measured::of(rule, totals, seconds(rule.stage)),
            &validity,
            Confidence::REPORT,
        )
    };
    rules.iter().map(|rule| row(rule, &judged(rule))).collect()
}

/// The totals that a rule is about: those of the run, or of the measured part of a stage (the whole stage
/// when it is too short to have one). `None` before the first of them.
pub(super) fn totals<'a>(rule: &Rule, measured: &'a Totals, timeline: &Timeline) -> Option<&'a StageTotals> {
    let Some(stage) = rule.stage else { return Some(&measured.run) };
    let stage = stage as usize;
    measured.segment(Segment { stage, measured: timeline.measured(stage).is_some() })
}

/// Whether the load generator was the limit where a rule looks: in the whole run, or in its stage alone.
pub(super) fn validity_for(rule: &Rule, sources: Sources<'_>, whole_run: &Validity) -> Validity {
    let Some(stage) = rule.stage else { return *whole_run };
    let (stage, timeline) = (stage as usize, sources.timeline);
    let (from, to) = timeline.measured(stage).unwrap_or_else(|| timeline.shape().stage_bounds(stage));
    Validity::of_span(sources.evidence.within(from, to))
}

fn row(rule: &Rule, judged: &Judgement) -> ThresholdRow {
    let unit = ShownUnit::of(rule.threshold.measure);
    let finite = |value: f64| Some(value).filter(|value| value.is_finite()).map(|value| unit.shown(value));
    ThresholdRow {
        expr: rule.text.clone(),
        verdict: judged.verdict,
        actual: judged.actual.and_then(finite),
        low: judged.interval.and_then(|interval| finite(interval.low)),
        high: judged.interval.and_then(|interval| finite(interval.high)),
        bound: unit.shown(rule.threshold.bound as f64),
        unit: unit.name.to_owned(),
        own: judged.own.and_then(finite),
        samples: judged.samples,
        why: judged.why.clone(),
    }
}

/// How numbers are shown.
#[derive(Debug, Clone, Copy)]
struct ShownUnit {
    name: &'static str,
    /// What a bound's number is divided by.
    divisor: f64,
}

impl ShownUnit {
    fn of(measure: Measure) -> ShownUnit {
        let (name, divisor) = match (measure.unit(), measure) {
            (BoundUnit::Time, _) => ("ms", 1_000.0),
            (BoundUnit::Percent, _) => ("%", 10_000.0),
            (BoundUnit::PerSecond, Measure::Rate) => ("requests/s", 1_000.0),
            (BoundUnit::PerSecond, _) => ("tokens/s", 1_000.0),
        };
        ShownUnit { name, divisor }
    }

    /// With four decimals at most: enough for every bound.
    fn shown(self, value: f64) -> f64 {
        (value / self.divisor * 10_000.0).round() / 10_000.0
    }
}
