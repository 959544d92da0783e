//! How long something took, as far as that is known.

use std::time::{Duration, Instant};

use common::stats::SURE_US;

use super::arrival::CLOCK_ERROR;
use super::{Arrival, Nanos};

/// What is known to within this counts as known.
const SURE: Nanos = Nanos::of(Duration::from_micros(SURE_US).saturating_sub(CLOCK_ERROR));

/// The time between two moments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// As it was seen.
    pub seen: Duration,
    /// It may be so much shorter.
    pub below: Nanos,
    /// It may be so much longer.
    pub above: Nanos,
}

impl Span {
    /// A time that is known.
    pub const fn exactly(time: Duration) -> Span {
        Span { seen: time, below: Nanos::ZERO, above: Nanos::ZERO }
    }

    /// From `start` to `end`.
    #[inline]
    pub fn between(start: Arrival, end: Arrival) -> Span {
        let seen = end.at.saturating_duration_since(start.at);
        Span { seen, below: end.unsure, above: start.unsure }
    }

    /// The same, from so long before.
    pub fn after(self, delay: Duration) -> Span {
        Span { seen: self.seen + delay, ..self }
    }

    /// The least that it can be.
    pub fn least(&self) -> Duration {
        self.seen.saturating_sub(self.below.time())
    }

    /// The most that it can be.
    pub fn most(&self) -> Duration {
        self.seen + self.above.time()
    }

    /// Whether what was seen is known to within [`SURE_US`], the error of the clocks included.
    #[inline]
    pub fn is_sure(&self) -> bool {
        self.below + self.above <= SURE
    }
}

/// When a request left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Right before it was handed to the system; with a new connection, before that was opened.
    pub at: Instant,
    /// How long after that it had been handed over.
    pub took: Duration,
}

impl Start {
    /// A request that left at `at`.
    pub const fn exactly(at: Instant) -> Start {
        Start { at, took: Duration::ZERO }
    }

    /// The time from there to `end`. Opening a connection counts in it, but may have been late only by this program.
    #[inline]
    pub fn until(&self, end: Arrival) -> Span {
        Span {
            seen: end.at.saturating_duration_since(self.at),
            below: end.unsure + Nanos::of(self.took),
            above: Nanos::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_of_either_end_is_not_known_of_the_time() {
        let zero = Instant::now();
        let micros = Duration::from_micros;
        let at = |earliest: u64, at: u64| Arrival {
            unsure: Nanos::of(micros(at - earliest)),
            ..Arrival::exactly(zero + micros(at))
        };
        let bounds = |span: Span| [span.least(), span.seen, span.most()].map(|time| time.as_micros());
        assert_eq!(bounds(Span::between(at(100, 100), at(900, 900))), [800, 800, 800]);
        let unsure = Span::between(at(100, 130), at(850, 900));
        assert_eq!((bounds(unsure), unsure.is_sure()), ([720, 770, 800], false));
        assert!(Span::between(at(100, 120), at(880, 900)).is_sure());
        assert_eq!(bounds(Span::between(at(100, 900), at(100, 900))), [0, 0, 800], "both came in one read");
        let start = Start { at: zero, took: micros(40) };
        assert_eq!(bounds(start.until(at(850, 900))), [810, 900, 900]);
        assert_eq!(bounds(start.until(at(10, 20))), [0, 20, 20], "answered before it was sent to its end");
    }
}
