//! A token bucket on the starts of streams.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Streams that may start in a second, written `2/s`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Starts per second in the long run, 0.001 to 1,000,000.
    pub per_second: f64,
}

impl RateLimit {
    /// Starts that an idle bucket admits at once: what one second brings, rounded
    /// down, at least one.
    pub fn burst(self) -> u32 {
        // Saturating; the range keeps it within a million.
        (self.per_second.floor() as u32).max(1)
    }

    pub(crate) fn in_range(self) -> bool {
        (0.001..=1_000_000.0).contains(&self.per_second)
    }
}

impl FromStr for RateLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix("/s").and_then(|number| number.trim().parse().ok());
        match number.map(|per_second| Self { per_second }) {
            Some(limit) if limit.in_range() => Ok(limit),
            _ => Err("write it as 2/s or 0.5/s, between 0.001/s and 1000000/s"),
        }
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.per_second)
    }
}

/// The bucket: full at first, filled at the limit's rate. In any span `t` at most
/// `burst + rate × t` are admitted.
///
/// Kept as the instant at which it is full again (the generic cell rate
/// algorithm), so nothing has to refill it.
#[derive(Debug)]
pub(crate) struct Bucket {
    full_at: Mutex<Instant>,
    /// Time in which one token comes.
    interval: Duration,
    /// Time in which all but one come.
    tolerance: Duration,
}

impl Bucket {
    pub(crate) fn new(limit: RateLimit, now: Instant) -> Self {
        let interval = Duration::from_secs_f64(1.0 / limit.per_second);
        Self { full_at: Mutex::new(now), interval, tolerance: interval * (limit.burst() - 1) }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The time until there is one.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let lacking = full_at.saturating_duration_since(now);
        if lacking > self.tolerance {
            return Err(lacking - self.tolerance);
        }
        *full_at = (*full_at).max(now) + self.interval;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn limit(text: &str) -> RateLimit {
        text.parse().unwrap()
    }

    #[test]
    fn a_rate_is_a_number_per_second() {
        assert_eq!(limit("2/s").per_second, 2.0);
        assert_eq!(limit("0.5/s").to_string(), "0.5/s");
        for bad in ["2", "/s", "x/s", "0/s", "-1/s", "NaN/s", "inf/s", "2/m", "1000001/s"] {
            assert!(bad.parse::<RateLimit>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_full_bucket_admits_a_second_at_once_then_one_per_interval() {
        let start = Instant::now();
        let bucket = Bucket::new(limit("4/s"), start);
        let at = |ms: u32| bucket.admit(start + MS * ms);
        assert_eq!([at(0), at(0), at(0), at(0)], [Ok(()); 4]);
        assert_eq!(at(0), Err(250 * MS));
        assert_eq!((at(249), at(250), at(250)), (Err(MS), Ok(()), Err(250 * MS)));
        // It fills to the brim, not beyond.
        assert_eq!([at(9_000), at(9_000), at(9_000), at(9_000)], [Ok(()); 4]);
        assert_eq!(at(9_000), Err(250 * MS));
    }

    #[test]
    fn a_minute_of_asking_each_millisecond_admits_burst_and_rate() {
        for (text, expected) in [("2/s", 2 + 120 - 1), ("0.5/s", 30), ("30/s", 30 + 1_800 - 1)] {
            let start = Instant::now();
            let bucket = Bucket::new(limit(text), start);
            let admitted = (0..60_000_u32).filter(|&ms| bucket.admit(start + MS * ms).is_ok()).count();
            // The last one falls due at the end of the minute, which is not asked.
            assert!((expected - 1..=expected).contains(&admitted), "{text}: {admitted}");
        }
    }
}
