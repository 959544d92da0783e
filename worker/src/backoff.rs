//! How long to wait before trying again.

use std::time::Duration;

use rand::RngExt;

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Waits 100 ms after the first failure and twice as long after each further one in a row, at most 5 s. Each
/// wait is drawn from the upper half of its step, so that users of a dead target, or workers that lost their
/// controller, do not all come back at the same moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(crate) fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How long to wait before the next attempt; zero after a success.
    pub(crate) fn wait(&self) -> Duration {
        match self.failures.checked_sub(1) {
            Some(doublings) => {
                let step = SHORTEST.saturating_mul(1 << doublings.min(16)).min(LONGEST);
                step.mul_f64(rand::rng().random_range(0.5..=1.0))
            }
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_seconds_and_a_success_ends_them() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.wait(), Duration::ZERO);
        for step in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            backoff.failed();
            for _ in 0..100 {
                let wait = backoff.wait().as_millis();
                assert!((step / 2..=step).contains(&wait), "{wait} of {step}");
            }
        }
        backoff.succeeded();
        assert_eq!(backoff.wait(), Duration::ZERO);
    }
}
