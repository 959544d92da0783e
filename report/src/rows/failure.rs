//! What went wrong, and how often.

use common::text::escape::{MAX_TEXT, plain};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The class of failures read from a file that names none.
pub const UNCLASSIFIED: &str = "unclassified";

/// Failures of one endpoint with the same class and words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FailureRow {
    /// HTTP method.
    pub method: String,
    /// Endpoint, ids folded.
    pub name: String,
    /// [`FailureClass::name`](common::failure::FailureClass::name), or [`UNCLASSIFIED`].
    pub class: String,
    /// What the server or the network said, with `#` for numbers and ids where they differed. Text from outside:
    /// never print it unquoted.
    pub text: String,
    /// One of the texts as it was, where they differed. From outside, too.
    pub example: Option<String>,
    /// Id of the trace of one such request, 32 hex digits; `None` where it carried none, and in a report made from CSV
    /// files.
    pub trace: Option<String>,
    /// How often.
    pub occurrences: u64,
    /// When it was first seen, UTC; `None` in files of older Locust releases.
    pub first_seen: Option<Timestamp>,
    /// When it was last seen, UTC.
    pub last_seen: Option<Timestamp>,
}

impl FailureRow {
    /// The same for people, who read the beginning of long texts.
    pub(crate) fn shortened(&self) -> FailureRow {
        let example = self.example.as_ref().map(|example| plain(example, MAX_TEXT));
        FailureRow { text: plain(&self.text, MAX_TEXT), example, ..self.clone() }
    }
}

/// What should not happen inside a worker, or what escaped a Locust user's code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExceptionRow {
    /// How often.
    pub count: u64,
    /// One line.
    pub message: String,
    /// Where it came from, several lines.
    pub traceback: String,
    /// The workers it happened on.
    pub workers: Vec<String>,
}

/// Failures of one class over all endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// [`FailureRow::class`].
    pub class: String,
    /// How often.
    pub occurrences: u64,
}

impl ClassCount {
    /// Failures by class, most frequent first.
    pub fn of(failures: &[FailureRow]) -> Vec<ClassCount> {
        let mut classes: Vec<ClassCount> = Vec::new();
        for row in failures {
            match classes.iter_mut().find(|entry| entry.class == row.class) {
                Some(entry) => entry.occurrences = entry.occurrences.saturating_add(row.occurrences),
                None => classes.push(ClassCount { class: row.class.clone(), occurrences: row.occurrences }),
            }
        }
        classes.sort_by(|a, b| b.occurrences.cmp(&a.occurrences).then_with(|| a.class.cmp(&b.class)));
        classes
    }
}
