//! One second of the run: the smallest piece of evidence that is kept to its end.

use crate::FailureKinds;

/// One second of the run, all workers together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Second {
    /// Users running at its end.
    pub users: u32,
    /// Users that the shape wanted at its end.
    pub target: u32,
    /// Users that were asked to stop and finish what is in flight, at its end.
    pub stopping: u32,
    /// Requests that ended.
    pub requests: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Streams asked for.
    pub begun: u64,
    /// Streams whose first visible text came.
    pub first_tokens: u64,
    /// Sum of those streams' times to first token, microseconds.
    pub ttft_us: u64,
    /// Events that added visible text.
    pub chunks: u64,
    /// Sum of the gaps before those that were not a stream's first, microseconds.
    pub gaps_us: u64,
    /// Streams that ended, however they did.
    pub streams: u64,
    /// Streams completed.
    pub completed: u64,
    /// Streams open at once: mean over the second's looks.
    pub open: f32,
    /// Streams sending text at once: mean over the second's looks.
    pub producing: f32,
    /// Streams sending text at once: greatest of the second's looks.
    pub producing_peak: u32,
    /// How many of the second's looks saw that many.
    pub looks_at_peak: u32,
    /// Failures by kind.
    pub failures: FailureKinds,
    /// How late the load generator was: the worst of its workers.
    pub load: GeneratorLoad,
    /// What became of arrivals, in an open load.
    pub arrivals: Option<Arrived>,
}

/// What became of arrivals in one second, all workers together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Those who came.
    pub started: u64,
    /// For whom no place was free.
    pub dropped: u64,
    /// Whom nobody could start.
    pub missed: u64,
    /// Who is due and has not started yet, at the second's end.
    pub waiting: u32,
    /// Who is there then; those who wait to start are among them.
    pub present: u32,
    /// Workers that said so: whom another one has is in none of these numbers.
    pub workers: u32,
}

/// How late the load generator was in one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GeneratorLoad {
    /// Time of users that the generator took, by reading answers late and ending pauses late: thousandths of it all.
    pub lost_permille: u32,
    /// Lateness of timers, 99 %, microseconds: so late were the looks at the streams.
    pub late_us: u64,
}

impl GeneratorLoad {
    /// Takes the worse of each.
    pub fn worst(&mut self, other: GeneratorLoad) {
        self.lost_permille = self.lost_permille.max(other.lost_permille);
        self.late_us = self.late_us.max(other.late_us);
    }
}
