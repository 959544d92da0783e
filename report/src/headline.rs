//! The run in two sentences.

use super::rows::{KeyFigures, NoteKind, RunEnd, RunReport};
use common::text::number::{count, counted, milliseconds, percent, rounded, span};

/// What was done and how it ended; then what the figures say, or why they say nothing.
pub fn headline(report: &RunReport) -> [String; 2] {
    let key = KeyFigures::of(report);
    [deed(report, &key), meaning(report, &key)]
}

/// How the run ended, in a word or some.
pub(super) fn ending(report: &RunReport) -> &'static str {
    match is_ended_by_threshold(report) {
        true => "ended by a missed threshold",
        false => report.facts.end.name(),
    }
}

/// Whether nobody stopped the run, but `--abort-on-fail`.
fn is_ended_by_threshold(report: &RunReport) -> bool {
    report.facts.end == RunEnd::Interrupted
        && report.notes.iter().any(|note| note.kind == NoteKind::ThresholdAbort)
}

fn deed(report: &RunReport, key: &KeyFigures) -> String {
    let facts = &report.facts;
    let opening = match facts.end {
        RunEnd::Running => "The run is under way",
        RunEnd::Completed => "The run completed",
        RunEnd::Interrupted if is_ended_by_threshold(report) => "A missed threshold ended the run",
        RunEnd::Interrupted => "The run was interrupted",
        RunEnd::Aborted => "The run was aborted",
        RunEnd::Unknown => "The files do not say how the run ended",
    };
    let within = facts.duration_s.map_or_else(String::new, |seconds| format!(" in {}", span(seconds)));
    let users = facts
        .users_peak
        .map_or_else(String::new, |users| format!(" with at most {}", counted(users, "user")));
    format!(
        "{opening}: {}{within}{users}, {} failed ({}).",
        counted(key.requests, "request"),
        count(key.failures),
        percent(key.failure_share)
    )
}

fn meaning(report: &RunReport, key: &KeyFigures) -> String {
    if key.requests == 0 {
        return "Nothing was measured, so nothing can be said about the service.".to_owned();
    }
    if !report.is_sound() {
        return format!(
            "The figures do not stand for the service alone ({}): read the notes before you rely on them.",
            report.faults().join(", ")
        );
    }
    let mut said = Vec::new();
    let calls = key.calls.map(|figures| figures.percentiles);
    let shares = [
        ("half", calls.and_then(|p| p.p50())),
        ("95 %", calls.and_then(|p| p.p95())),
        ("99 %", calls.and_then(|p| p.p99())),
    ];
    // Locust can be set to leave any of them out.
    let mut known = shares.into_iter().filter_map(|(share, ms)| Some((share, milliseconds(ms?))));
    if let Some((share, time)) = known.next() {
        let others: String = known.map(|(share, time)| format!(", {share} {time}")).collect();
        let what = if key.streams.is_some() { "calls beside the streams" } else { "requests" };
        said.push(format!("{share} of the {what} took {time} or less{others}"));
    }
    if let Some(ttft) = key.streams.as_ref().and_then(|streams| streams.ttft_p95_ms) {
        said.push(format!("95 % of the streams showed text within {}", milliseconds(ttft)));
    }
    if let Some(peak) = key.peak_rps.filter(|_| !report.facts.source.is_locust()) {
        let peak = rounded(peak);
        let noun = if peak == "1" { "request" } else { "requests" };
        said.push(format!("the busiest second reached {peak} {noun}/s"));
    }
    if said.is_empty() {
        return "No request came to an end, so nothing can be said about latency.".to_owned();
    }
    let mut sentence = said.join("; ");
    sentence[..1].make_ascii_uppercase();
    sentence + "."
}
