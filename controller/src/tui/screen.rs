//! The view on a terminal: what matters most first, as much of the rest as there is room for.

use super::frame::Frame;
use super::lines::{ms, stage};
use super::notices::failure;
use super::spark::{bar, spark};
use crate::view::LivePhase;
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, column, columns, cut, plain};
use common::text::number::{count, counted, percent, rounded};
use report::rows::{EndpointRow, FailureRow, KeyFigures, SecondRow, Severity};
use report::style::{Ink, Paint};

/// Columns and lines of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub columns: usize,
    /// Lines.
    pub rows: usize,
}

/// The busiest endpoints that are shown.
const ENDPOINTS: usize = 5;
/// Widest picture: a second a column, more is no easier to read.
const WIDEST: usize = 160;
/// Columns of a label.
const LABEL: usize = 10;
/// Columns of the words after a curve.
const WORDS: usize = 32;

/// The lines of the view: none wider than the terminal, and fewer than it has lines.
pub fn screen(frame: &Frame<'_>, size: Size, paint: Paint) -> Vec<String> {
    // A terminal breaks a line that fills it to the last column.
    let width = size.columns.saturating_sub(1).max(20);
    let mut room = size.rows.saturating_sub(1).max(3);
    let mut lines = head(frame, width, paint);
    let foot: Vec<String> =
        frame.keys.map(|keys| paint.ink(Ink::Faint, &cut(keys, width))).into_iter().collect();
    room = room.saturating_sub(lines.len() + foot.len());
    for block in [
        warnings(frame, width, paint, room),
        endpoints(frame, width, paint),
        failures(frame, width, paint, room),
    ] {
        // A block that lost its last line would look whole: what does not fit is cut from its end.
        let fits = room.saturating_sub(1).min(block.len());
        if fits > 0 {
            lines.push(String::new());
            lines.extend(block.into_iter().take(fits));
            room -= fits + 1;
        }
    }
    if !foot.is_empty() && room > 0 {
        lines.push(String::new());
    }
    lines.extend(foot);
    lines.truncate(size.rows.saturating_sub(1).max(3));
    lines
}

fn head(frame: &Frame<'_>, width: usize, paint: Paint) -> Vec<String> {
    let title = format!("{}  {}", plain(frame.shape, MAX_TEXT), stage(frame));
    let mut lines = vec![cut(&title, width)];
    if matches!(frame.live.phase, LivePhase::Waiting | LivePhase::Gathering) {
        return lines;
    }
    let picture = width.min(WIDEST);
    lines.push(paint.ink(Ink::Good, &bar(&frame.plan, frame.live.clock_s, picture)));
    let row = frame.history.last().cloned().unwrap_or_default();
    lines.push(cut(&users(frame, &row), width));
    let curve = |value: &dyn Fn(&SecondRow) -> Option<f64>| -> Vec<Option<f64>> {
        frame.history.iter().map(value).collect()
    };
    let space = picture.saturating_sub(LABEL + WORDS).max(5);
    let mut line = |label: &str, values: &[Option<f64>], words: String| {
        lines.push(cut(&format!("{label:LABEL$}{} {words}", spark(values, space)), width));
    };
    let key = KeyFigures::of(frame.report);
    line("requests", &curve(&|row| Some(row.rps)), format!("{}/s now", rounded(row.rps)));
    let calls = key.calls.map(|figures| figures.percentiles);
    line(
        if key.streams.is_some() { "calls p95" } else { "p95" },
        &curve(&|row| row.calls_ms()[1]),
        now_and_all(row.calls_ms()[1], calls.and_then(|p| p.p95())),
    );
    if let Some(streams) = &key.streams {
        let words = now_and_all(row.ttft_p95_ms, streams.ttft_p95_ms);
        line("TTFT p95", &curve(&|row| row.ttft_p95_ms), words);
    }
    let failed = key.failures;
    let share = percent(key.failure_share);
    let total = format!(
        "{:LABEL$}{}, {} failed ({share}), {}p50 {}, p99 {}",
        "in all",
        counted(key.requests, "request"),
        count(failed),
        if key.streams.is_some() { "calls " } else { "" },
        ms(calls.and_then(|p| p.p50())),
        ms(calls.and_then(|p| p.p99()))
    );
    let total = cut(&total, width);
    lines.push(if failed > 0 { paint.ink(Ink::Bad, &total) } else { total });
    lines
}

fn users(frame: &Frame<'_>, row: &SecondRow) -> String {
    let stopping = row.stopping.filter(|count| *count > 0).map(|count| format!(", {count} stopping"));
    format!(
        "{:LABEL$}{} of {}{}{}   streams {}   workers {}",
        "users",
        row.users,
        frame.live.users_target,
        steered(frame),
        stopping.unwrap_or_default(),
        row.streams.unwrap_or(0),
        frame.live.workers
    )
}

/// What somebody has asked for and the shape has not come to yet.
fn steered(frame: &Frame<'_>) -> String {
    let Some(steering) = frame.live.steer.filter(|_| frame.live.phase == LivePhase::Running) else {
        return String::new();
    };
    let users = frame.wanted.map_or(steering.users, u64::from);
    match (steering.paused, users == frame.live.users_target) {
        (true, _) => ", paused".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!(", going to {users}"),
    }
}

fn now_and_all(now: Option<f64>, all: Option<f64>) -> String {
    format!("{} now, {} in all", ms(now), ms(all))
}

/// What makes the numbers weaker, as it arises; the gravest first.
fn warnings(frame: &Frame<'_>, width: usize, paint: Paint, room: usize) -> Vec<String> {
    let notes: Vec<_> = frame.report.notes.iter().filter(|note| note.severity > Severity::Info).collect();
    let most = (room / 6).max(2);
    let mut lines: Vec<String> = Vec::new();
    for note in notes.iter().take(most) {
        let ink = if note.severity == Severity::Error { Ink::Bad } else { Ink::Warning };
        lines.push(paint.ink(ink, &cut(&format!("! {}", plain(&note.text, MAX_SENTENCE)), width)));
    }
    if notes.len() > most {
        let more = format!("! and {} further warnings", notes.len() - most);
        lines.push(paint.ink(Ink::Warning, &cut(&more, width)));
    }
    lines
}

fn endpoints(frame: &Frame<'_>, width: usize, paint: Paint) -> Vec<String> {
    let mut busiest: Vec<&EndpointRow> = frame.report.endpoints.iter().collect();
    busiest.sort_by_key(|row| std::cmp::Reverse(row.count));
    busiest.truncate(ENDPOINTS);
    if busiest.is_empty() {
        return Vec::new();
    }
    let head = ["requests", "failed", "req/s", "p50", "p95", "p99"].map(str::to_owned);
    let mut lines = vec![paint.ink(Ink::Faint, &endpoint_line("busiest endpoints", &head, width))];
    for row in busiest {
        let percentiles = row.latency.map(|figures| figures.percentiles);
        let cells = [
            count(row.count),
            count(row.failures),
            rounded(row.rps),
            ms(percentiles.and_then(|p| p.p50())),
            ms(percentiles.and_then(|p| p.p95())),
            ms(percentiles.and_then(|p| p.p99())),
        ];
        let line = endpoint_line(&format!("{} {}", row.method, row.name), &cells, width);
        lines.push(if row.failures > 0 { paint.ink(Ink::Bad, &line) } else { line });
    }
    lines
}

fn endpoint_line(name: &str, cells: &[String; 6], width: usize) -> String {
    let numbers: String =
        cells.iter().zip([9, 8, 9, 8, 8, 8]).map(|(cell, wide)| format!("{cell:>wide$}")).collect();
    let room = width.min(WIDEST).saturating_sub(columns(&numbers)).max(8);
    cut(&format!("{}{numbers}", column(name, room)), width)
}

/// The failures seen last, the newest first.
fn failures(frame: &Frame<'_>, width: usize, paint: Paint, room: usize) -> Vec<String> {
    let mut newest: Vec<&FailureRow> = frame.report.failures.iter().collect();
    if newest.is_empty() {
        return Vec::new();
    }
    newest.sort_by(|a, b| b.last_seen.cmp(&a.last_seen).then(b.occurrences.cmp(&a.occurrences)));
    let mut lines = vec![paint.ink(Ink::Faint, &cut(&format!("{:>9}  latest failures", "times"), width))];
    for row in newest.into_iter().take((room / 4).max(3)) {
        let line = format!("{:>9}  {}", row.occurrences, plain(&failure(row), MAX_TEXT));
        lines.push(paint.ink(Ink::Bad, &cut(&line, width)));
    }
    lines
}
