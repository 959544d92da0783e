//! The run in one line, for a log.

use std::time::Duration;

use super::frame::Frame;
use super::throttle::EVERY;
use crate::view::LivePhase;
use common::text::escape::{MAX_TEXT, plain};
use common::text::number::{count, counted, milliseconds, or_dash, rounded};
use report::rows::SecondRow;

/// Whoever waits for workers for so long has to start them.
const LONG: Duration = Duration::from_secs(5);

/// A search whose longest time is so many times its shortest does not know its pace yet.
const UNKNOWN: f64 = 20.0;

/// The run in one line: what happened since the line before.
pub fn line(frame: &Frame<'_>) -> String {
    let stage = stage(frame);
    let begun = !matches!(frame.live.phase, LivePhase::Waiting | LivePhase::Gathering);
    let covered = frame.history.len().saturating_sub(EVERY.as_secs() as usize);
    let (before, recent) = frame.history.split_at(covered);
    let Some(row) = recent.last().filter(|_| begun) else { return stage };
    format!(
        "{stage} | {} | {} req/s | {} | {} | {}",
        users(row, frame.live.users_target),
        rounded(mean(recent, |row| row.rps)),
        failed(before, row),
        answers(recent, row),
        counted(frame.live.workers, "worker"),
    )
}

/// Of arrivals the target is the most there may be, which nobody aims at.
fn users(row: &SecondRow, target: u64) -> String {
    match row.users_target {
        Some(_) => format!("{} users of {}", count(row.users), count(target)),
        None => format!("{}, at most {}", counted(row.users, "user"), count(target)),
    }
}

/// All failures, and how many of them came since the line before.
fn failed(before: &[SecondRow], row: &SecondRow) -> String {
    let known = before.last().map_or(0, |before| before.total_failures);
    match row.total_failures.saturating_sub(known) {
        new if new > 0 && known > 0 => format!("{} failed ({} new)", count(row.total_failures), count(new)),
        _ => format!("{} failed", count(row.total_failures)),
    }
}

/// How answers came: of streams what runs now and how soon text came, else how long requests took. Each time is that of the
/// last second that has one.
fn answers(recent: &[SecondRow], row: &SecondRow) -> String {
    let latest = |of: fn(&SecondRow) -> Option<f64>| recent.iter().rev().find_map(of);
    let ttft = latest(|row| row.ttft_p95_ms);
    let open = row.streams.unwrap_or(0);
    if open == 0 && ttft.is_none() {
        return format!("p95 {}", ms(latest(|row| row.calls_ms()[1])));
    }
    let tokens = mean(recent, |row| row.tokens_per_s.unwrap_or(0.0));
    format!("{}, {} tokens/s, TTFT p95 {}", counted(open, "stream"), rounded(tokens), ms(ttft))
}

fn mean(rows: &[SecondRow], of: impl Fn(&SecondRow) -> f64) -> f64 {
    rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64
}

/// Where the run stands, in words.
pub(super) fn stage(frame: &Frame<'_>) -> String {
    let live = &frame.live;
    match (live.phase, frame.stage()) {
        (LivePhase::Waiting, _) => {
            format!("waiting to be started on the dashboard; {} so far", counted(live.workers, "worker"))
        }
        (LivePhase::Gathering, _) => {
            let (there, expected) = (live.workers, live.workers_expected);
            // Those of this process come by themselves, and at once.
            let what_to_do = match frame.here < LONG {
                true => "",
                false => "; start each with `worker --controller HOST:PORT`",
            };
            format!("waiting for workers: {there} of {expected}{what_to_do}")
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
                        let left = match most > UNKNOWN * least.max(1.0) {
                            true => format!("{} left or more", time(least)),
                            false => format!("{} to {} left", time(least), time(most)),
                        };
                        format!("{at} stage {number} ({name}), {}; {left}", search.then)
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

/// A time in milliseconds, if there is one.
pub(super) fn ms(value: Option<f64>) -> String {
    or_dash(value, milliseconds)
}
