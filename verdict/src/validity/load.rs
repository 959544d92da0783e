//! Whether the generator was the limit in one second, and in all seconds of one worker.

use common::micros::LATE_TIMER_US;
use common::stats::{Histogram, Percentile};

use super::bounds::{
    BAD_SECONDS, FULL_CORE, LATE_LOOK_US, LATE_SHARE_OF_MEDIAN, LATE_TIMERS_SHARE, MIN_TIMERS, MISSING_SHARE,
    STARVED,
};
use crate::{GeneratorLoad, Second};

/// Whether a load thread had too little processor time: its core was full, or it waited for one.
pub(super) fn is_short_of_cpu(load: &GeneratorLoad) -> bool {
    load.cpu_permille > FULL_CORE || load.wait_permille > STARVED
}

/// Whether users were missing at the end of a second.
pub(super) fn is_below_target(second: &Second) -> bool {
    let missing = second.target.saturating_sub(second.users);
    missing > 1 && u64::from(missing) * u64::from(MISSING_SHARE) > u64::from(second.target)
}

/// Whether timers fired so late in a second that its looks at the streams came at the wrong moments.
pub fn spoils_looks(second: &Second) -> bool {
    second.load.late_us > LATE_LOOK_US
}

/// Lateness that is lost in these latencies, microseconds.
pub(super) fn late_floor_us(latency: &Histogram) -> u64 {
    let median = latency.percentile(Percentile::P50).unwrap_or(0);
    (median / LATE_SHARE_OF_MEDIAN).max(LATE_TIMER_US)
}

/// How busy one worker was in the run so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerLoad {
    /// Seconds in which a load thread had too little processor time.
    pub cpu_seconds: u64,
    /// Timers that fired.
    pub timers: u64,
    /// Of those, late.
    pub timers_late: u64,
    /// Lateness of timers, 99 %, in the worst second, microseconds.
    pub late_p99_us: u64,
    /// Greatest lateness of a timer, microseconds.
    pub late_max_us: u64,
}

impl WorkerLoad {
    /// Adds a second.
    pub fn add(&mut self, load: &GeneratorLoad) {
        self.cpu_seconds += u64::from(is_short_of_cpu(load));
        self.late_p99_us = self.late_p99_us.max(load.late_us);
    }

    /// Whether processor time was short too often.
    pub fn is_short_of_cpu(&self) -> bool {
        self.cpu_seconds >= BAD_SECONDS as u64
    }

    /// Whether its timers fired late so often, and by so much, that these latencies are weaker for it.
    pub fn is_late(&self, latency: &Histogram) -> bool {
        self.late_p99_us > late_floor_us(latency)
            && self.timers >= MIN_TIMERS
            && self.timers_late.saturating_mul(LATE_TIMERS_SHARE) > self.timers
    }
}
