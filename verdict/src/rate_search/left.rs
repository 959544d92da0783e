//! How long a search takes, as far as that is known.

use std::time::Duration;

use super::plan::Purpose;
use super::{Now, RateSearch, RateSettings};
use crate::search::Span;

/// Shortest and longest time that a rung takes, seconds: of a fast service, and of one whose answers are long.
const RUNG: (f64, f64) = (12.0, 180.0);
/// The same of one that is held, or is there to measure what is served beneath a backlog.
const LONG_RUNG: (f64, f64) = (25.0, 600.0);
/// Fewest and most rungs of a climb, and of those that are longer.
const CLIMB: (f64, f64) = (2.0, 14.0);
const LONG: (f64, f64) = (2.0, 4.0);

impl RateSettings {
    /// How long a search takes of which nothing is known but what was asked for.
    pub fn length(&self) -> Span {
        let seconds =
            (CLIMB.0 * RUNG.0 + LONG.0 * LONG_RUNG.0, CLIMB.1 * RUNG.0 * 2.0 + LONG.1 * LONG_RUNG.1);
        self.within(seconds, Duration::ZERO)
    }

    fn within(&self, (least, most): (f64, f64), clock: Duration) -> Span {
        let left = self.longest.map(|longest| longest.saturating_sub(clock));
        let span = |seconds: f64| {
            let span = Duration::from_secs(seconds.max(0.0) as u64);
            left.map_or(span, |left| span.min(left))
        };
        Span { least: span(least), most: span(most) }
    }
}

impl RateSearch {
    /// What comes next, in words.
    pub fn then(&self) -> String {
        match self.now {
            Now::Rung { rate, purpose } => self.plan.then(rate, purpose),
            Now::Drain { then: (rate, _), .. } => {
                format!("then {} once the backlog is gone", super::plan::shown(rate))
            }
            Now::Over => "then the end".to_owned(),
        }
    }

    /// How long it will still take at `clock` (run clock).
    pub fn left(&self, clock: Duration) -> Span {
        let (rate, purpose) = match self.now {
            Now::Over => return Span::default(),
            Now::Rung { rate, purpose } => (rate, purpose),
            Now::Drain { then, .. } => then,
        };
        let passed = clock.saturating_sub(self.began).as_secs_f64();
        let own = if purpose == Purpose::Climb { RUNG } else { LONG_RUNG };
        // A held rung has as many arrivals as it takes, at this rate.
        let slow = (500.0 / rate.max(1e-3)).min(LONG_RUNG.1);
        let long = (LONG_RUNG.0.max(slow), LONG_RUNG.1.min(LONG_RUNG.0 + 4.0 * slow));
        let (fewest, most) = self.plan.rungs_left(rate);
        let least = (own.0 - passed).max(0.0) + fewest * RUNG.0;
        let most =
            (own.1.min(long.1) - passed).max(0.0) + most.min(4.0) * long.1 + (most - 4.0).max(0.0) * RUNG.0;
        self.settings.within((least, most), clock)
    }
}
