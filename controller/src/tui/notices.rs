//! What is new since the last look, each thing once.

use std::collections::BTreeSet;

use common::text::escape::{MAX_SENTENCE, MAX_TEXT, plain};
use report::rows::{FailureRow, Note, RunReport, Severity};

/// Kinds of failure that are announced as they come; the report has them all.
const MAX_FAILURES: usize = 10;

/// Remembers what was announced: warnings and kinds of failure.
#[derive(Debug, Default)]
pub(super) struct Notices {
    warnings: BTreeSet<String>,
    failures: BTreeSet<(String, String, String)>,
}

impl Notices {
    /// A line for each warning and each kind of failure that was not announced yet.
    pub(super) fn of(&mut self, report: &RunReport) -> Vec<String> {
        let mut lines = Vec::new();
        for note in report.notes.iter().filter(|note| note.severity > Severity::Info) {
            if self.warnings.insert(gist(note)) {
                lines.push(format!("warning: {}", plain(&note.text, MAX_SENTENCE)));
            }
        }
        for row in &report.failures {
            if self.failures.len() < MAX_FAILURES && self.failures.insert(kind(row)) {
                lines.push(format!("failure: {}", plain(&failure(row), MAX_TEXT)));
                if self.failures.len() == MAX_FAILURES {
                    lines.push("failure: further kinds are in the report alone".to_owned());
                }
            }
        }
        lines
    }
}

/// A failure in one line of words, unquoted.
pub(super) fn failure(row: &FailureRow) -> String {
    match row.text.is_empty() {
        true => format!("{} on {} {}", row.class, row.method, row.name),
        false => format!("{} on {} {}: {}", row.class, row.method, row.name, row.text),
    }
}

fn kind(row: &FailureRow) -> (String, String, String) {
    (row.method.clone(), row.name.clone(), row.class.clone())
}

/// What a warning is about: its words without its figures, which change each second.
fn gist(note: &Note) -> String {
    let figure = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit() || c == '(');
    let words: Vec<&str> = note.text.split_whitespace().filter(|word| !figure(word)).collect();
    format!("{} {}", note.kind, words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use report::rows::NoteKind;

    fn cpu(worker: &str, seconds: u64) -> Note {
        let text = format!("Worker {worker} used more than 90 % of a core in {seconds} of its 60 seconds.");
        Note::new(NoteKind::Generator, text)
    }

    #[test]
    fn a_warning_is_announced_once_for_each_worker_whatever_its_figures() {
        let mut notices = Notices::default();
        let mut report = RunReport { notes: vec![cpu("w1", 1)], ..RunReport::default() };
        assert_eq!(notices.of(&report).len(), 1);
        report.notes = vec![cpu("w1", 2), Note::new(NoteKind::Cut, "nothing grave")];
        assert_eq!(notices.of(&report), [""; 0]);
        report.notes.insert(0, cpu("w2", 1));
        assert_eq!(
            notices.of(&report),
            ["warning: Worker w2 used more than 90 % of a core in 1 of its 60 seconds."]
        );
    }

    #[test]
    fn a_kind_of_failure_is_announced_once_and_ten_kinds_at_most() {
        let row = |number: u64, text: &str| FailureRow {
            method: "GET".to_owned(),
            name: format!("/{number}"),
            class: "http_5xx".to_owned(),
            text: text.to_owned(),
            ..FailureRow::default()
        };
        let mut notices = Notices::default();
        let mut report = RunReport { failures: vec![row(0, "\u{1b}[2Jdown")], ..RunReport::default() };
        assert_eq!(notices.of(&report), ["failure: http_5xx on GET /0: \u{FFFD}[2Jdown"]);
        report.failures = (0..30).map(|number| row(number, "another text")).collect();
        let lines = notices.of(&report);
        assert_eq!((lines.len(), lines[0].as_str()), (10, "failure: http_5xx on GET /1: another text"));
        assert_eq!(lines[9], "failure: further kinds are in the report alone");
        assert_eq!(notices.of(&report), [""; 0]);
    }
}
