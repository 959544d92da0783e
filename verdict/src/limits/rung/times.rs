//! Distributions of times, in the few figures by which rungs are compared.

use common::stats::{Histogram, Percentile};

use crate::Canary;

/// A distribution of times, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TimeSummary {
    pub count: u64,
    pub mean: f64,
    pub p50: f64,
    pub p95: f64,
}

impl TimeSummary {
    pub fn of(values: &Histogram) -> TimeSummary {
        let seconds = |us: u64| us as f64 / 1e6;
        let Some([p50, p95]) = values.percentiles([Percentile::P50, Percentile::P95]) else {
            return TimeSummary::default();
        };
        let mean = values.mean().unwrap_or_default() / 1e6;
        TimeSummary { count: values.count(), mean, p50: seconds(p50), p95: seconds(p95) }
    }

    /// A figure, if there are samples.
    pub fn get(&self, figure: fn(&TimeSummary) -> f64) -> Option<f64> {
        (self.count > 0).then(|| figure(self))
    }
}

/// Times to first token with those of streams that still wait: these have waited for at least so long. What has
/// waited for less than is usual says nothing yet.
pub(super) fn waited(seen: &Histogram, waiting: &Histogram) -> TimeSummary {
    let usual = seen.percentile(Percentile::P50).unwrap_or(0);
    let beyond_usual: Vec<(u64, u64)> = waiting.buckets().filter(|(age, _)| *age > usual).collect();
    if beyond_usual.is_empty() {
        return TimeSummary::of(seen);
    }
    let mut all = seen.clone();
    for (age, count) in beyond_usual {
        (0..count).for_each(|_| all.record(age));
    }
    TimeSummary::of(&all)
}

/// What the canary's answers took, ascending, seconds; without end where it failed.
pub(super) fn cheap_times(canary: impl Iterator<Item = Canary>) -> Vec<f64> {
    let seconds = |canary: Canary| canary.latency.map_or(f64::INFINITY, |latency| latency.as_secs_f64());
    let mut times: Vec<f64> = canary.map(seconds).collect();
    times.sort_by(f64::total_cmp);
    times
}
