//! The arrivals of an open load.

use serde::{Deserialize, Serialize};

/// What became of those who were due to arrive. Each is counted once:
/// due = started + dropped + missed + lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalRow {
    /// Due so far, by the schedule.
    pub due: u64,
    /// Came.
    pub started: u64,
    /// Of those, more than 10 ms after they were due.
    pub late: u64,
    /// Did not come: as many users were there as there may be.
    pub dropped: u64,
    /// Did not come: their worker could not start anybody then, or none was there.
    pub missed: u64,
    /// Were handed to a worker that was lost, and nobody knows what became of them.
    pub lost: u64,
}

impl ArrivalRow {
    /// Load that the schedule wanted and that was not offered, as far as is known.
    pub fn not_offered(&self) -> u64 {
        self.dropped + self.missed + self.lost
    }
}
