//! A token bucket that limits how many streams may start.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::RateLimit;

/// The bucket: full at first, filled at the limit's rate. In any span `t` at most
/// `burst + rate × t` are admitted.
///
/// Its state is the instant at which it will be full again (the generic cell rate
/// algorithm), so nothing has to refill it.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    full_at: Mutex<Instant>,
    /// Time between two tokens.
    interval: Duration,
    /// Time in which an empty bucket gets all tokens but one.
    tolerance: Duration,
}

impl TokenBucket {
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
    fn a_full_bucket_admits_a_second_at_once_then_one_per_interval() {
        let start = Instant::now();
        let bucket = TokenBucket::new(limit("4/s"), start);
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
            let bucket = TokenBucket::new(limit(text), start);
            let admitted = (0..60_000_u32).filter(|&ms| bucket.admit(start + MS * ms).is_ok()).count();
            // The last one falls due at the end of the minute, which is not asked.
            assert!((expected - 1..=expected).contains(&admitted), "{text}: {admitted}");
        }
    }
}
