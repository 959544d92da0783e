//! The run in a word.

use serde::Serialize;

use crate::rows::{RunEnd, RunReport, Severity, Verdict};
use common::text::number::counted;

/// The run in a word, and how to take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Class of the style sheet: `good`, `bad`, `unsure` or `plain`.
    pub tone: &'static str,
    /// The same as one sign.
    pub sign: &'static str,
    /// The word, or two.
    pub word: &'static str,
    /// What was asked and what became of it; what to read first.
    pub details: Vec<String>,
}

impl Status {
    /// A threshold that was missed outweighs everything; a run that says nothing is never called passed.
    pub fn of(report: &RunReport) -> Status {
        let judged = |verdict| report.thresholds.iter().filter(|row| row.verdict == verdict).count();
        let (failed, open) = (judged(Verdict::Fail), judged(Verdict::Undetermined));
        let (tone, sign, word) = if failed > 0 {
            ("bad", "✗", "Threshold missed")
        } else if report.total.count == 0 {
            ("unsure", "?", "Nothing measured")
        } else if open > 0 {
            ("unsure", "?", "Undetermined")
        } else if !report.is_sound() {
            ("unsure", "!", "Not sound")
        } else if !report.thresholds.is_empty() {
            ("good", "✓", "Passed")
        } else {
            ("plain", "●", ended(report.facts.end))
        };
        Status { tone, sign, word, details: details(report, failed, open) }
    }
}

fn ended(end: RunEnd) -> &'static str {
    match end {
        RunEnd::Running => "Under way",
        RunEnd::Completed => "Completed",
        RunEnd::Interrupted => "Interrupted",
        RunEnd::Aborted => "Aborted",
        RunEnd::Unknown => "Measured",
    }
}

fn details(report: &RunReport, failed: usize, open: usize) -> Vec<String> {
    let mut details = Vec::new();
    let all = report.thresholds.len();
    if all > 0 {
        let counts = [(all - failed - open, "kept"), (failed, "missed"), (open, "undetermined")];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        details.push(format!("{}: {}", counted(all as u64, "threshold"), counts.join(", ")));
    }
    for (severity, noun) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        let notes = report.notes.iter().filter(|note| note.severity == severity).count();
        if notes > 0 {
            details.push(format!("{} in the notes", counted(notes as u64, noun)));
        }
    }
    details
}
