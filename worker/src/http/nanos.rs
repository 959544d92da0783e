//! Short times in little room.

use std::ops::Add;
use std::time::Duration;

/// A time in whole nanoseconds, up to 584 years: half the room of a [`Duration`], since every event carries several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nanos(u64);

impl Nanos {
    /// No time at all.
    pub const ZERO: Nanos = Nanos(0);

    /// The same time; one that is too long is the longest.
    #[inline]
    #[must_use]
    pub const fn of(time: Duration) -> Nanos {
        let seconds = time.as_secs().saturating_mul(1_000_000_000);
        Nanos(seconds.saturating_add(time.subsec_nanos() as u64))
    }

    /// The same time.
    #[inline]
    #[must_use]
    pub const fn time(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// Whether it is no time at all.
    #[inline]
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add for Nanos {
    type Output = Nanos;

    /// Both together; the longest time if that is too long.
    #[inline]
    fn add(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_in_nanoseconds() {
        for time in [Duration::ZERO, Duration::from_nanos(1), Duration::new(3600, 999_999_999)] {
            assert_eq!((Nanos::of(time).time(), Nanos::of(time).is_zero()), (time, time.is_zero()));
        }
        let longest = Nanos::of(Duration::MAX);
        assert_eq!((longest, longest + Nanos::of(Duration::from_secs(1))), (Nanos(u64::MAX), longest));
    }
}
