//! The run stage by stage, as rows.

use std::time::Duration;

use common::stats::{Metric, Percentile};

use super::History;
use crate::merge::StageTotals;
use crate::report::rows::{StageRow, rate};
use crate::run::Run;

/// One row for each stage that began before `elapsed` of the run clock.
pub fn rows(run: &Run, history: &History, names: &[String], elapsed: Duration) -> Vec<StageRow> {
    let shape = &run.settings().shape;
    let ran = run.elapsed(Duration::MAX).min(elapsed);
    let empty = StageTotals::default();
    (0u32..)
        .zip(&shape.stages)
        .map(|(number, stage)| (number, stage, shape.stage_bounds(number as usize)))
        .take_while(|(_, _, (from, _))| *from < ran)
        .map(|(number, stage, (from, to))| {
            let totals = run.ledger().stages.get(&number).unwrap_or(&empty);
            let name = names.get(number as usize).cloned().unwrap_or_default();
            let span = (from.as_secs_f64(), to.min(ran).as_secs_f64());
            StageRow {
                users_target: u64::from(stage.users),
                users_peak: history.users_peak_in(span.0, span.1),
                ..row(name, span, totals)
            }
        })
        .collect()
}

/// How long a stage lasted up to `elapsed` of the run clock, in seconds; without a stage, the whole run.
pub fn seconds(run: &Run, stage: Option<u32>, elapsed: Duration) -> f64 {
    let Some(stage) = stage else { return elapsed.as_secs_f64() };
    let (from, to) = run.settings().shape.stage_bounds(stage as usize);
    let ran = run.elapsed(Duration::MAX).min(elapsed);
    to.min(ran).saturating_sub(from).as_secs_f64()
}

fn row(name: String, (from_s, to_s): (f64, f64), totals: &StageTotals) -> StageRow {
    let seconds = to_s - from_s;
    let ms = |us: u64| us as f64 / 1000.0;
    let latency = totals.all.latency.percentiles([Percentile::P50, Percentile::P95, Percentile::P99]);
    let ttft = totals.streams.metrics[Metric::Ttft as usize].percentiles([Percentile::P50, Percentile::P95]);
    StageRow {
        name,
        from_s,
        to_s,
        count: totals.all.count(),
        failures: totals.all.failures,
        cut: totals.all.cut,
        rps: rate(totals.all.count(), seconds),
        p50_ms: latency.map(|p| ms(p[0])),
        p95_ms: latency.map(|p| ms(p[1])),
        p99_ms: latency.map(|p| ms(p[2])),
        ttft_p50_ms: ttft.map(|p| ms(p[0])),
        ttft_p95_ms: ttft.map(|p| ms(p[1])),
        tokens_per_s: rate(totals.streams.tokens, seconds),
        ..StageRow::default()
    }
}
