//! A piece of the schedule, and whose arrivals in it are whose.

use super::RatePath;
use super::plan::read_leg;
use crate::protocol as wire;

/// Arrivals one after another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The window's number, from 1.
    pub number: u64,
    /// Number of its first arrival.
    pub first: u64,
    /// How many it holds.
    pub count: u32,
    /// How many are expected up to the arrival before its first: where its sums begin.
    pub before: f64,
}

/// Every so manieth arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// At least 1.
    pub modulus: u32,
    /// Below the modulus.
    pub remainder: u32,
}

impl Share {
    /// Whether an arrival belongs to it.
    pub fn holds(self, number: u64) -> bool {
        number % u64::from(self.modulus) == u64::from(self.remainder)
    }

    /// How many arrivals of a window belong to it.
    pub fn count(self, window: &Window) -> u64 {
        let (modulus, remainder) = (u64::from(self.modulus), u64::from(self.remainder));
        let below = |number: u64| (number + modulus - 1 - remainder) / modulus;
        below(window.first + u64::from(window.count)) - below(window.first)
    }
}

impl From<(&Window, &Share)> for wire::ArrivalWindow {
    fn from((window, share): (&Window, &Share)) -> Self {
        let Window { number, first, count, before } = *window;
        let Share { modulus, remainder } = *share;
        let (legs, legs_before, sessions) = (Vec::new(), 0.0, Vec::new());
        wire::ArrivalWindow { number, first, count, before, modulus, remainder, legs, legs_before, sessions }
    }
}

/// `None` if it makes no sense.
pub fn read(sent: &wire::ArrivalWindow) -> Option<(Window, Share)> {
    let wire::ArrivalWindow { number, first, count, before, modulus, remainder, .. } = *sent;
    let makes_sense = remainder < modulus && before.is_finite() && before >= 0.0;
    makes_sense.then_some((Window { number, first, count, before }, Share { modulus, remainder }))
}

/// The path that a window brings along, where the plan's does not hold: of a search; `Some(None)` where it brings none,
/// `None` where that makes no sense.
pub fn read_path(sent: &wire::ArrivalWindow) -> Option<Option<RatePath>> {
    if sent.legs.is_empty() {
        return Some(None);
    }
    let legs = sent.legs.iter().map(read_leg).collect::<Option<Vec<_>>>()?;
    RatePath::piece(legs, sent.legs_before).map(Some)
}
