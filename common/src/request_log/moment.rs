//! Times of the log.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment of the run's clock, or a time between two: exact nanoseconds, written as microseconds with a fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// So many nanoseconds after the run's start.
    #[must_use]
    pub const fn of_nanos(nanos: i64) -> Moment {
        Moment(nanos)
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Microseconds. Exact as a decimal of three places for the first hundred days.
    #[must_use]
    pub fn micros(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The nearest moment to so many microseconds.
    #[must_use]
    pub fn of_micros(micros: f64) -> Moment {
        // Apart, since the whole times a thousand would be rounded before it is rounded.
        let (whole, part) = (micros.trunc() as i64, (micros.fract() * 1000.0).round() as i64);
        Moment(whole.saturating_mul(1000).saturating_add(part))
    }

    /// The time from `earlier` to this one; nothing if it is later.
    #[must_use]
    pub fn since(self, earlier: Moment) -> Moment {
        Moment(self.0.saturating_sub(earlier.0).max(0))
    }

    /// The nearest whole microsecond of a time, as the report counts it.
    #[must_use]
    pub fn nearest_us(self) -> u64 {
        u64::try_from(self.0.saturating_add(500) / 1000).unwrap_or(0)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.micros())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        f64::deserialize(deserializer).map(Moment::of_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_nanosecond_is_lost_on_the_way_through_text(nanos in 0..100 * 86_400 * 1_000_000_000i64) {
            let text = Moment::of_nanos(nanos).micros().to_string();
            prop_assert_eq!(Moment::of_micros(text.parse().unwrap()), Moment::of_nanos(nanos));
            prop_assert!(text.split_once('.').is_none_or(|(_, fraction)| fraction.len() <= 3), "{}", text);
        }

        #[test]
        fn a_time_is_the_microsecond_that_the_report_counts(nanos in 0..10_000_000_000u64) {
            let time = Moment::of_nanos(nanos as i64);
            prop_assert_eq!(time.nearest_us(), crate::micros::nearest(std::time::Duration::from_nanos(nanos)));
        }
    }
}
