//! The machine's monotonic clock as a number that two processes can compare.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of `CLOCK_MONOTONIC`: the same zero for every process of the machine.
pub fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Translates [`Instant`]s of this process to [`monotonic_ns`]. Off by the time between two clock
/// reads, well under a microsecond.
#[derive(Debug, Clone, Copy)]
pub struct Bridge {
    instant: Instant,
    ns: u64,
}

impl Bridge {
    /// Reads both clocks.
    #[expect(clippy::new_without_default, reason = "reading two clocks is no default")]
    pub fn new() -> Bridge {
        Bridge { instant: Instant::now(), ns: monotonic_ns() }
    }

    /// The moment `at`, which is not before the bridge was made.
    pub fn ns(&self, at: Instant) -> u64 {
        self.ns + at.saturating_duration_since(self.instant).as_nanos() as u64
    }
}
