//! What the files hold beside their rows: facts about the run, and what a reader must know.

use common::text::number::{counted, span};
use jiff::Timestamp;

use super::set::CsvSet;
use crate::rows::{Note, NoteKind, RunEnd, RunReport, WorkerRow, WorkerState};

/// Fills in the facts and the notes of a report whose rows are read.
pub fn complete(set: &CsvSet, report: &mut RunReport, history_cut_at: Option<u64>) {
    facts(set, report);
    let mut notes = Vec::new();
    if report.facts.source.is_locust() {
        notes.extend(locust_notes());
    } else {
        // Cut requests stand in the stages; the columns of the statistics are Locust's.
        report.total.cut = report.stages.iter().fold(0, |sum, row| sum.saturating_add(row.cut));
        report.total.abandoned = report.streams.counts.abandoned;
        notes.push(own_note());
        notes.extend(report.workers.iter().filter_map(worker_note));
    }
    notes.extend(sum_note(report));
    notes.extend(moment_note(report));
    notes.extend(history_cut_at.map(history_note));
    notes.extend(missing_note(set));
    report.notes = notes;
}

fn facts(set: &CsvSet, report: &mut RunReport) {
    let locust = report.facts.source.is_locust();
    let first = report.history.first().map(|row| row.timestamp);
    let facts = &mut report.facts;
    facts.shape = set.prefix.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    facts.end = RunEnd::Unknown;
    // Our first row is stamped at the end of the first second.
    let start = first.map(|first| first.saturating_sub(i64::from(!locust)));
    facts.started = start.and_then(|start| Timestamp::from_second(start).ok());
    facts.users_peak = report.history.iter().map(|row| row.users).max();
    facts.workers = set.workers.is_some().then_some(report.workers.len() as u64);
    report.facts.duration_s = duration(report);
}

/// The end of the last stage; without stages the span that the rates were divided by; else the span
/// of the history.
fn duration(report: &RunReport) -> Option<f64> {
    let total = &report.total;
    let stages = report.stages.iter().map(|row| row.to_s).reduce(f64::max);
    let rated = (total.count > 0 && total.rps > 0.0).then(|| total.count as f64 / total.rps);
    let seconds = report.history.last().map(|row| row.second as f64 + 1.0);
    stages.or(rated).or(seconds).filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

fn own_note() -> Note {
    Note::new(
        NoteKind::FromCsv,
        "This report was made from CSV files, which hold neither host, seed and settings nor the run's own \
         notes; if the run came to its end, see its summary.json and REPORT.md for them.",
    )
}

fn locust_notes() -> [Note; 2] {
    [
        Note::new(
            NoteKind::LocustSnapshot,
            "Locust does not rewrite its CSV files when a run ends, so the requests of up to the last second \
             are missing from them; compare the totals with Locust's own HTML report.",
        ),
        Note::new(
            NoteKind::LocustPercentiles,
            "Locust rounds times to whole milliseconds below 100 ms and to two digits above (up to 5 % off), \
             and its percentiles are one rank above the nearest rank; compare them with other tools' only \
             within that.",
        ),
    ]
}

fn worker_note(row: &WorkerRow) -> Option<Note> {
    if row.state != WorkerState::Lost && row.lost_spans.is_empty() {
        return None;
    }
    let spans = if row.lost_spans.is_empty() {
        "after its last delta".to_owned()
    } else {
        format!("in {}", row.lost_spans.join(", "))
    };
    let text = format!(
        "What worker {} did {spans} is not in the figures; look at that worker's log, and repeat the run if \
         the span matters.",
        row.name
    );
    Some(Note::new(NoteKind::WorkerLost, text))
}

fn sum_note(report: &RunReport) -> Option<Note> {
    let sum = report.endpoints.iter().fold(0u64, |sum, row| sum.saturating_add(row.count));
    (sum != report.total.count).then(|| {
        let text = format!(
            "The endpoints add up to {sum} requests, the row `Aggregated` says {}; the statistics were edited \
             or damaged, use another copy of them.",
            report.total.count
        );
        Note::new(NoteKind::SumMismatch, text)
    })
}

/// Statistics run ahead of the history by the seconds that are not closed yet, at most so many.
const AHEAD_S: f64 = 5.0;

/// Files that were written at different moments, as a full disk leaves them. Those of Locust are so always.
fn moment_note(report: &RunReport) -> Option<Note> {
    let last = report.history.last().filter(|_| !report.facts.source.is_locust())?;
    let (total, until) = (&report.total, last.second + 1);
    // At least: rates have three decimals.
    let lasted = total.count as f64 / (total.rps + 0.0005);
    (last.total_count > total.count || lasted > until as f64 + AHEAD_S).then(|| {
        let text = format!(
            "The files are of different moments: the statistics hold {}, the history {} of {}; rates and \
             percentiles are those of the statistics, the charts those of the history.",
            counted(total.count, "request"),
            last.total_count,
            span(until as f64)
        );
        Note::new(NoteKind::FilesDiffer, text)
    })
}

fn history_note(line: u64) -> Note {
    let text = format!(
        "The history ends in the middle of line {line}, as it does when the program is killed; that row was \
         left out, which touches the charts alone."
    );
    Note::new(NoteKind::HistoryCut, text)
}

fn missing_note(set: &CsvSet) -> Option<Note> {
    let mut files = vec![
        ("_stats_history.csv", set.history.is_some()),
        ("_failures.csv", set.failures.is_some()),
        ("_exceptions.csv", set.exceptions.is_some()),
    ];
    if set.is_own() {
        files.extend([
            ("_streams.csv", set.streams.is_some()),
            ("_streams_history.csv", set.streams_history.is_some()),
            ("_stages.csv", set.stages.is_some()),
            ("_workers.csv", set.workers.is_some()),
        ]);
    }
    let missing: Vec<_> = files.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect();
    (!missing.is_empty()).then(|| {
        let text = format!(
            "Not found beside the statistics: {}; what they hold is not in this report, so put them into the \
             same folder and make it again.",
            missing.join(", ")
        );
        Note::new(NoteKind::FilesMissing, text)
    })
}
