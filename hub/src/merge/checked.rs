//! A delta whose every number makes sense, and what each part of it adds to.

use common::api::OPERATIONS;
use common::ask::Ask;
use common::class::PerClass;
use common::failure::FailureClass;
use common::protocol as wire;
use common::slowest::Slowest;
use common::stats::{Concurrency, Metric, SparseHistogram, StreamCounts, Uncertain};
use common::totals::{EndpointTotals, StageTotals};
use common::trace::TraceId;
use verdict::GeneratorLoad;

/// A delta whose every number makes sense.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckedDelta {
    /// Number within (run, incarnation).
    pub seq: u64,
    /// Run clock of the first microsecond.
    pub from_us: u64,
    /// Run clock after the last microsecond.
    pub to_us: u64,
    pub stages: Vec<StagePart>,
    pub failures: Vec<FailurePart>,
    pub users: PerClass<ReportedUsers>,
    /// How many streams ran at once, where the interval says so.
    pub concurrency: Concurrency,
    pub health: wire::Health,
    /// How long what came lay unread, microseconds.
    pub lateness: SparseHistogram,
    pub exceptions: Vec<wire::Exception>,
    /// What became of arrivals that the worker was handed.
    pub arrivals: ArrivalTally,
    /// Arrivals due and not started, at the interval's end.
    pub arrivals_waiting: u64,
    /// The slowest good requests that were not told before, on the run's clock.
    pub slowest: Slowest,
    /// Questions that ended.
    pub asks: Vec<Ask>,
}

/// What became of the arrivals of an open load. Each is counted once, in one of the first four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArrivalTally {
    /// Those who came.
    pub started: u64,
    /// For whom no place was free.
    pub dropped: u64,
    /// Due when their worker could not start anybody.
    pub missed: u64,
    /// Not due yet when the run was stopped.
    pub withdrawn: u64,
    /// Of those started, late.
    pub late: u64,
}

impl ArrivalTally {
    /// Adds others.
    pub fn add(&mut self, other: &ArrivalTally) {
        self.started += other.started;
        self.dropped += other.dropped;
        self.missed += other.missed;
        self.withdrawn += other.withdrawn;
        self.late += other.late;
    }

    /// Arrivals of which it is known what became of them.
    pub fn known(&self) -> u64 {
        self.started + self.dropped + self.missed + self.withdrawn
    }
}

impl CheckedDelta {
    pub fn load(&self) -> GeneratorLoad {
        let alive = |users: &ReportedUsers| u64::from(users.peak.max(users.running + users.stopping));
        let lived = (self.to_us - self.from_us).saturating_mul(self.users.iter().map(alive).sum());
        // Without users there was nothing to lose.
        let lost = self.health.lost_us.saturating_mul(1000).checked_div(lived).unwrap_or(0);
        GeneratorLoad {
            lost_permille: u32::try_from(lost).unwrap_or(u32::MAX),
            late_us: self.health.lateness_p99_us,
        }
    }
}

/// Samples of requests that started in one stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StagePart {
    /// Number of its segment of the timeline.
    pub stage: u32,
    pub endpoints: Vec<EndpointPart>,
    pub streams: StreamCounts,
    /// Streams in progress at the interval's end.
    pub in_progress: u64,
    /// How long each of those without visible text had waited by then, microseconds.
    pub waiting: SparseHistogram,
    /// When users left, microseconds after the start of their streams.
    pub left: SparseHistogram,
    /// Of those, before any visible text.
    pub left_textless: SparseHistogram,
    pub metrics: Vec<MetricPart>,
}

/// What came of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPart {
    pub metric: Metric,
    pub samples: SparseHistogram,
    /// Of those, the ones that are not known exactly.
    pub uncertain: Uncertain<SparseHistogram>,
}

impl StagePart {
    pub fn add_to(&self, totals: &mut StageTotals) {
        self.endpoints.iter().for_each(|part| part.add_to(&mut totals.endpoints));
        totals.streams.counts.add(&self.streams);
        totals.streams.left.merge(&self.left);
        totals.streams.left_textless.merge(&self.left_textless);
        for MetricPart { metric, samples, uncertain } in &self.metrics {
            totals.streams.metrics[*metric as usize].merge(samples);
            totals.streams.uncertain[*metric as usize].merge(uncertain);
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointPart {
    pub endpoint: usize,
    /// Latency of those with an outcome, microseconds.
    pub latency: SparseHistogram,
    /// Of those, of the ones that failed.
    pub failed: SparseHistogram,
    /// Of the good ones, those that are not known exactly.
    pub uncertain: Uncertain<SparseHistogram>,
    /// How many those are.
    pub failures: u64,
    /// Requests that were cut.
    pub cut: u64,
    /// Requests whose users left.
    pub abandoned: u64,
    pub bytes: u64,
    /// How long each of those in progress had taken by the interval's end, microseconds; of streams nothing.
    pub waiting: SparseHistogram,
}

impl EndpointPart {
    /// Requests with an outcome, left or cut.
    pub fn requests(&self) -> u64 {
        self.latency.count() + self.abandoned + self.cut
    }

    /// Adds it to totals by operation.
    pub fn add_to(&self, totals: &mut [EndpointTotals; OPERATIONS]) {
        let totals = &mut totals[self.endpoint];
        totals.merge(&self.latency, &self.failed, self.bytes);
        totals.cut += self.cut;
        totals.abandoned += self.abandoned;
        totals.uncertain.merge(&self.uncertain);
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportedUsers {
    /// Running at the interval's end.
    pub running: u32,
    /// Asked to stop, and finishing what is in flight at its end.
    pub stopping: u32,
    /// Most at once.
    pub peak: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FailurePart {
    pub endpoint: usize,
    pub class: FailureClass,
    /// Its words, with `#` for numbers and ids.
    pub words: String,
    /// A text as it was.
    pub example: String,
    /// Whether others of the same words differ from it.
    pub varies: bool,
    /// The trace of the request that the example is of.
    pub trace: Option<TraceId>,
    pub count: u64,
    /// Run clock of the first.
    pub first_us: u64,
    /// Run clock of the last.
    pub last_us: u64,
}
