//! What a threshold speaks of, picked from the merged totals.

use std::borrow::Cow;

use common::api::Operation;
use common::stats::{Histogram, Metric, Side};

use super::{Attempts, Covered, Measure, Rule, Share, Statistic, Threshold, Times};
use common::totals::{EndpointTotals, StageTotals, StreamTotals};

/// What was measured of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample<'a> {
    /// Every attempt was good, or it is unknown which were: gaps belong to no attempt.
    Values(Cow<'a, Histogram>),
    /// Some attempts failed, or are not over.
    Attempts(Attempts),
    /// `part` of `whole`, and `open` more of which nothing is known yet.
    Share { part: u64, whole: u64, open: u64 },
    /// `count` good ones; `failed` more count for nothing.
    Rate { count: u64, failed: u64, seconds: f64 },
}

/// A sample as it was seen; where some of its times are not known exactly, also with the least and with the most that
/// they may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured<'a> {
    pub seen: Sample<'a>,
    pub least: Option<Sample<'a>>,
    pub most: Option<Sample<'a>>,
}

impl<'a> Measured<'a> {
    /// What `rule` speaks of, in the totals of its stage or of the whole run, which lasted `seconds`.
    pub fn of(rule: &Rule, totals: &'a StageTotals, seconds: f64) -> Measured<'a> {
        let side = |side| is_uncertain(rule, totals).then(|| sample(rule, totals, seconds, side));
        Measured {
            seen: sample(rule, totals, seconds, Side::Seen),
            least: side(Side::Least),
            most: side(Side::Most),
        }
    }
}

impl<'a> From<Sample<'a>> for Measured<'a> {
    /// Of nothing but times that are known.
    fn from(seen: Sample<'a>) -> Measured<'a> {
        Measured { seen, least: None, most: None }
    }
}

fn is_uncertain(rule: &Rule, totals: &StageTotals) -> bool {
    match rule.threshold.measure {
        Measure::Figure(Times::Stream(metric), _) => {
            totals.streams.uncertain[metric as usize].seen.count() > 0
        }
        Measure::Figure(Times::Latency, _) => {
            covered_by(rule.covered, totals).any(|part| part.uncertain.seen.count() > 0)
        }
        Measure::Share(_) | Measure::Rate => false,
    }
}

fn sample<'a>(rule: &Rule, totals: &'a StageTotals, seconds: f64, side: Side) -> Sample<'a> {
    let streams = &totals.streams;
    let ended = |endpoint: &EndpointTotals| endpoint.latency.count();
    let failed = |endpoint: &EndpointTotals| endpoint.failures;
    match rule.threshold.measure {
        Measure::Figure(Times::Stream(metric), _) if metric.is_of_arrivals() => {
            of_arrivals(metric, totals, side)
        }
        Measure::Figure(Times::Stream(metric), _) => of_streams(metric, streams, side),
        Measure::Figure(Times::Latency, _) => latency(rule.covered, totals, side),
        Measure::Share(Share::Complete) => Sample::Share {
            part: streams.counts.completed,
            whole: streams.counts.ended(),
            open: streams.in_progress,
        },
        // Cut requests have no outcome.
        Measure::Share(Share::Failures) => Sample::Share {
            part: sum(rule.covered, totals, failed),
            whole: sum(rule.covered, totals, ended),
            open: if covers(rule.covered, Operation::Chat) { streams.in_progress } else { 0 },
        },
        Measure::Rate => {
            let failed = sum(rule.covered, totals, failed);
            let good = sum(rule.covered, totals, ended).saturating_sub(failed);
            Sample::Rate { count: good, failed, seconds }
        }
    }
}

fn latency(covered: Covered, totals: &StageTotals, side: Side) -> Sample<'_> {
    let parts: Vec<&EndpointTotals> = covered_by(covered, totals).collect();
    let sum = match parts.as_slice() {
        [one] if one.failures == 0 && one.waiting.count() == 0 => {
            return Sample::Values(one.uncertain.side(&one.latency, side));
        }
        several => {
            let mut sum = EndpointTotals::default();
            several.iter().for_each(|part| sum.add(part));
            sum
        }
    };
    let latency = sum.uncertain.side(&sum.latency, side);
    if sum.failures == 0 && sum.waiting.count() == 0 {
        return Sample::Values(Cow::Owned(latency.into_owned()));
    }
    // Failures without a time of their own are somewhere among the others.
    let unseen = sum.failures.saturating_sub(sum.failed.count());
    let attempts = Attempts::new(&latency, &sum.failed, unseen).without_fastest(unseen);
    Sample::Attempts(attempts.waiting(&sum.waiting))
}

/// The first requests of arrivals, of any endpoint. How many of them failed is not known apart, so every failure is
/// taken for one of them: refusals that are quick pass nothing.
fn of_arrivals(metric: Metric, totals: &StageTotals, side: Side) -> Sample<'_> {
    let streams = &totals.streams;
    let times = streams.uncertain[metric as usize].side(&streams.metrics[metric as usize], side);
    let failed = totals.endpoints.iter().map(|endpoint| endpoint.failures).sum::<u64>().min(times.count());
    // Likewise of those that were left: each would have taken at least until then.
    let left = if metric == Metric::TextFromDue { &streams.left_textless } else { &streams.left };
    match metric {
        Metric::StartDelay => Sample::Values(times),
        _ if failed == 0 && left.count() == 0 => Sample::Values(times),
        _ => {
            let attempts = Attempts::new(&times, &Histogram::default(), failed).without_fastest(failed);
            Sample::Attempts(attempts.waiting(left))
        }
    }
}

fn of_streams(metric: Metric, streams: &StreamTotals, side: Side) -> Sample<'_> {
    let counts = &streams.counts;
    let times = streams.uncertain[metric as usize].side(&streams.metrics[metric as usize], side);
    let attempts = |seen: u64| {
        // Some of the times may be those of streams that failed later.
        let failed_later = seen.min(times.count().saturating_sub(counts.completed));
        Attempts::new(&times, &Histogram::default(), counts.failed).without_fastest(failed_later)
    };
    let is_plain = counts.failed == 0;
    match metric {
        Metric::Ttft if is_plain && streams.textless().count() == 0 => Sample::Values(times),
        Metric::Ttft => {
            let with_text = counts.failed.saturating_sub(counts.textless);
            Sample::Attempts(attempts(with_text).waiting(&streams.textless()))
        }
        Metric::E2e if is_plain && streams.in_progress + streams.left.count() == 0 => Sample::Values(times),
        Metric::E2e => Sample::Attempts(attempts(0).open(streams.in_progress).waiting(&streams.left)),
        Metric::Headers | Metric::FirstByte | Metric::FirstEvent | Metric::Ttfr if !is_plain => {
            Sample::Attempts(attempts(counts.failed))
        }
        // Without a single good stream there are no gaps to judge, only streams that failed.
        Metric::Icl | Metric::Tpot | Metric::TokenRate if times.count() == 0 && !is_plain => {
            Sample::Attempts(attempts(0))
        }
        _ => Sample::Values(times),
    }
}

fn covers(covered: Covered, operation: Operation) -> bool {
    match covered {
        Covered::All => true,
        Covered::Operations(operations) => operations[operation.index()],
    }
}

fn sum(covered: Covered, totals: &StageTotals, count: impl Fn(&EndpointTotals) -> u64) -> u64 {
    covered_by(covered, totals).map(count).sum()
}

fn covered_by(covered: Covered, totals: &StageTotals) -> impl Iterator<Item = &EndpointTotals> {
    let operations = match covered {
        Covered::All => [true; common::api::OPERATIONS],
        Covered::Operations(operations) => operations,
    };
    totals.endpoints.iter().zip(operations).filter(|(_, covered)| *covered).map(|(totals, _)| totals)
}

impl Sample<'_> {
    /// Everything that was looked at, what failed included.
    pub(super) fn count(&self) -> u64 {
        match self {
            Sample::Values(values) => values.count(),
            Sample::Attempts(attempts) => attempts.count(),
            Sample::Share { whole, .. } => *whole,
            Sample::Rate { count, failed, .. } => count + failed,
        }
    }

    /// The failed attempts that count as missed.
    pub(super) fn failed(&self) -> u64 {
        match self {
            Sample::Values(_) | Sample::Share { .. } => 0,
            Sample::Attempts(attempts) => attempts.failed(),
            Sample::Rate { failed, .. } => *failed,
        }
    }

    /// Whether there is not a single good one.
    pub(super) fn has_no_good(&self, measure: Measure) -> bool {
        match self {
            Sample::Values(values) => values.count() == 0,
            Sample::Attempts(attempts) => attempts.good() == 0,
            Sample::Share { part, whole, .. } => match measure {
                Measure::Share(Share::Failures) => part >= whole,
                _ => *part == 0,
            },
            Sample::Rate { count, .. } => *count == 0,
        }
    }

    /// Whether some attempts are not over.
    pub(super) fn is_unfinished(&self) -> bool {
        match self {
            Sample::Attempts(attempts) => attempts.is_unfinished(),
            Sample::Share { open, .. } => *open > 0,
            Sample::Values(_) | Sample::Rate { .. } => false,
        }
    }

    /// Which share of all attempts keeps to a percentile's bound, by the upper ends of their buckets; `None`
    /// for what is not a percentile, and without samples.
    pub(crate) fn share_within(&self, threshold: &Threshold) -> Option<f64> {
        if !matches!(threshold.measure, Measure::Figure(_, Statistic::Percentile(_))) {
            return None;
        }
        let bound = threshold.bound as f64;
        match self {
            Sample::Values(values) => {
                let holds = |value: u64| threshold.operator.holds(value as f64, bound);
                let within: u64 =
                    values.buckets().filter(|(value, _)| holds(*value)).map(|(_, count)| count).sum();
                (values.count() > 0).then(|| within as f64 / values.count() as f64)
            }
            Sample::Attempts(attempts) => match threshold.operator.wants_less() {
                // "Below" leaves the bound itself out.
                true if threshold.operator.holds(bound, bound) => attempts.share_within(bound),
                true => attempts.share_within(bound - 1.0),
                false => attempts.share_beyond(bound),
            },
            Sample::Share { .. } | Sample::Rate { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Confidence, Verdict, judge, parse};
    use super::*;
    use crate::validity::Validity;

    fn verdict(expr: &str, totals: &StageTotals) -> Verdict {
        let threshold = parse(expr).unwrap().threshold;
        let rule = Rule { text: expr.to_owned(), threshold, stage: None, covered: Covered::All };
        judge(&rule.threshold, &Measured::of(&rule, totals, 60.0), &Validity::default(), Confidence::REPORT)
            .verdict
    }

    /// Streams whose first token takes 500, 501, … 1499 ms and whose end 100 ms more. `patience`: what their users wait
    /// for, milliseconds, in turn.
    fn streams(patience: &[u64]) -> StageTotals {
        let mut totals = StageTotals::default();
        let streams = &mut totals.streams;
        let waits = patience.iter().cycle();
        for (takes, waits) in (500..1500_u64).map(|ms| 500 + ms * 7919 % 1000).zip(waits) {
            let (first, whole, leaves) = (takes * 1000, (takes + 100) * 1000, waits * 1000);
            if first <= leaves {
                streams.metrics[Metric::Ttft as usize].record(first);
            } else {
                streams.left_textless.record(leaves);
            }
            if whole <= leaves {
                streams.metrics[Metric::E2e as usize].record(whole);
                streams.counts.completed += 1;
            } else {
                streams.left.record(leaves);
                streams.counts.abandoned += 1;
            }
        }
        totals
    }

    #[test]
    fn whoever_leaves_before_the_first_token_makes_no_service_fast() {
        // In truth the medians are 1 s and 1.1 s.
        let (stay, leave) = (streams(&[9_000]), streams(&[9_000, 700, 900, 1_100]));
        for totals in [&stay, &leave] {
            assert_eq!(verdict("ttft.p50<900ms", totals), Verdict::Fail);
            assert_eq!(verdict("ttft.p50<1100ms", totals), Verdict::Pass);
            assert_eq!(verdict("e2e.p50<1s", totals), Verdict::Fail);
            assert_eq!(verdict("e2e.p50<1200ms", totals), Verdict::Pass);
        }
        let nobody_stayed = streams(&[400]);
        assert_eq!(verdict("ttft.p50<300ms", &nobody_stayed), Verdict::Fail, "each waited for longer");
        assert_eq!(verdict("ttft.p50<2s", &nobody_stayed), Verdict::Undetermined, "nobody knows");
    }

    #[test]
    fn calls_that_have_not_ended_are_no_fast_ones() {
        let mut totals = StageTotals::default();
        let [quick, slow, ..] = &mut totals.endpoints;
        (0..20).for_each(|_| quick.latency.record(2_000));
        (0..80).for_each(|_| slow.waiting.record(3_000_000));
        assert_eq!(verdict("p95<1s", &totals), Verdict::Fail, "most have taken longer already");
        assert_eq!(verdict("p95<5s", &totals), Verdict::Undetermined, "nobody knows");
        let [quick, ..] = &mut totals.endpoints;
        (0..20_000).for_each(|_| quick.latency.record(2_000));
        assert_eq!(verdict("p95<1s", &totals), Verdict::Pass, "few of all");
    }

    #[test]
    fn arrivals_that_left_count_as_what_took_at_least_so_long() {
        let mut totals = streams(&[9_000, 700]);
        let streams = &mut totals.streams;
        streams.metrics[Metric::FromDue as usize] = streams.metrics[Metric::E2e as usize].clone();
        assert_eq!(verdict("from_due.p50<1s", &totals), Verdict::Fail);
        totals.streams.left = Histogram::default();
        assert_eq!(verdict("from_due.p90<1s", &totals), Verdict::Fail, "of those who stayed alone");
    }
}
