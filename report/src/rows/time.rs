//! The run along its time: seconds and stages.

use serde::{Deserialize, Serialize};

use super::figures::{Percentiles, Summary};

/// One stage. A request belongs to the stage in which it started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StageRow {
    /// Name, as the shape gives it.
    pub name: String,
    /// Start, in seconds since the run's start.
    pub from_s: f64,
    /// End, in seconds since the run's start: the planned one, or the run's end if that came first.
    pub to_s: f64,
    /// From when on its figures (rates and percentiles) were measured, in seconds since the run's start:
    /// users had started and the service had settled. `from_s` in a stage too short for that. Counts speak
    /// of the whole stage.
    pub measured_from_s: f64,
    /// The users the stage asks for at its end; `None` in an open load, which asks for a rate, and where nothing says it.
    pub users_target: Option<u64>,
    /// Most users running at once; `None` where nothing says it.
    pub users_peak: Option<u64>,
    /// Requests, as in [`EndpointRow::count`](super::EndpointRow::count).
    pub count: u64,
    /// Failed requests.
    pub failures: u64,
    /// Requests we cut at a stop.
    pub cut: u64,
    /// Requests per second, measured.
    pub rps: f64,
    /// Median latency in milliseconds; `None` without samples, as below.
    pub p50_ms: Option<f64>,
    /// 95 % of the latency.
    pub p95_ms: Option<f64>,
    /// 99 % of the latency.
    pub p99_ms: Option<f64>,
    /// Median time to first token in milliseconds.
    pub ttft_p50_ms: Option<f64>,
    /// 95 % of the time to first token in milliseconds.
    pub ttft_p95_ms: Option<f64>,
    /// Tokens per second, all streams together.
    pub tokens_per_s: f64,
}

/// One second of the run. Rates, percentiles and gauges speak of this second alone, the `total_`
/// fields of everything since the start.
///
/// A field is `None` where a report made from CSV files cannot know it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SecondRow {
    /// Seconds since the run's start: this row covers `second` to `second + 1`.
    pub second: u64,
    /// Unix time at the end of the second, in whole seconds.
    pub timestamp: i64,
    /// Users running at its end.
    pub users: u64,
    /// The shape's target at its end.
    pub users_target: Option<u64>,
    /// Users asked to stop that still finish what is in flight.
    pub stopping: Option<u64>,
    /// Streams in progress at its end.
    pub streams: Option<u64>,
    /// Workers holding a lease at its end.
    pub workers: Option<u64>,
    /// Requests that ended in this second.
    pub rps: f64,
    /// Failures in this second.
    pub failures_per_s: f64,
    /// Latency in milliseconds of the requests that ended in this second; `None` without any.
    pub percentiles: Option<Percentiles>,
    /// Of those that are no streams: the median.
    pub calls_p50_ms: Option<f64>,
    /// 95 % of them.
    pub calls_p95_ms: Option<f64>,
    /// 99 % of them.
    pub calls_p99_ms: Option<f64>,
    /// Median time to first token in milliseconds.
    pub ttft_p50_ms: Option<f64>,
    /// 95 % of the time to first token in milliseconds.
    pub ttft_p95_ms: Option<f64>,
    /// 99 % of the time to first token in milliseconds.
    pub ttft_p99_ms: Option<f64>,
    /// Median gap between two chunks of a stream in milliseconds.
    pub icl_p50_ms: Option<f64>,
    /// 95 % of the gaps between chunks in milliseconds.
    pub icl_p95_ms: Option<f64>,
    /// 99 % of the gaps between chunks in milliseconds.
    pub icl_p99_ms: Option<f64>,
    /// Tokens that arrived in this second.
    pub tokens_per_s: Option<f64>,
    /// Arrivals that came in this second; `None` in a load of users that stay, as below.
    pub arrivals: Option<u64>,
    /// Of those, more than 10 ms after they were due.
    pub arrivals_late: Option<u64>,
    /// Arrivals that did not come, as there were as many users as there may be.
    pub arrivals_dropped: Option<u64>,
    /// Arrivals that did not come, as their worker could not start anybody.
    pub arrivals_missed: Option<u64>,
    /// Arrivals due and not started yet at the second's end.
    pub arrivals_waiting: Option<u64>,
    /// Requests since the start.
    pub total_count: u64,
    /// Failures since the start.
    pub total_failures: u64,
    /// Latency since the start in milliseconds; `None` without any.
    pub total_latency: Option<Summary>,
    /// Mean body size since the start in bytes.
    pub total_avg_bytes: f64,
}

/// One endpoint in one second of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EndpointSecond {
    /// Requests that ended in this second.
    pub rps: f64,
    /// Failures in this second.
    pub failures_per_s: f64,
    /// Median latency in milliseconds; `None` without samples, as below.
    pub p50_ms: Option<f64>,
    /// 95 % of the latency in milliseconds.
    pub p95_ms: Option<f64>,
    /// 99 % of the latency in milliseconds.
    pub p99_ms: Option<f64>,
}

impl SecondRow {
    /// Median, 95 % and 99 % of the latency of calls in milliseconds: of those that are no streams, or of all requests
    /// where nothing is known of streams, as in Locust's files.
    pub fn calls_ms(&self) -> [Option<f64>; 3] {
        match (self.streams, self.percentiles) {
            (Some(_), _) => [self.calls_p50_ms, self.calls_p95_ms, self.calls_p99_ms],
            (None, all) => [all.and_then(|p| p.p50()), all.and_then(|p| p.p95()), all.and_then(|p| p.p99())],
        }
    }
}
