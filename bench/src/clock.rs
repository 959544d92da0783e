//! The machine's monotonic clock as a number that two processes can compare.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of `CLOCK_MONOTONIC`: the same zero for every process of the machine.
pub fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// How many microseconds a [`Stamp`] tells apart, 16.8 seconds: a reader of streams takes no more tokens for
/// true.
const STAMP_RANGE: u64 = 1 << 24;

/// A moment of [`monotonic_ns`] as a number of tokens, by which an event can tell when it was sent to a reader that
/// knows nothing but tokens.
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

    /// Microseconds from a stamp of so many tokens to this one; right up to half the range, and beyond that
    /// the other way: 0.
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
    #[expect(clippy::new_without_default, reason = "reading two clocks is no default")]
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
    fn a_stamp_tells_what_has_passed_also_where_it_begins_anew() {
        let hour = 3_600_000_000_000;
        for sent in [0, 16_777_215_000, hour, hour + 16_000_000_000] {
            for passed in [0, 1, 190, 8_000_000] {
                let received = Stamp::of(sent + passed * 1000);
                assert_eq!(received.since(Stamp::of(sent).tokens()), passed, "{sent} ns");
            }
        }
    }

    #[test]
    fn a_stamp_from_ahead_is_no_long_way() {
        assert_eq!(Stamp::of(1_000_000).since(Stamp::of(1_003_000).tokens()), 0);
    }

    #[test]
    fn a_reader_takes_every_stamp_for_tokens() {
        assert!(Stamp::of(u64::MAX).tokens() < STAMP_RANGE);
    }
}
