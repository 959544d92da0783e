//! What a threshold speaks of, picked from the merged totals.

use std::borrow::Cow;

use common::stats::Histogram;

use super::{Covered, Measure, Rule, Share, Times};
use common::totals::{EndpointTotals, StageTotals};

/// What was measured of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample<'a> {
    Values(Cow<'a, Histogram>),
    Share { part: u64, whole: u64 },
    Rate { count: u64, seconds: f64 },
}

/// What `rule` speaks of, in the totals of its stage or of the whole run, which lasted `seconds`.
pub fn sample<'a>(rule: &Rule, totals: &'a StageTotals, seconds: f64) -> Sample<'a> {
    let streams = &totals.streams;
    match rule.threshold.measure {
        Measure::Figure(Times::Stream(metric), _) => {
            Sample::Values(Cow::Borrowed(&streams.metrics[metric as usize]))
        }
        Measure::Figure(Times::Latency, _) => Sample::Values(latency(rule.covered, totals)),
        Measure::Share(Share::Complete) => {
            Sample::Share { part: streams.counts.completed, whole: streams.counts.ended() }
        }
        // Cut requests have no outcome.
        Measure::Share(Share::Failures) => Sample::Share {
            part: sum(rule.covered, totals, |endpoint| endpoint.failures),
            whole: sum(rule.covered, totals, |endpoint| endpoint.latency.count()),
        },
        Measure::Rate => Sample::Rate { count: sum(rule.covered, totals, EndpointTotals::count), seconds },
    }
}

fn latency(covered: Covered, totals: &StageTotals) -> Cow<'_, Histogram> {
    let parts: Vec<&Histogram> = covered_by(covered, totals).map(|endpoint| &endpoint.latency).collect();
    match parts.as_slice() {
        [one] => Cow::Borrowed(*one),
        several => {
            let mut sum = Histogram::default();
            several.iter().for_each(|part| sum.add(part));
            Cow::Owned(sum)
        }
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
    pub(super) fn count(&self) -> u64 {
        match self {
            Sample::Values(values) => values.count(),
            Sample::Share { whole, .. } => *whole,
            Sample::Rate { count, .. } => *count,
        }
    }
}
