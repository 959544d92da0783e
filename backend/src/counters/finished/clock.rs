//! The monotonic clock as the time of day.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Instants as µs since the Unix epoch, by the time of day at one of them: whatever the system's clock does later,
/// differences stay those of the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnchoredClock {
    at: Instant,
    unix_us: u64,
}

impl AnchoredClock {
    pub(super) fn anchored_now() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { at: Instant::now(), unix_us: u64::try_from(unix.as_micros()).unwrap_or(u64::MAX) }
    }

    pub(super) fn us(self, at: Instant) -> u64 {
        let us = |from: Instant, to: Instant| {
            u64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u64::MAX)
        };
        self.unix_us.saturating_add(us(self.at, at)).saturating_sub(us(at, self.at))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_the_time_of_day_and_differences_are_those_of_the_instants() {
        let clock = AnchoredClock::anchored_now();
        let now = Instant::now();
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
        assert!(clock.us(now).abs_diff(system) < 1_000_000);
        assert_eq!(clock.us(now + Duration::from_micros(1_234)) - clock.us(now), 1_234);
        assert!(clock.us(now - Duration::from_millis(1)) <= clock.us(now));
    }
}
