//! Stages, as far as their requests show them.

use std::collections::BTreeMap;

use common::request_log::{LoggedRequest, Moment};
use common::stats::{Histogram, Percentile};
use common::totals::EndpointTotals;

use super::calls;
use crate::rows::{StageRow, rate};

/// What belongs to one part of a stage.
#[derive(Debug, Default)]
struct Part {
    requests: EndpointTotals,
    ttft: Histogram,
    tokens: u64,
    from: Option<Moment>,
}

#[derive(Debug, Default)]
struct StageTally {
    /// Before the service had settled.
    settling: Part,
    measured: Part,
    /// The last start.
    to: Moment,
}

/// All stages, by number.
#[derive(Debug, Default)]
pub(super) struct StageTallies(BTreeMap<u32, StageTally>);

impl StageTallies {
    /// Counts a request `times` times.
    pub(super) fn add(&mut self, request: &LoggedRequest<'_>, times: u64) {
        let stage = self.0.entry(request.stage).or_default();
        stage.to = stage.to.max(request.start);
        let part = if request.measured { &mut stage.measured } else { &mut stage.settling };
        part.from = Some(part.from.map_or(request.start, |from| from.min(request.start)));
        calls::add(&mut part.requests, request, times);
        if calls::is_stream(request) {
            if let Some(ttft) = request.ttft() {
                part.ttft.record_times(ttft.nearest_us(), times);
            }
            let tokens = request.tokens.map_or(0, |tokens| tokens.output);
            part.tokens = part.tokens.saturating_add(tokens.saturating_mul(times));
        }
    }

    /// The rows: a stage ends where the next one begins, and the last one at `end`. A log has no names of stages.
    pub(super) fn rows(&self, end: Moment) -> Vec<StageRow> {
        let begins = |stage: &StageTally| {
            [stage.settling.from, stage.measured.from].into_iter().flatten().min().unwrap_or_default()
        };
        let next = self.0.values().skip(1).map(begins).chain([end]);
        let row = |((number, stage), to): ((&u32, &StageTally), Moment)| {
            stage.row(*number, begins(stage), to.max(stage.to))
        };
        self.0.iter().zip(next).map(row).collect()
    }
}

impl StageTally {
    fn row(&self, number: u32, from: Moment, to: Moment) -> StageRow {
        let mut whole = self.settling.requests.clone();
        whole.add(&self.measured.requests);
        // One too short to settle is measured from its start.
        let figures = if self.measured.from.is_some() { &self.measured } else { &self.settling };
        let measured_from = figures.from.unwrap_or(from);
        let seconds = to.since(measured_from).micros() / 1e6;
        let ms = |us: u64| us as f64 / 1000.0;
        let latency =
            figures.requests.latency.percentiles([Percentile::P50, Percentile::P95, Percentile::P99]);
        let ttft = figures.ttft.percentiles([Percentile::P50, Percentile::P95]);
        StageRow {
            name: format!("stage {}", number.saturating_add(1)),
            from_s: thousandths(from),
            to_s: thousandths(to),
            measured_from_s: thousandths(measured_from),
            count: whole.count(),
            failures: whole.failures,
            cut: whole.cut,
            rps: rate(figures.requests.count(), seconds),
            p50_ms: latency.map(|p| ms(p[0])),
            p95_ms: latency.map(|p| ms(p[1])),
            p99_ms: latency.map(|p| ms(p[2])),
            ttft_p50_ms: ttft.map(|p| ms(p[0])),
            ttft_p95_ms: ttft.map(|p| ms(p[1])),
            tokens_per_s: rate(figures.tokens, seconds),
            ..StageRow::default()
        }
    }
}

/// Seconds, to a thousandth.
pub(super) fn thousandths(moment: Moment) -> f64 {
    (moment.micros() / 1000.0).round() / 1000.0
}
