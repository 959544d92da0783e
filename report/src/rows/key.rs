//! The few figures that a run is quoted by.

use common::stats::Metric;
use serde::{Deserialize, Serialize};

use super::figures::{Figures, share};
use super::{RunReport, SecondRow};

/// The few figures that a run is quoted by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyFigures {
    /// All requests.
    pub requests: u64,
    /// Failed requests.
    pub failures: u64,
    /// Share of failed requests, 0 to 1.
    pub failure_share: f64,
    /// Most requests in one second.
    pub peak_rps: Option<f64>,
    /// That second, counted from the run's start; the first of several.
    pub peak_second: Option<u64>,
    /// Latency in milliseconds of the calls that are no streams. A stream is a whole answer and a call a moment: what
    /// both have together says nothing of either. `None` where it is not known, or nothing was called.
    pub calls: Option<Figures>,
    /// Method, name and median latency in milliseconds of each endpoint that has one.
    pub endpoint_medians: Vec<(String, String, f64)>,
    /// The same for streams; `None` when the run had none.
    pub streams: Option<StreamKeyFigures>,
}

/// The few figures that streams are quoted by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamKeyFigures {
    /// Streams asked for.
    pub started: u64,
    /// Streams that ended with their terminal event.
    pub completed: u64,
    /// Streams that failed.
    pub failed: u64,
    /// Median time of a whole stream (E2E) in milliseconds.
    pub e2e_p50_ms: Option<f64>,
    /// Median time to first token in milliseconds.
    pub ttft_p50_ms: Option<f64>,
    /// 95 % of the time of a whole stream in milliseconds.
    pub e2e_p95_ms: Option<f64>,
    /// 99 % of it in milliseconds.
    pub e2e_p99_ms: Option<f64>,
    /// 95 % of the time to first token in milliseconds.
    pub ttft_p95_ms: Option<f64>,
    /// 99 % of the time to first token in milliseconds.
    pub ttft_p99_ms: Option<f64>,
    /// Tokens per second, all streams together.
    pub tokens_per_s: f64,
}

impl KeyFigures {
    /// Picks the key figures from the rows.
    pub fn of(report: &RunReport) -> KeyFigures {
        let total = &report.total;
        let peak = peak(&report.history);
        KeyFigures {
            requests: total.count,
            failures: total.failures,
            failure_share: share(total.failures, total.count),
            peak_rps: peak.map(|row| row.rps),
            peak_second: peak.map(|row| row.second),
            calls: match report.streams.any() {
                true => report.calls.as_ref().and_then(|calls| calls.figures),
                false => total.latency,
            },
            endpoint_medians: report
                .endpoints
                .iter()
                .filter_map(|row| Some((row.method.clone(), row.name.clone(), row.latency?.summary.median)))
                .collect(),
            streams: report.streams.any().then(|| StreamKeyFigures::of(report)),
        }
    }
}

impl StreamKeyFigures {
    fn of(report: &RunReport) -> StreamKeyFigures {
        let streams = &report.streams;
        let percentiles = |metric| streams.figures(metric).map(|figures| figures.percentiles);
        let ttft = percentiles(Metric::Ttft);
        StreamKeyFigures {
            started: streams.started,
            completed: streams.counts.completed,
            failed: streams.counts.failed,
            e2e_p50_ms: percentiles(Metric::E2e).and_then(|p| p.p50()),
            e2e_p95_ms: percentiles(Metric::E2e).and_then(|p| p.p95()),
            e2e_p99_ms: percentiles(Metric::E2e).and_then(|p| p.p99()),
            ttft_p50_ms: ttft.and_then(|p| p.p50()),
            ttft_p95_ms: ttft.and_then(|p| p.p95()),
            ttft_p99_ms: ttft.and_then(|p| p.p99()),
            tokens_per_s: streams.tokens_per_s,
        }
    }
}

/// The busiest second, the first of several; `None` when nothing ended in any.
fn peak(history: &[SecondRow]) -> Option<&SecondRow> {
    let busiest = history.iter().rev().max_by(|a, b| a.rps.total_cmp(&b.rps))?;
    (busiest.rps > 0.0).then_some(busiest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_first_busiest_second() {
        let second = |second, rps| SecondRow { second, rps, ..SecondRow::default() };
        let history = [second(0, 3.0), second(1, 9.0), second(2, 9.0), second(3, 1.0)];
        assert_eq!(peak(&history).map(|row| row.second), Some(1));
        assert_eq!(peak(&[second(0, 0.0)]), None);
        assert_eq!(peak(&[]), None);
    }
}
