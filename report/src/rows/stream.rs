//! The rows of streams.

use common::stats::{Histogram, Metric, StreamCounts, Unit};

use super::Buckets;
use super::figures::{Figures, rate};

/// What was measured of all streams over the whole run.
///
/// started = completed + failed + abandoned + cut + in_progress.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamRows {
    /// Streams asked for.
    pub started: u64,
    /// Streams under way when the report was made; 0 at the end of a run.
    pub in_progress: u64,
    /// What ended, and what came in it.
    pub counts: StreamCounts,
    /// Tokens per second of the run, all streams together.
    pub tokens_per_s: f64,
    /// One row for each [`Metric`], in the order of [`Metric::ALL`], those of arrivals only where users arrive; empty
    /// when the run had no streams to measure.
    pub metrics: Vec<MetricRow>,
}

/// The unit of times in files.
const MILLISECONDS: &str = "ms";

/// One metric's distribution over the whole run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricRow {
    /// [`Metric::name`].
    pub name: String,
    /// `ms` or `tokens/s`.
    pub unit: String,
    /// How many samples.
    pub count: u64,
    /// Samples per second of the run.
    pub per_s: f64,
    /// The distribution, in `unit`; `None` without samples.
    pub figures: Option<Figures>,
    /// The same samples below round bounds, in seconds or tokens/s.
    pub buckets: Buckets,
}

impl MetricRow {
    /// The row of one metric over `duration_s` seconds, from a histogram in the metric's own unit.
    pub fn new(metric: Metric, samples: &Histogram, duration_s: f64) -> MetricRow {
        MetricRow {
            name: metric.name().to_owned(),
            unit: Self::unit_of(metric).to_owned(),
            count: samples.count(),
            per_s: rate(samples.count(), duration_s),
            figures: Figures::of(samples),
            buckets: Buckets::of(samples, metric.unit()),
        }
    }

    /// The row of the calls that are no streams, from their latency; `None` without any.
    pub fn calls(latency: &Histogram, duration_s: f64) -> Option<MetricRow> {
        let figures = Some(Figures::of(latency)?);
        Some(MetricRow {
            name: "calls".to_owned(),
            unit: MILLISECONDS.to_owned(),
            count: latency.count(),
            per_s: rate(latency.count(), duration_s),
            figures,
            buckets: Buckets::of(latency, Unit::Microseconds),
        })
    }

    /// Whether its figures are times.
    pub(crate) fn is_time(&self) -> bool {
        self.unit == MILLISECONDS
    }

    /// The unit in which files have a metric.
    pub(crate) fn unit_of(metric: Metric) -> &'static str {
        match metric.unit() {
            Unit::Microseconds => MILLISECONDS,
            Unit::MilliTokensPerSecond => "tokens/s",
        }
    }
}

impl StreamRows {
    /// Every total by its name, in the order in which reports show them. `begun` is none of them:
    /// `started` says as much.
    pub(crate) fn totals(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        let counts = StreamCounts::NAMES.into_iter().zip(self.counts.values());
        let mut totals: Vec<_> = counts.filter(|(name, _)| *name != "begun").collect();
        let ended = totals.iter().position(|(name, _)| *name == "cut").map_or(0, |cut| cut + 1);
        totals.insert(ended, ("in_progress", self.in_progress));
        totals.insert(0, ("started", self.started));
        totals.into_iter()
    }

    pub(crate) fn total_mut(&mut self, name: &str) -> Option<&mut u64> {
        match name {
            "started" => Some(&mut self.started),
            "in_progress" => Some(&mut self.in_progress),
            "begun" => None,
            name => self.counts.get_mut(name),
        }
    }

    /// The row of one metric, if it is there.
    pub fn metric(&self, metric: Metric) -> Option<&MetricRow> {
        self.metrics.iter().find(|row| row.name == metric.name())
    }

    /// The distribution of one metric, if it has any sample.
    pub fn figures(&self, metric: Metric) -> Option<&Figures> {
        self.metric(metric).and_then(|row| row.figures.as_ref())
    }

    /// Whether the run had streams at all.
    pub fn any(&self) -> bool {
        self.started > 0
    }
}
