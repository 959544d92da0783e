//! The run stage by stage, as rows.

use std::time::Duration;

use common::stats::{Metric, Percentile};
use hub::run::Run;

use super::History;
use common::segment::Segment;
use common::totals::StageTotals;
use report::rows::{StageRow, rate};

/// One row for each stage that began before `elapsed` of the run clock.
pub fn rows(run: &Run, history: &History, elapsed: Duration) -> Vec<StageRow> {
    let shape = run.timeline().shape();
    let ran = run.elapsed(Duration::MAX).min(elapsed);
    let empty = StageTotals::default();
    (0..)
        .zip(&shape.stages)
        .map(|(number, stage)| (number, stage, shape.stage_bounds(number)))
        .take_while(|(_, _, (from, _))| *from < ran)
        .map(|(number, stage, (from, to))| {
            let whole = run.ledger().totals.stage(number).all();
            let (from_s, to_s) = (from.as_secs_f64(), to.min(ran).as_secs_f64());
            let measured = span(run, number, ran);
            let totals = run.ledger().totals.segment(measured.0).unwrap_or(&empty);
            StageRow {
                name: stage.name.clone(),
                from_s,
                to_s,
                // Of arrivals it is the most there may be, which nobody aims at.
                users_target: stage.arrivals.is_none().then_some(u64::from(stage.users)),
                users_peak: Some(history.users_peak_in(from_s, to_s, u64::from(stage.users))),
                count: whole.count(),
                failures: whole.failures,
                cut: whole.cut,
                ..figures(measured.1, totals)
            }
        })
        .collect()
}

/// How long what is measured of a stage lasted up to `elapsed` of the run clock, in seconds; without a
/// stage, the whole run.
pub fn seconds(run: &Run, stage: Option<u32>, elapsed: Duration) -> f64 {
    let Some(stage) = stage else { return elapsed.as_secs_f64() };
    let (_, (from, to)) = span(run, stage as usize, run.elapsed(Duration::MAX).min(elapsed));
    to.saturating_sub(from).as_secs_f64()
}

/// What the figures of a stage speak of, up to `ran`: its measured segment, or all of it when it has none.
fn span(run: &Run, stage: usize, ran: Duration) -> (Segment, (Duration, Duration)) {
    let measured = run.timeline().measured(stage);
    let (from, to) = measured.unwrap_or_else(|| run.timeline().shape().stage_bounds(stage));
    (Segment { stage, measured: measured.is_some() }, (from.min(ran), to.min(ran)))
}

fn figures((from, to): (Duration, Duration), totals: &StageTotals) -> StageRow {
    let seconds = to.saturating_sub(from).as_secs_f64();
    let ms = |us: u64| us as f64 / 1000.0;
    let all = totals.all();
    let latency = all.latency.percentiles([Percentile::P50, Percentile::P95, Percentile::P99]);
    let ttft = totals.streams.metrics[Metric::Ttft as usize].percentiles([Percentile::P50, Percentile::P95]);
    StageRow {
        measured_from_s: from.as_secs_f64(),
        rps: rate(all.count(), seconds),
        p50_ms: latency.map(|p| ms(p[0])),
        p95_ms: latency.map(|p| ms(p[1])),
        p99_ms: latency.map(|p| ms(p[2])),
        ttft_p50_ms: ttft.map(|p| ms(p[0])),
        ttft_p95_ms: ttft.map(|p| ms(p[1])),
        tokens_per_s: rate(totals.streams.counts.tokens, seconds),
        ..StageRow::default()
    }
}
