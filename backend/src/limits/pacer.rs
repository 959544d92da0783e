//! Lets streams through one by one at a rate.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::RateLimit;

/// A gate that opens every `1 / R` seconds for one stream, in the order of asking. Unlike a bucket
/// it saves nothing up while it is idle, and refuses nobody. The turn of a stream whose reader has
/// left is spent.
#[derive(Debug)]
pub(crate) struct Pacer {
    next: Mutex<Instant>,
    interval: Duration,
}

impl Pacer {
    pub(crate) fn new(rate: RateLimit, now: Instant) -> Self {
        Self { next: Mutex::new(now), interval: Duration::from_secs_f64(1.0 / rate.per_second) }
    }

    /// When a stream is let through that asks at `now`.
    pub(crate) fn turn(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(now);
        *next = turn + self.interval;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_through_at_once_and_the_others_each_an_interval_later() {
        let (start, ms) = (Instant::now(), Duration::from_millis(1));
        let pacer = Pacer::new("4/s".parse().unwrap(), start);
        let turn = |at: u32| (pacer.turn(start + ms * at) - start).as_millis();
        assert_eq!([turn(0), turn(0), turn(100), turn(600)], [0, 250, 500, 750]);
        // Idle time is not saved up.
        assert_eq!([turn(9_000), turn(9_000)], [9_000, 9_250]);
    }
}
