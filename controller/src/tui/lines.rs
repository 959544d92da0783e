//! The run in one line, for a log.

use super::scene::Scene;
use crate::view::LivePhase;
use common::text::escape::{MAX_TEXT, plain};

/// The run in one line.
pub fn line(scene: &Scene<'_>) -> String {
    let stage = stage(scene);
    let begun = !matches!(scene.live.phase, LivePhase::Waiting | LivePhase::Gathering);
    let Some(row) = scene.history.last().filter(|_| begun) else { return stage };
    format!(
        "{stage} | {} users of {} | {:.0} req/s | {} failed | p95 {} | TTFT p95 {} | {}",
        row.users,
        scene.live.users_target,
        row.rps,
        row.total_failures,
        ms(row.percentiles.map(|p| p.p95())),
        ms(row.ttft_p95_ms),
        workers(scene.live.workers),
    )
}

fn workers(count: u64) -> String {
    if count == 1 { "1 worker".to_owned() } else { format!("{count} workers") }
}

/// Where the run stands, in words.
pub(super) fn stage(scene: &Scene<'_>) -> String {
    let live = &scene.live;
    match (live.phase, scene.stage()) {
        (LivePhase::Waiting, _) => {
            format!("waiting to be started on the dashboard; {} so far", workers(live.workers))
        }
        (LivePhase::Gathering, _) => {
            format!("waiting for workers: {} of {}", live.workers, live.workers_expected)
        }
        (LivePhase::Running, Some((number, stage))) => {
            let (at, stages, name) = (time(live.clock_s), scene.plan.len(), plain(&stage.name, MAX_TEXT));
            match scene.end_s {
                Some(end) => {
                    format!("{at} stage {number}/{stages} ({name}), {} left", time(end - live.clock_s))
                }
                None => format!("{at} stage {number} ({name})"),
            }
        }
        (LivePhase::Running | LivePhase::Draining, _) => {
            format!("{} users finish what is in flight", time(live.clock_s))
        }
        _ => "over".to_owned(),
    }
}

/// Minutes and seconds, hours when there are any.
pub(super) fn time(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Milliseconds, or seconds from one second on.
pub(super) fn ms(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(ms) if ms >= 1000.0 => format!("{:.2} s", ms / 1000.0),
        Some(ms) if ms >= 10.0 => format!("{ms:.0} ms"),
        Some(ms) => format!("{ms:.1} ms"),
    }
}
