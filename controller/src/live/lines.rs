//! The texts of the live view.

use std::time::Duration;

use crate::report::rows::SecondRow;
use crate::run::{Phase, Run};
use crate::view::History;

/// Width of the bar of the shape's time.
const BAR: usize = 30;

/// One line for a log.
pub fn line(run: &Run, history: &History, now: Duration) -> String {
    let stage = stage(run, now);
    let Some(row) = history.rows().last().filter(|_| run.clock(now).is_some()) else { return stage };
    let (failures, p95) = (row.total_failures, ms(row.percentiles.map(|p| p.p95())));
    format!(
        "{stage} | {} users of {} | {:.0} req/s | {failures} failed | p95 {p95} | TTFT p95 {} | {} workers",
        row.users,
        run.target_users(now),
        row.rps,
        ms(row.ttft_p95_ms),
        run.fleet().eligible(),
    )
}

/// Several lines for a terminal.
pub fn block(run: &Run, history: &History, now: Duration) -> String {
    let empty = SecondRow::default();
    let row = history.rows().last().unwrap_or(&empty);
    let percentiles = row.percentiles;
    [
        format!("{}  {}", bar(run, now), stage(run, now)),
        format!(
            "users     {:>7} of {:<7} stopping {:<6} workers {}",
            row.users,
            run.target_users(now),
            row.stopping.unwrap_or(0),
            run.fleet().eligible()
        ),
        format!(
            "requests  {:>7.0} req/s   {} in all, {} failed",
            row.rps, row.total_count, row.total_failures
        ),
        format!(
            "latency   p50 {:>10}   p95 {:>10}   p99 {:>10}",
            ms(percentiles.map(|p| p.p50())),
            ms(percentiles.map(|p| p.p95())),
            ms(percentiles.map(|p| p.p99()))
        ),
        format!(
            "streams   {:>7} open    TTFT p50 {:>10}   p95 {:>10}",
            row.streams.unwrap_or(0),
            ms(row.ttft_p50_ms),
            ms(row.ttft_p95_ms)
        ),
    ]
    .join("\n")
}

fn stage(run: &Run, now: Duration) -> String {
    let (present, wanted) = (run.fleet().eligible(), run.settings().expect_workers.max(1));
    match (run.phase(), run.clock(now)) {
        (Phase::Gathering { .. }, _) => format!("waiting for workers: {present} of {wanted}"),
        (Phase::Running, Some(clock)) => {
            let (course, shape) = (run.course(), run.course().shape());
            let stage = course.segment_at(clock).0.stage;
            let name = shape.stages.get(stage).map_or("", |stage| stage.name.as_str());
            let (at, number, stages) = (time(clock), stage + 1, shape.stages.len());
            match course.end() {
                Some(end) => {
                    format!("{at} stage {number}/{stages} ({name}), {} left", time(end.saturating_sub(clock)))
                }
                None => format!("{at} stage {number} ({name})"),
            }
        }
        (Phase::Draining { .. }, Some(clock)) => format!("{} users finish what is in flight", time(clock)),
        _ => "over".to_owned(),
    }
}

fn bar(run: &Run, now: Duration) -> String {
    let share =
        run.course().end().map_or(0.0, |end| run.elapsed(now).as_secs_f64() / end.as_secs_f64().max(1e-9));
    let filled = ((share * BAR as f64) as usize).min(BAR);
    format!("[{}{}]", "#".repeat(filled), "-".repeat(BAR - filled))
}

/// Minutes and seconds, hours when there are any.
fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Milliseconds, or seconds from one second on.
fn ms(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(ms) if ms >= 1000.0 => format!("{:.2} s", ms / 1000.0),
        Some(ms) if ms >= 10.0 => format!("{ms:.0} ms"),
        Some(ms) => format!("{ms:.1} ms"),
    }
}
