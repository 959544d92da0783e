//! What a distribution is of: counts, or times.

use std::time::Duration;

use super::values::KeptLists;
use crate::shape::parse_duration;

/// What can be drawn.
pub trait Quantity: Copy + Ord + 'static {
    /// How distributions of it are written, for messages.
    const FORMS: &'static str;
    /// How one is written, for messages.
    const ONE: &'static str;
    /// Whether it counts something, from 1 on.
    const IS_COUNT: bool;

    /// The lists of it that somebody has.
    fn lists() -> &'static KeptLists<Self>;
    /// Reads one.
    fn read(text: &str) -> Option<Self>;
    /// One as it is read.
    fn written(self) -> String;
    /// As a number: of a time, its seconds.
    fn to_f64(self) -> f64;
    /// The nearest one that there is.
    fn from_f64(value: f64) -> Self;
    /// One of those from `least` to `most`, both possible, by 64 random bits.
    fn between(least: Self, most: Self, draw: u64) -> Self;
}

impl Quantity for u32 {
    const FORMS: &'static str =
        "200, 50..400, lognormal:200,0.8 (median and sigma), geometric:4 (mean) or file:PATH";
    const ONE: &'static str = "a whole number such as 4";
    const IS_COUNT: bool = true;

    fn lists() -> &'static KeptLists<u32> {
        static LISTS: KeptLists<u32> = KeptLists::none();
        &LISTS
    }

    fn read(text: &str) -> Option<u32> {
        text.parse().ok()
    }

    fn written(self) -> String {
        self.to_string()
    }

    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn from_f64(value: f64) -> u32 {
        // A cast of what is too great, or no number, stays within the type.
        value.round().max(1.0) as u32
    }

    fn between(least: u32, most: u32, draw: u64) -> u32 {
        let span = u64::from(most.saturating_sub(least)) + 1;
        // Below `span`, which fits.
        least.saturating_add(below(span, draw) as u32)
    }
}

impl Quantity for Duration {
    const FORMS: &'static str = "2s, 500ms..1500ms, lognormal:5s,0.6 (median and sigma) or file:PATH";
    const ONE: &'static str = "a time such as 2s or 500ms";
    const IS_COUNT: bool = false;

    fn lists() -> &'static KeptLists<Duration> {
        static LISTS: KeptLists<Duration> = KeptLists::none();
        &LISTS
    }

    fn read(text: &str) -> Option<Duration> {
        parse_duration(text).ok()
    }

    fn written(self) -> String {
        humantime::format_duration(self).to_string().replace(' ', "")
    }

    fn to_f64(self) -> f64 {
        self.as_secs_f64()
    }

    fn from_f64(value: f64) -> Duration {
        Duration::try_from_secs_f64(value.max(0.0)).unwrap_or(Duration::MAX)
    }

    /// To the nanosecond.
    #[inline]
    fn between(least: Duration, most: Duration, draw: u64) -> Duration {
        let span = u64::try_from(most.saturating_sub(least).as_nanos()).unwrap_or(u64::MAX - 1);
        least.saturating_add(Duration::from_nanos(below(span.saturating_add(1), draw)))
    }
}

/// A number below `n`; the share of a number is off by less than `n` / 2^64.
#[inline]
fn below(n: u64, draw: u64) -> u64 {
    ((u128::from(draw) * u128::from(n)) >> 64) as u64
}
