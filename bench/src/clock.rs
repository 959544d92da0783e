//! The machine's monotonic clock as a number that two processes can compare.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of `CLOCK_MONOTONIC`: the same zero for every process of the machine.
pub fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// A [`Stamp`] counts microseconds modulo this, 16.8 seconds: a reader of streams accepts no larger number of
/// tokens.
const STAMP_RANGE: u64 = 1 << 24;

/// A moment of [`monotonic_ns`] as a number of tokens, so that an event can carry the time at which it was sent to
/// a reader that reads only the number of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u64);

impl Stamp {
    /// The stamp of a moment.
    pub fn of(ns: u64) -> Stamp {
        Stamp(ns / 1000 % STAMP_RANGE)
    }

    /// As tokens.
    pub fn tokens(self) -> u64 {
        self.0
    }

    /// Microseconds from a stamp of so many tokens to this one. Exact up to half the range; more counts as a
    /// stamp from the future and is 0.
    pub fn since(self, tokens: u64) -> u64 {
        let passed = self.0.wrapping_sub(tokens) % STAMP_RANGE;
        if passed < STAMP_RANGE / 2 { passed } else { 0 }
    }
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
    #[expect(clippy::new_without_default, reason = "reads two clocks")]
    pub fn new() -> Bridge {
        Bridge { instant: Instant::now(), ns: monotonic_ns() }
    }

    /// The moment `at`, which is not before the bridge was made.
    pub fn ns(&self, at: Instant) -> u64 {
        self.ns + at.saturating_duration_since(self.instant).as_nanos() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_passed_is_exact_also_across_the_wrap() {
        let hour = 3_600_000_000_000;
        for sent in [0, 16_777_215_000, hour, hour + 16_000_000_000] {
            for passed in [0, 1, 190, 8_000_000] {
                let received = Stamp::of(sent + passed * 1000);
                assert_eq!(received.since(Stamp::of(sent).tokens()), passed, "{sent} ns");
            }
        }
    }

    #[test]
    fn a_stamp_from_the_future_is_zero() {
        assert_eq!(Stamp::of(1_000_000).since(Stamp::of(1_003_000).tokens()), 0);
    }

    #[test]
    fn every_stamp_is_a_valid_number_of_tokens() {
        assert!(Stamp::of(u64::MAX).tokens() < STAMP_RANGE);
    }
}
