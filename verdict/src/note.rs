//! What a reader must know before relying on the numbers.

use std::fmt;

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

/// One sentence of honesty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// How much it weighs.
    pub severity: Severity,
    /// A full sentence that ends with what to do next. Text from outside may be in it: never print it unquoted.
    pub text: String,
}

impl Note {
    /// A note that weighs what its kind weighs.
    pub fn new(kind: NoteKind, text: impl Into<String>) -> Note {
        Note { severity: kind.severity(), kind, text: text.into() }
    }
}

/// Writes [`NoteKind`] with the name and the weight of each kind.
macro_rules! note_kinds {
    ($($kind:ident $name:literal $severity:ident,)*) => {
        /// What a note is about. Reports hold its name.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[expect(missing_docs, reason = "the text of each note says what it is about")]
        pub enum NoteKind {
            $($kind,)*
            /// A kind that another release wrote. Text from outside: never print it unquoted.
            Other(String),
        }

        impl NoteKind {
            /// The name used in every report.
            pub fn name(&self) -> &str {
                match self {
                    $(NoteKind::$kind => $name,)*
                    NoteKind::Other(name) => name,
                }
            }

            /// How much a note of this kind weighs. Whatever weighs more than [`Severity::Info`] degrades the run.
            pub const fn severity(&self) -> Severity {
                match self {
                    $(NoteKind::$kind => Severity::$severity,)*
                    NoteKind::Other(_) => Severity::Info,
                }
            }
        }

        impl From<&str> for NoteKind {
            fn from(name: &str) -> NoteKind {
                match name {
                    $($name => NoteKind::$kind,)*
                    other => NoteKind::Other(other.to_owned()),
                }
            }
        }
    };
}

note_kinds! {
    NoWorkers "no_workers" Error,
    NoRequests "no_requests" Error,
    Interrupted "interrupted" Info,
    ThresholdAbort "threshold_abort" Info,
    Started "started" Info,
    Steered "steered" Info,
    WorkerLost "worker_lost" Warning,
    WorkerAway "worker_away" Warning,
    WorkerUnfinished "worker_unfinished" Warning,
    DeltaRefused "delta_refused" Warning,
    Registrations "registrations" Info,
    Strangers "strangers" Info,
    BelowTarget "below_target" Warning,
    Generator "generator" Warning,
    NotOffered "not_offered" Warning,
    LateArrivals "late_arrivals" Info,
    Clamped "clamped" Warning,
    Bursts "bursts" Info,
    Cut "cut" Info,
    Abandoned "abandoned" Info,
    EmptyAnswers "empty_answers" Warning,
    TextAfterEnd "text_after_end" Warning,
    LeftOpen "left_open" Info,
    TokenCounts "token_counts" Info,
    Shortened "shortened" Info,
    Cached "cached" Info,
    LogIncomplete "log_incomplete" Info,
    LateDeltas "late_deltas" Info,
    FromCsv "from_csv" Info,
    FromLog "from_log" Info,
    LogSampled "log_sampled" Warning,
    LogPartly "log_partly" Warning,
    LocustSnapshot "locust_snapshot" Warning,
    LocustPercentiles "locust_percentiles" Info,
    SumMismatch "sum_mismatch" Error,
    HistoryCut "history_cut" Warning,
    FilesMissing "files_missing" Info,
    FilesDiffer "files_differ" Warning,
    Unwritten "unwritten" Warning,
    Observer "observer" Info,
}

impl NoteKind {
    /// Whether it weakens what the figures say, and not only how they were kept.
    pub fn touches_figures(&self) -> bool {
        *self != NoteKind::Unwritten
    }

    /// The names in one line.
    pub fn join(kinds: &[NoteKind]) -> String {
        kinds.iter().map(NoteKind::name).collect::<Vec<_>>().join(", ")
    }
}

impl Default for NoteKind {
    fn default() -> NoteKind {
        NoteKind::Other(String::new())
    }
}

impl From<String> for NoteKind {
    fn from(name: String) -> NoteKind {
        NoteKind::from(name.as_str())
    }
}

impl From<NoteKind> for String {
    fn from(kind: NoteKind) -> String {
        kind.name().to_owned()
    }
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_another_release_keep_their_names() {
        for name in ["generator", "below_target", "of_the_future"] {
            assert_eq!(NoteKind::from(name).name(), name);
        }
        assert_eq!(NoteKind::from("generator"), NoteKind::Generator);
        assert_eq!(NoteKind::join(&["generator".into(), "x".into()]), "generator, x");
    }
}
