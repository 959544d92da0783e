//! What was measured of the requests that started in one stage.

use common::api::OPERATIONS;
use common::stats::{Metric, SparseHistogram, StreamCounts, Uncertain};

/// Samples of requests that started in one stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StageSamples {
    /// By [`common::api::Operation`].
    pub endpoints: [EndpointSamples; OPERATIONS],
    /// All streams together.
    pub streams: StreamSamples,
}

/// One endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointSamples {
    /// Microseconds from the decision to send to the answer's last byte, failed requests included.
    pub latency: SparseHistogram,
    /// Of those, the ones that failed.
    pub failed_latency: SparseHistogram,
    /// Of the good ones, those that are not known exactly.
    pub uncertain: Uncertain<SparseHistogram>,
    /// How many of those failed.
    pub failures: u64,
    /// Sent, then cut by us at a stop; not in `latency`.
    pub cut: u64,
    /// Left by their users, as the load asks for; not in `latency`.
    pub abandoned: u64,
    /// Body bytes received.
    pub bytes: u64,
    /// How long each of those in progress has taken by the interval's end, at least, microseconds; of streams nothing.
    pub waiting: SparseHistogram,
}

/// All streams.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamSamples {
    /// Numbers of streams and of what came in them.
    pub counts: StreamCounts,
    /// In progress at the interval's end.
    pub in_progress: u64,
    /// How long each of those without visible text had waited by then, at least, microseconds.
    pub waiting: SparseHistogram,
    /// When the users left whose streams had not ended, microseconds after their start.
    pub left: SparseHistogram,
    /// Of those, of streams without visible text.
    pub left_textless: SparseHistogram,
    /// By [`Metric`].
    pub metrics: [SparseHistogram; Metric::ALL.len()],
    /// Likewise: of those, the ones that are not known exactly.
    pub uncertain: [Uncertain<SparseHistogram>; Metric::ALL.len()],
}

impl StageSamples {
    /// Forgets what was in progress.
    pub(super) fn clear_states(&mut self) {
        (self.streams.in_progress, self.streams.waiting) = Default::default();
        self.endpoints.iter_mut().for_each(|endpoint| endpoint.waiting = SparseHistogram::default());
    }

    /// Adds what others count, and what is in progress there.
    pub(super) fn add(&mut self, other: &StageSamples) {
        for (mine, theirs) in self.endpoints.iter_mut().zip(&other.endpoints) {
            mine.latency.add(&theirs.latency);
            mine.failed_latency.add(&theirs.failed_latency);
            mine.uncertain.add(&theirs.uncertain);
            mine.failures += theirs.failures;
            mine.cut += theirs.cut;
            mine.abandoned += theirs.abandoned;
            mine.bytes += theirs.bytes;
            mine.waiting.add(&theirs.waiting);
        }
        let (mine, theirs) = (&mut self.streams, &other.streams);
        mine.counts.add(&theirs.counts);
        mine.in_progress += theirs.in_progress;
        mine.waiting.add(&theirs.waiting);
        mine.left.add(&theirs.left);
        mine.left_textless.add(&theirs.left_textless);
        for (metric, samples) in mine.metrics.iter_mut().zip(&theirs.metrics) {
            metric.add(samples);
        }
        for (metric, samples) in mine.uncertain.iter_mut().zip(&theirs.uncertain) {
            metric.add(samples);
        }
    }
}
