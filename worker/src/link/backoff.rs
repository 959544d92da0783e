//! How long to wait before the next attempt to connect.

use std::time::Duration;

use rand::RngExt;

/// Exponential from `least` to `most`, each wait drawn from the upper half of its step, so that
/// workers cut off together do not come back together.
#[derive(Debug, Clone)]
pub struct Backoff {
    least: Duration,
    most: Duration,
    attempt: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { least: Duration::from_millis(100), most: Duration::from_secs(5), attempt: 0 }
    }
}

impl Backoff {
    /// The next wait.
    pub fn wait(&mut self, rng: &mut impl RngExt) -> Duration {
        let step = self.least.saturating_mul(1 << self.attempt.min(16)).min(self.most);
        self.attempt += 1;
        step.mul_f64(rng.random_range(0.5..=1.0))
    }

    /// The attempt succeeded: begin anew.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn waits_double_up_to_the_most_and_vary_within_half() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
        let mut backoff = Backoff::default();
        for step in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            let wait = backoff.wait(&mut rng).as_millis();
            assert!((step / 2..=step).contains(&wait), "{wait} of {step}");
        }
        backoff.reset();
        assert!(backoff.wait(&mut rng) <= Duration::from_millis(100));
    }
}
