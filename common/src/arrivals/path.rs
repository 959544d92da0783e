//! The rate along the run, and how many arrivals it makes one expect.

use std::time::Duration;

use crate::class::ClassSet;
use crate::micros;

/// A part of the path in which the rate goes straight from one value to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Run clock, microseconds.
    pub start_us: u64,
    /// Run clock, microseconds; not in the leg.
    pub end_us: u64,
    /// Arrivals per second at its start.
    pub from: f64,
    /// Arrivals per second at its end.
    pub to: f64,
    /// The classes of those who arrive.
    pub classes: ClassSet,
}

/// The rate from the start to the end of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RatePath {
    legs: Vec<Leg>,
    /// How many are expected by the end of each leg.
    sums: Vec<f64>,
    /// How many are expected before its first leg.
    before: f64,
}

impl Leg {
    fn seconds(&self) -> f64 {
        Duration::from_micros(self.end_us - self.start_us).as_secs_f64()
    }

    /// How many are expected in it: the area below its rate.
    fn expected(&self) -> f64 {
        (self.from + self.to) / 2.0 * self.seconds()
    }

    /// When `sum` of those expected in it have come.
    fn at(&self, sum: f64) -> u64 {
        if sum <= 0.0 {
            return self.start_us;
        }
        let slope = (self.to - self.from) / self.seconds();
        // The root of slope/2·x² + from·x = sum in the form that loses no digits for a small slope.
        let root = (self.from * self.from + 2.0 * slope * sum).max(0.0).sqrt();
        let seconds = 2.0 * sum / (self.from + root);
        let inside = Duration::try_from_secs_f64(seconds).map_or(u64::MAX, micros::whole);
        self.start_us.saturating_add(inside).min(self.end_us - 1)
    }
}

impl RatePath {
    /// A path of legs that follow one another; `None` if they do not, or hold no rate.
    pub fn of(legs: Vec<Leg>) -> Option<RatePath> {
        legs.first().is_some_and(|leg| leg.start_us == 0).then(|| RatePath::piece(legs, 0.0)).flatten()
    }

    /// A piece of a path, before which so many are expected; `None` as for a whole one.
    pub fn piece(legs: Vec<Leg>, before: f64) -> Option<RatePath> {
        let follows = legs.windows(2).all(|pair| pair[0].end_us == pair[1].start_us);
        let is_rate = |rate: f64| (0.0..=super::MAX_RATE).contains(&rate);
        let is_sane = |leg: &Leg| leg.end_us > leg.start_us && is_rate(leg.from) && is_rate(leg.to);
        let mut sum = before;
        let sums = legs.iter().map(|leg| {
            sum += leg.expected();
            sum
        });
        let sums = sums.collect();
        let is_sane = !legs.is_empty() && before.is_finite() && before >= 0.0 && legs.iter().all(is_sane);
        (follows && is_sane).then_some(RatePath { legs, sums, before })
    }

    /// The piece that holds every moment from `from_us` to before `to_us`.
    pub fn around(&self, from_us: u64, to_us: u64) -> Option<RatePath> {
        let first = self.legs.iter().position(|leg| leg.end_us > from_us)?;
        let end = self.legs.iter().position(|leg| leg.start_us >= to_us).unwrap_or(self.legs.len());
        let before = first.checked_sub(1).map_or(self.before, |before| self.sums[before]);
        RatePath::piece(self.legs.get(first..end)?.to_vec(), before)
    }

    /// How many are expected before its first leg.
    pub fn before(&self) -> f64 {
        self.before
    }

    /// Its legs.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// How many are expected in all.
    pub fn expected(&self) -> f64 {
        self.sums.last().copied().unwrap_or(self.before)
    }

    /// When so many have come, and in which leg; `None` if that many are not expected.
    pub fn at(&self, sum: f64) -> Option<(u64, &Leg)> {
        let place = self.sums.partition_point(|end| *end <= sum);
        let leg = self.legs.get(place)?;
        let before = place.checked_sub(1).map_or(self.before, |before| self.sums[before]);
        Some((leg.at(sum - before), leg))
    }

    /// The rate at a moment of the run clock; 0 outside of the path.
    pub fn rate(&self, at: Duration) -> f64 {
        let at = micros::whole(at);
        let leg = self.legs.iter().find(|leg| (leg.start_us..leg.end_us).contains(&at));
        leg.map_or(0.0, |leg| {
            let share = (at - leg.start_us) as f64 / (leg.end_us - leg.start_us) as f64;
            leg.from + (leg.to - leg.from) * share
        })
    }
}
