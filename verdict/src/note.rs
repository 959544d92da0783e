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
    ($($(#[$doc:meta])* $kind:ident $name:literal $severity:ident,)*) => {
        /// What a note is about. Reports hold its name.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum NoteKind {
            $($(#[$doc])* $kind,)*
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
    /// Expected workers did not attach: no load.
    NoWorkers "no_workers" Error,
    /// The run ended without a request.
    NoRequests "no_requests" Error,
    /// Somebody stopped the run.
    Interrupted "interrupted" Info,
    /// A threshold ended the run.
    ThresholdAbort "threshold_abort" Info,
    /// Somebody started a run that waited.
    Started "started" Info,
    /// Somebody changed the load.
    Steered "steered" Info,
    /// A worker did not come back.
    WorkerLost "worker_lost" Warning,
    /// A worker was silent and came back.
    WorkerAway "worker_away" Warning,
    /// A worker did not deliver its last results.
    WorkerUnfinished "worker_unfinished" Warning,
    /// Deltas did not count.
    DeltaRefused "delta_refused" Warning,
    /// Workers never took part.
    Registrations "registrations" Info,
    /// Something that is no worker spoke to the port.
    Strangers "strangers" Info,
    /// Fewer users ran than the shape asks for.
    BelowTarget "below_target" Warning,
    /// A load thread had too little processor time.
    Cpu "cpu" Warning,
    /// Timers of the load generator fired late.
    LateTimers "late_timers" Warning,
    /// Samples were longer than what is told apart.
    Clamped "clamped" Warning,
    /// Answers came all at once.
    Bursts "bursts" Info,
    /// Requests were cut at the end.
    Cut "cut" Info,
    /// Deltas came late or together.
    LateDeltas "late_deltas" Info,
    /// The report was made from CSV files.
    FromCsv "from_csv" Info,
    /// Locust's files lack the last second.
    LocustSnapshot "locust_snapshot" Warning,
    /// Locust's percentiles are rounded.
    LocustPercentiles "locust_percentiles" Info,
    /// The rows do not add up.
    SumMismatch "sum_mismatch" Error,
    /// The history ends in the middle of a line.
    HistoryCut "history_cut" Warning,
    /// Some CSV files were not there.
    FilesMissing "files_missing" Info,
}

impl NoteKind {
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
        for name in ["late_timers", "below_target", "cpu", "of_the_future"] {
            assert_eq!(NoteKind::from(name).name(), name);
        }
        assert_eq!(NoteKind::from("cpu"), NoteKind::Cpu);
        assert_eq!(NoteKind::join(&["cpu".into(), "x".into()]), "cpu, x");
    }
}
