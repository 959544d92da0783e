//! What a search must know of the rung that runs, each second, to see whether it is time to look at it: sums, and no
//! distribution.

use std::time::Duration;

use common::segment::Segment;
use common::stats::Metric;
use common::totals::{EndpointTotals, StageTotals};

use super::Rung;
use crate::Sources;

/// Outcomes of an endpoint, all failed, after which no other is expected of it.
const ALWAYS: u64 = 5;

/// A rung by its sums. Times are in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pulse {
    /// Streams with an outcome.
    pub streams: u64,
    /// Whether its users ask for streams.
    pub has_streams: bool,
    /// Whether streams were asked for and none has shown text.
    pub is_silent: bool,
    /// Mean gap between the chunks of a stream.
    pub gap: Option<f64>,
    /// Mean length of a completed stream.
    pub answer: Option<f64>,
    /// The first endpoint, by its place, that was asked several times and always failed.
    pub broken: Option<usize>,
}

impl Pulse {
    /// The pulse of a stage, up to `now` (run clock); `None` when nothing of it is measured.
    pub fn of(sources: Sources<'_>, stage: usize, now: Duration) -> Option<Pulse> {
        let (from, to) = sources.timeline.measured(stage)?;
        let seconds = sources.evidence.within(from, to.min(now));
        if seconds.is_empty() {
            return None;
        }
        let is_open = seconds.iter().any(|second| second.open > 0.0);
        let first_tokens = seconds.iter().map(|second| second.first_tokens).sum();
        let totals = sources.totals.segment(Segment { stage, measured: true });
        Some(totals.map_or_else(
            || Pulse { has_streams: is_open, is_silent: is_open && first_tokens == 0, ..Pulse::default() },
            |totals| Pulse::counted(totals, is_open, first_tokens),
        ))
    }

    fn counted(totals: &StageTotals, is_open: bool, first_tokens: u64) -> Pulse {
        let streams = &totals.streams;
        let ttft = &streams.metrics[Metric::Ttft as usize];
        let has_waited = streams.waiting.max().is_some_and(|age| age > 0);
        let has_streams = streams.counts.begun > 0 || is_open;
        let mean = |metric: Metric| streams.metrics[metric as usize].mean().map(|us| us / 1e6);
        Pulse {
            streams: streams.counts.ended(),
            has_streams,
            is_silent: has_streams && first_tokens == 0 && ttft.count() == 0 && !has_waited,
            gap: mean(Metric::Icl),
            answer: mean(Metric::E2e),
            broken: totals.endpoints.iter().position(always_fails),
        }
    }
}

impl Rung {
    /// What a search needs of it to see how long it takes.
    pub fn pulse(&self) -> Pulse {
        let is_open = self.seconds.iter().any(|second| second.open > 0.0);
        Pulse::counted(&self.totals, is_open, self.first_tokens())
    }

    /// The first endpoint, by its place, that was asked several times and always failed, and how often that was.
    pub(crate) fn broken(&self) -> Option<(usize, u64)> {
        let place = self.totals.endpoints.iter().position(always_fails)?;
        Some((place, self.totals.endpoints[place].failures))
    }
}

fn always_fails(endpoint: &EndpointTotals) -> bool {
    let outcomes = endpoint.latency.count();
    outcomes >= ALWAYS && endpoint.failures == outcomes
}
