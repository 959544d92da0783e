//! Which rate comes next.
//!
//! ```text
//! rate
//!   8 |          ┌──┐                        twice the rate, until one grows
//!   5 |          │  └────────┐               just above what is served beneath the backlog: how much that is
//!   4 |       ┌──┘           │    ┌───────   just below it: does it hold?
//!   1 |   ┌───┘              │    │
//!   0 └───┘                  └────┘          nobody comes until the backlog is gone
//! ```

use super::capacity::Capacity;
use common::arrivals::MAX_RATE;

/// The rate that a search begins with, arrivals per second.
pub const FIRST_RATE: f64 = 1.0;
/// The lowest that it tries.
const LOWEST: f64 = 1.0 / 60.0;
/// So many times as many come next while hardly anybody is there, and where somebody is.
const LEAP: f64 = 4.0;
const STEP: f64 = 2.0;
/// People there at once, mean, who are hardly anybody: of one place, less than half of its time.
const HARDLY_ANYBODY: f64 = 0.5;
/// The answer is close when its ends differ by this share; where capacity is not measured beneath a backlog, by this.
const CLOSE: f64 = 0.05;
const CLOSE_BY_GROWTH: f64 = 0.12;
/// From a rate that stayed unclear to the next one.
const UNCLEAR: f64 = 0.96;
/// A rate is held below capacity by this share, and one is shown to be too much above it by this share.
const BELOW: f64 = 0.025;
const ABOVE: f64 = 0.025;
/// Capacity must be known to this share of it before a rate is held just below.
pub(super) const KNOWN: f64 = 0.03;
/// Most rungs above capacity, and below it.
const MOST_ABOVE: u32 = 4;
const MOST_BELOW: u32 = 5;
/// Most rungs between one that holds and one that misses a threshold.
const MOST_BETWEEN: u32 = 8;
/// Rungs in a row that show nothing, after which the load generator is the limit.
const MOST_INVALID: u32 = 2;

/// What a rung is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To find a rate that is too much.
    Climb,
    /// To see what is served beneath a backlog that the rung before left.
    Full,
    /// To see whether a rate is held.
    Hold,
}

/// What a rung came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    /// It is stable and keeps to the thresholds.
    Held,
    /// It seems to.
    SeemsHeld,
    /// Those who are there became more without end.
    Grew,
    /// It misses a threshold.
    Missed,
    /// As many were there as may be, though none was there for longer than with few.
    Capped,
    /// The load generator was the limit.
    Invalid,
    /// The backlog that it was to keep is gone.
    Emptied,
    /// As many may be served as come: it is not shown to be too much.
    NotAbove,
    /// It was held for as long as a rung may, and was too close to tell.
    Unclear,
    /// The service gave no sign of life, or an endpoint always failed.
    Dead,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Next {
    Rung { rate: f64, purpose: Purpose },
    End,
}

/// What is known so far. Rates are arrivals per second.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// The largest that held, or seemed to; 0: none.
    low: f64,
    /// Whether that was sure, on a rung that was there to show it.
    is_held: bool,
    /// The smallest that did not hold, and whether that is since it grew.
    high: Option<(f64, Outcome)>,
    capacity: Option<Capacity>,
    /// Whether a backlog is served faster the more of it has been begun, as where all share a processor: then what is
    /// served beneath one is no measure.
    is_shared: bool,
    above: u32,
    below: u32,
    between: u32,
    invalid: u32,
}

impl Plan {
    pub(super) fn capacity(&self) -> Option<Capacity> {
        self.capacity
    }

    /// Whether what the service can do is known well enough.
    pub(super) fn knows_capacity(&self) -> bool {
        self.capacity.is_some_and(|capacity| capacity.relative() <= KNOWN)
    }

    /// Takes what a rung came to, and what was served on it beneath a backlog.
    pub(super) fn learn(&mut self, rate: f64, purpose: Purpose, outcome: Outcome, served: Option<Capacity>) {
        if let Some(served) = served.filter(|_| !self.is_shared) {
            let differs = self.capacity.is_some_and(|capacity| capacity.high() < served.low());
            self.is_shared = outcome == Outcome::Emptied && differs;
            let both = self.capacity.map_or(served, |capacity| capacity.with(served));
            self.capacity = (!self.is_shared).then_some(both);
        }
        self.invalid = if outcome == Outcome::Invalid { self.invalid + 1 } else { 0 };
        match outcome {
            Outcome::Held | Outcome::SeemsHeld if self.high.is_none_or(|(high, _)| rate < high) => {
                if rate >= self.low {
                    self.is_held = outcome == Outcome::Held && purpose == Purpose::Hold;
                    self.low = rate;
                }
            }
            Outcome::Emptied if self.is_shared => self.low = self.low.max(rate),
            Outcome::Held
            | Outcome::SeemsHeld
            | Outcome::Invalid
            | Outcome::Emptied
            | Outcome::NotAbove
            | Outcome::Unclear => {}
            Outcome::Grew | Outcome::Missed | Outcome::Capped | Outcome::Dead => {
                if self.high.is_none_or(|(high, _)| rate < high) {
                    self.high = Some((rate, outcome));
                }
                if self.low >= rate {
                    (self.low, self.is_held) = (0.0, false);
                }
            }
        }
    }

    /// What comes after a rung that was learned, on which so many were there.
    pub(super) fn next(&mut self, rate: f64, purpose: Purpose, outcome: Outcome, present: f64) -> Next {
        if outcome == Outcome::Dead || self.invalid >= MOST_INVALID {
            return Next::End;
        }
        match self.high {
            _ if outcome == Outcome::Invalid => self.hold_low(),
            Some((high, _)) if outcome == Outcome::Unclear => self.beside(rate, high),
            None if outcome == Outcome::Unclear => Next::End,
            // The backlog is to be built up once more.
            Some(_) if outcome == Outcome::Emptied && !self.is_shared => {
                Next::Rung { rate: rounded(rate * STEP.sqrt()), purpose: Purpose::Climb }
            }
            None if purpose == Purpose::Hold || rate >= MAX_RATE => self.hold_low(),
            None => {
                let factor = if present < HARDLY_ANYBODY { LEAP } else { STEP };
                Next::Rung { rate: rounded(rate * factor).min(MAX_RATE), purpose: Purpose::Climb }
            }
            Some((_, Outcome::Capped)) => self.hold_low(),
            Some((high, Outcome::Grew)) => self.below_capacity(high),
            Some((high, _)) => self.between(high),
        }
    }

    /// The largest rate that seemed to hold, to be sure of it.
    fn hold_low(&mut self) -> Next {
        if self.is_held || self.low == 0.0 || self.below >= MOST_BELOW {
            return Next::End;
        }
        self.below += 1;
        Next::Rung { rate: self.low, purpose: Purpose::Hold }
    }

    /// Towards what the service can do: from above, while there is a backlog, then from below.
    fn below_capacity(&mut self, high: f64) -> Next {
        let Some(capacity) = self.capacity else { return self.between(high) };
        let above = rounded(capacity.per_s * (1.0 + ABOVE.max(capacity.relative().min(KNOWN) * 1.1)));
        let is_near = high <= above * (1.0 + ABOVE / 2.0);
        if !(self.knows_capacity() && is_near) && self.above < MOST_ABOVE && self.below == 0 {
            self.above += 1;
            return Next::Rung { rate: above, purpose: Purpose::Full };
        }
        let target = rounded_down(
            (capacity.per_s * (1.0 - BELOW)).min(capacity.low()).min(high * (1.0 - CLOSE / 2.0)),
        );
        if self.is_held && (self.low >= target * 0.995 || self.low * (1.0 + CLOSE) >= high) {
            return Next::End;
        }
        if self.below >= MOST_BELOW || target < LOWEST {
            return Next::End;
        }
        self.below += 1;
        Next::Rung { rate: target, purpose: Purpose::Hold }
    }

    /// Halfway between a rate that holds and one that misses a threshold.
    fn between(&mut self, high: f64) -> Next {
        if self.low > 0.0 && high <= self.low * (1.0 + self.close()) {
            return self.hold_low();
        }
        self.between += 1;
        let rate = rounded(if self.low > 0.0 { (self.low * high).sqrt() } else { high / STEP });
        if self.between > MOST_BETWEEN || rate < LOWEST {
            return Next::End;
        }
        Next::Rung { rate, purpose: Purpose::Hold }
    }

    fn close(&self) -> f64 {
        if self.is_shared { CLOSE_BY_GROWTH } else { CLOSE }
    }

    /// Somewhat less than a rate that stayed unclear, if that leaves room.
    fn beside(&mut self, rate: f64, high: f64) -> Next {
        self.between += 1;
        let is_narrow = self.is_held && high <= self.low * (1.0 + 2.0 * self.close());
        let less = rounded_down(rate * UNCLEAR);
        if is_narrow || self.between > MOST_BETWEEN || less <= self.low || less < LOWEST {
            return if is_narrow { Next::End } else { self.hold_low() };
        }
        Next::Rung { rate: less, purpose: Purpose::Hold }
    }

    /// What comes after a rung of this rate, in words.
    pub(super) fn then(&self, rate: f64, purpose: Purpose) -> String {
        match (purpose, self.high) {
            (Purpose::Climb, _) => format!("then {} if it is held, else less", shown(rate * STEP)),
            (Purpose::Full, _) => "then a rate just below what is served beneath the backlog".to_owned(),
            (Purpose::Hold, _) => "then the end if it is held, else less".to_owned(),
        }
    }

    /// Fewest and most rungs that may follow.
    pub(super) fn rungs_left(&self, rate: f64) -> (f64, f64) {
        match self.high {
            None => (2.0, (MAX_RATE / rate).log2().ceil().clamp(1.0, 20.0).min(8.0) + 4.0),
            Some((_, Outcome::Grew)) => (0.0, f64::from(2 + MOST_BELOW.saturating_sub(self.below))),
            Some(_) => (0.0, f64::from(MOST_BETWEEN.saturating_sub(self.between))),
        }
    }
}

/// A rate in as many digits as people read: three.
pub(super) fn rounded(rate: f64) -> f64 {
    let unit = 10f64.powf(rate.max(1e-9).log10().floor() - 2.0);
    tidy((rate / unit).round() * unit)
}

/// The same, never above it.
pub(super) fn rounded_down(rate: f64) -> f64 {
    let unit = 10f64.powf(rate.max(1e-9).log10().floor() - 2.0);
    tidy((rate / unit).floor() * unit)
}

/// Without what floating point left.
fn tidy(rate: f64) -> f64 {
    (rate * 1e6).round() / 1e6
}

/// A rate as people write it.
pub(crate) fn shown(rate: f64) -> String {
    format!("{}/s", rounded(rate))
}
