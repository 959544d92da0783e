//! The workers of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What became of a worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// It takes part.
    #[default]
    Running,
    /// Its lease has run out; it may come back.
    Missing,
    /// It drained at the end of the run and every delta of it is merged.
    Finished,
    /// It left before the end and handed its users over; every delta of it is merged.
    Left,
    /// It did not come back: what it did after its last delta is not in the report.
    Lost,
    /// Nothing says it, as in a report of a merged log.
    Unknown,
}

/// One worker over the whole run.
///
/// A field is `None` where nothing says it: a report made from request logs knows a worker by its requests alone, and of
/// one that was lost before its first delta nobody knows how late it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkerRow {
    /// Name, unique in the run.
    pub name: String,
    /// Its machine; empty if nothing says it.
    pub host: String,
    /// Its release, likewise.
    pub version: String,
    /// Its load threads.
    pub cores: Option<u64>,
    /// What became of it.
    pub state: WorkerState,
    /// Most users it ran at once.
    pub users_peak: Option<u64>,
    /// Requests of it that are in the report.
    pub requests: u64,
    /// Of those, the failed ones.
    pub failures: u64,
    /// Connections that its users opened again, since the service had closed a kept one.
    pub reopened: Option<u64>,
    /// Greatest load of its busiest load thread in one interval, as a fraction of a core (0 to 1).
    pub cpu_peak: Option<f64>,
    /// Greatest resident memory in bytes.
    pub memory_peak: Option<u64>,
    /// Share of its timers that were late (0 to 1).
    pub timers_late: Option<f64>,
    /// How long what came lay unread, 99 %, in milliseconds.
    pub lateness_p99_ms: Option<f64>,
    /// The longest of that, in milliseconds.
    pub lateness_max_ms: Option<f64>,
    /// Share of what came that has no stamp of the kernel's own: it came in one read with more (0 to 1).
    #[serde(default)]
    pub shared_stamps: Option<f64>,
    /// Share of its users' time that it took in its worst second, by reading late and ending pauses late.
    #[serde(default)]
    pub time_lost: Option<f64>,
    /// Run clock minus its clock, in milliseconds; `None` if it was never measured.
    pub clock_offset_ms: Option<f64>,
    /// How far off that may be, in milliseconds: half the shortest round trip.
    pub clock_uncertainty_ms: Option<f64>,
    /// Deltas merged.
    pub deltas: Option<u64>,
    /// Deltas that came again and changed nothing.
    pub duplicates: Option<u64>,
    /// Deltas refused as impossible.
    pub refused: Option<u64>,
    /// The spans of the run its deltas do not cover, as `12.0–15.3 s`.
    pub lost_spans: Vec<String>,
    /// End of its last merged delta, in seconds since the run's start; `None` if it sent none.
    pub last_delta_s: Option<f64>,
}

impl WorkerState {
    const ALL: [WorkerState; 6] = {
        use WorkerState::*;
        [Running, Missing, Finished, Left, Lost, Unknown]
    };

    /// The name used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            WorkerState::Running => "running",
            WorkerState::Missing => "missing",
            WorkerState::Finished => "finished",
            WorkerState::Left => "left",
            WorkerState::Lost => "lost",
            WorkerState::Unknown => "unknown",
        }
    }
}

impl fmt::Display for WorkerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for WorkerState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}
