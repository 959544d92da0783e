//! The run in one line, for a log.

use super::frame::Frame;
use crate::view::LivePhase;
use common::text::escape::{MAX_TEXT, plain};
use common::text::number::counted;

/// The run in one line.
pub fn line(frame: &Frame<'_>) -> String {
    let stage = stage(frame);
    let begun = !matches!(frame.live.phase, LivePhase::Waiting | LivePhase::Gathering);
    let Some(row) = frame.history.last().filter(|_| begun) else { return stage };
    format!(
        "{stage} | {} users of {} | {:.0} req/s | {} failed | p95 {} | TTFT p95 {} | {}",
        row.users,
        frame.live.users_target,
        row.rps,
        row.total_failures,
        ms(row.percentiles.and_then(|p| p.p95())),
        ms(row.ttft_p95_ms),
        counted(frame.live.workers, "worker"),
    )
}

/// Where the run stands, in words.
pub(super) fn stage(frame: &Frame<'_>) -> String {
    let live = &frame.live;
    match (live.phase, frame.stage()) {
        (LivePhase::Waiting, _) => {
            format!("waiting to be started on the dashboard; {} so far", counted(live.workers, "worker"))
        }
        (LivePhase::Gathering, _) => {
            format!("waiting for workers: {} of {}", live.workers, live.workers_expected)
        }
        (LivePhase::Running, Some((number, stage))) => {
            let (at, stages, name) = (time(live.clock_s), frame.plan.len(), plain(&stage.name, MAX_TEXT));
            match frame.end_s {
                Some(end) => {
                    format!("{at} stage {number}/{stages} ({name}), {} left", time(end - live.clock_s))
                }
                None => match &live.search {
                    Some(search) => {
                        let (least, most) = search.left_s;
                        format!(
                            "{at} stage {number} ({name}), {}; {} to {} left",
                            search.then,
                            time(least),
                            time(most)
                        )
                    }
                    None => format!("{at} stage {number} ({name})"),
                },
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
