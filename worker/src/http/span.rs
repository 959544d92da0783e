//! How long something took, as far as that is known.

use std::time::{Duration, Instant};

use common::stats::SURE_US;

use super::Arrival;
use super::arrival::CLOCK_ERROR;

/// What is known to within this counts as known.
const SURE: Duration = Duration::from_micros(SURE_US).saturating_sub(CLOCK_ERROR);

/// The time between two moments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// As it was seen.
    pub seen: Duration,
    /// It was not shorter.
    pub least: Duration,
    /// It was not longer.
    pub most: Duration,
}

impl Span {
    /// A time that is known.
    pub const fn exactly(time: Duration) -> Span {
        Span { seen: time, least: time, most: time }
    }

    /// From `start` to `end`.
    #[inline]
    pub fn between(start: Arrival, end: Arrival) -> Span {
        let seen = end.at.saturating_duration_since(start.at);
        if start.is_exact() && end.is_exact() {
            return Span::exactly(seen);
        }
        Span {
            seen,
            least: end.earliest.saturating_duration_since(start.at),
            most: end.at.saturating_duration_since(start.earliest),
        }
    }

    /// Whether what was seen is known to within [`SURE_US`], the error of the clocks included.
    #[inline]
    pub fn is_sure(&self) -> bool {
        self.most.saturating_sub(self.least) <= SURE
    }
}

/// When a request left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Right before it was handed to the system; with a new connection, before that was opened.
    pub at: Instant,
    /// By when it had been handed over.
    pub sent: Instant,
}

impl Start {
    /// A request that left at `at`.
    pub const fn exactly(at: Instant) -> Start {
        Start { at, sent: at }
    }

    /// The time from there to `end`. Opening a connection counts in it, but may have been late only by this program.
    #[inline]
    pub fn until(&self, end: Arrival) -> Span {
        let seen = end.at.saturating_duration_since(self.at);
        Span { seen, least: end.earliest.saturating_duration_since(self.sent).min(seen), most: seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_of_either_end_is_not_known_of_the_time() {
        let zero = Instant::now();
        let at = |earliest: u64, at: u64| {
            let moment = |micros| zero + Duration::from_micros(micros);
            Arrival { earliest: moment(earliest), ..Arrival::exactly(moment(at)) }
        };
        let micros = |span: Span| [span.least, span.seen, span.most].map(|time| time.as_micros());
        assert_eq!(micros(Span::between(at(100, 100), at(900, 900))), [800, 800, 800]);
        let unsure = Span::between(at(100, 130), at(850, 900));
        assert_eq!((micros(unsure), unsure.is_sure()), ([720, 770, 800], false));
        assert!(Span::between(at(100, 120), at(880, 900)).is_sure());
        assert_eq!(micros(Span::between(at(100, 900), at(100, 900))), [0, 0, 800], "both came in one read");
        let start = Start { at: at(0, 0).at, sent: at(40, 40).at };
        assert_eq!(micros(start.until(at(850, 900))), [810, 900, 900]);
        assert_eq!(micros(start.until(at(10, 20))), [0, 20, 20], "answered before it was sent to its end");
    }
}
