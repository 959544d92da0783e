//! Sums over any span: the run, a stage.

use std::time::Duration;

use common::api::OPERATIONS;
use common::stats::{Histogram, Metric, SparseHistogram, StreamCounts};

use super::decode::StagePart;

/// One endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointTotals {
    /// Microseconds, every request with an outcome.
    pub latency: Histogram,
    /// How many of those failed.
    pub failures: u64,
    /// Sent, then cut by us; not in `latency`.
    pub cut: u64,
    /// Body bytes received.
    pub bytes: u64,
}

impl EndpointTotals {
    /// Requests sent: with an outcome, or cut.
    pub fn count(&self) -> u64 {
        self.latency.count() + self.cut
    }

    pub(super) fn merge(&mut self, latency: &SparseHistogram, failures: u64, cut: u64, bytes: u64) {
        self.latency.merge(latency);
        self.failures += failures;
        self.cut += cut;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Adds other totals.
    pub fn add(&mut self, other: &EndpointTotals) {
        self.latency.add(&other.latency);
        self.failures += other.failures;
        self.cut += other.cut;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// All streams.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamTotals {
    /// Numbers of streams and of what came in them.
    pub counts: StreamCounts,
    /// By [`Metric`].
    pub metrics: [Histogram; Metric::ALL.len()],
}

impl StreamTotals {
    /// Streams with an outcome, or cut.
    pub fn count(&self) -> u64 {
        self.counts.ended() + self.counts.cut
    }

    /// Adds other totals.
    pub fn add(&mut self, other: &StreamTotals) {
        self.counts.add(&other.counts);
        self.metrics.iter_mut().zip(&other.metrics).for_each(|(mine, theirs)| mine.add(theirs));
    }

    fn merge(&mut self, counts: &StreamCounts, metrics: &[(Metric, SparseHistogram)]) {
        self.counts.add(counts);
        for (metric, samples) in metrics {
            self.metrics[*metric as usize].merge(samples);
        }
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

    pub(super) fn merge(&mut self, part: &StagePart) {
        for (endpoint, latency, failures, cut, bytes) in &part.endpoints {
            self.endpoints[*endpoint].merge(latency, *failures, *cut, *bytes);
        }
        self.streams.merge(&part.streams, &part.metrics);
    }

    /// Adds other totals.
    pub fn add(&mut self, other: &StageTotals) {
        self.endpoints.iter_mut().zip(&other.endpoints).for_each(|(mine, theirs)| mine.add(theirs));
        self.streams.add(&other.streams);
    }
}

/// One kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureTotals {
    /// Occurrences.
    pub count: u64,
    /// Run clock of the first.
    pub first: Duration,
    /// Run clock of the last.
    pub last: Duration,
}

/// One kind of exception.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExceptionTotals {
    /// Where it happened.
    pub traceback: String,
    /// Occurrences.
    pub count: u64,
    /// Names of the workers it happened on.
    pub workers: std::collections::BTreeSet<String>,
}
