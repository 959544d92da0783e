//! What a reader must know before relying on the numbers.

use serde::{Deserialize, Serialize};

/// How much a note weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Some numbers are weaker than they look.
    Warning,
    /// The numbers do not stand for what the service did.
    Error,
}

/// One sentence of honesty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Name for machines, such as `late_timers`, `below_target`, `clamped`, `worker_lost`, `cpu`.
    pub kind: String,
    /// How much it weighs.
    pub severity: Severity,
    /// A full sentence that ends with what to do next.
    pub text: String,
}

impl Note {
    /// A note.
    pub fn new(kind: &str, severity: Severity, text: impl Into<String>) -> Note {
        Note { kind: kind.to_owned(), severity, text: text.into() }
    }
}

impl Severity {
    /// The name used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}
