//! What was measured, summed over any span: the run, a stage, a second.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::api::{OPERATIONS, Operation};
use crate::segment::Segment;
use crate::stats::{Histogram, Metric, SparseHistogram, StreamCounts, Uncertain};

/// One endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointTotals {
    /// Microseconds, every request with an outcome.
    pub latency: Histogram,
    /// Microseconds, of those the ones that failed.
    pub failed: Histogram,
    /// Of the latencies, those that are not known exactly.
    pub uncertain: Uncertain<Histogram>,
    /// How many of those failed.
    pub failures: u64,
    /// Sent, then cut by us; not in `latency`.
    pub cut: u64,
    /// Left by their users, as the load asks for; not in `latency`.
    pub abandoned: u64,
    /// Body bytes received.
    pub bytes: u64,
    /// A state, not a sum over time, by what every worker said last: how long each of those in progress has taken so far,
    /// microseconds; of streams nothing, see [`StreamTotals::waiting`].
    pub waiting: Histogram,
}

impl EndpointTotals {
    /// Requests sent: with an outcome, left or cut.
    pub fn count(&self) -> u64 {
        self.latency.count() + self.abandoned + self.cut
    }

    /// Adds the times and bytes that one delta says of the endpoint.
    pub fn merge(&mut self, latency: &SparseHistogram, failed: &SparseHistogram, bytes: u64) {
        self.latency.merge(latency);
        self.failed.merge(failed);
        self.failures += failed.count();
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Adds other totals.
    pub fn add(&mut self, other: &EndpointTotals) {
        self.latency.add(&other.latency);
        self.failed.add(&other.failed);
        self.uncertain.add(&other.uncertain);
        self.failures += other.failures;
        self.cut += other.cut;
        self.abandoned += other.abandoned;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.waiting.add(&other.waiting);
    }
}

/// All streams.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamTotals {
    /// Numbers of streams and of what came in them.
    pub counts: StreamCounts,
    /// By [`Metric`].
    pub metrics: [Histogram; Metric::ALL.len()],
    /// Likewise: of those, the samples that are not known exactly.
    pub uncertain: [Uncertain<Histogram>; Metric::ALL.len()],
    /// When users left whose streams had not ended, microseconds after their start: how long the whole answer takes is
    /// at least that.
    pub left: Histogram,
    /// Of those, of streams without visible text: the first token takes at least that.
    pub left_textless: Histogram,
    /// A state, not a sum over time: streams in progress, by what every worker said last.
    pub in_progress: u64,
    /// Likewise: how long each of those without visible text has waited, microseconds.
    pub waiting: Histogram,
}

impl StreamTotals {
    /// Streams with an outcome, left or cut.
    pub fn count(&self) -> u64 {
        self.counts.ended() + self.counts.abandoned + self.counts.cut
    }

    /// How long each stream without visible text has waited for it, as far as that is known: until now, or until its
    /// user left. Its first token takes at least that.
    pub fn textless(&self) -> Cow<'_, Histogram> {
        if self.left_textless.count() == 0 {
            return Cow::Borrowed(&self.waiting);
        }
        let mut all = self.waiting.clone();
        all.add(&self.left_textless);
        Cow::Owned(all)
    }

    /// Adds other totals.
    pub fn add(&mut self, other: &StreamTotals) {
        self.counts.add(&other.counts);
        self.left.add(&other.left);
        self.left_textless.add(&other.left_textless);
        self.in_progress += other.in_progress;
        self.waiting.add(&other.waiting);
        self.metrics.iter_mut().zip(&other.metrics).for_each(|(mine, theirs)| mine.add(theirs));
        self.uncertain.iter_mut().zip(&other.uncertain).for_each(|(mine, theirs)| mine.add(theirs));
    }
}

/// Everything that belongs to one stage, or to the whole run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StageTotals {
    /// By operation.
    pub endpoints: [EndpointTotals; OPERATIONS],
    /// All streams.
    pub streams: StreamTotals,
}

impl StageTotals {
    /// All endpoints together: summed up when asked for, as deltas come far more often than questions.
    pub fn all(&self) -> EndpointTotals {
        let mut all = EndpointTotals::default();
        self.endpoints.iter().for_each(|endpoint| all.add(endpoint));
        all
    }

    /// The calls that are no streams, as far as there are any.
    pub fn calls(&self) -> EndpointTotals {
        let mut calls = EndpointTotals::default();
        self.beside_streams().for_each(|endpoint| calls.add(endpoint));
        calls
    }

    /// The endpoints of the calls that are no streams.
    pub fn beside_streams(&self) -> impl Iterator<Item = &EndpointTotals> {
        let endpoints = self.endpoints.iter().enumerate();
        endpoints.filter(|(place, _)| *place != Operation::Chat.index()).map(|(_, endpoint)| endpoint)
    }

    /// Adds other totals.
    pub fn add(&mut self, other: &StageTotals) {
        self.endpoints.iter_mut().zip(&other.endpoints).for_each(|(mine, theirs)| mine.add(theirs));
        self.streams.add(&other.streams);
    }
}

/// Everything that was measured in a run: all of it, and by segment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// The whole run.
    pub run: StageTotals,
    /// What belongs to each segment of the timeline; none for one of which nothing came yet.
    pub segments: BTreeMap<Segment, StageTotals>,
}

impl Totals {
    /// What belongs to a whole stage, its settling included.
    pub fn stage(&self, stage: usize) -> StageTotals {
        let mut sum = StageTotals::default();
        Segment::both(stage).iter().filter_map(|part| self.segments.get(part)).for_each(|part| sum.add(part));
        sum
    }

    /// What belongs to a segment; none when nothing came of it yet.
    pub fn segment(&self, segment: Segment) -> Option<&StageTotals> {
        self.segments.get(&segment)
    }
}
