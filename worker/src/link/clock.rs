//! The run's clock as a worker knows it.

use std::collections::VecDeque;

/// Round trips remembered: the offset is refreshed at least this often, which bounds what a slow
/// drift between two clocks can add.
const WINDOW: usize = 16;

/// Estimate of run clock minus worker clock, from the round trips of heartbeats.
///
/// The controller's clock was read somewhere between sending and receiving; the middle is off by at
/// most half the round trip, so the shortest of the last round trips gives the best estimate.
#[derive(Debug, Clone, Default)]
pub struct RunClock {
    samples: VecDeque<Sample>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    round_trip_us: u64,
    offset_us: i64,
}

impl RunClock {
    /// A heartbeat sent at `sent_us` was answered at `received_us` (worker clock); the controller's
    /// run clock then read `run_us`.
    pub fn observe(&mut self, sent_us: u64, received_us: u64, run_us: u64) {
        let round_trip_us = received_us.saturating_sub(sent_us);
        let middle = sent_us + round_trip_us / 2;
        let offset_us = i64::try_from(run_us).unwrap_or(i64::MAX) - i64::try_from(middle).unwrap_or(i64::MAX);
        if self.samples.len() == WINDOW {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample { round_trip_us, offset_us });
    }

    /// (offset, shortest round trip) in microseconds; none before the run has started.
    pub fn estimate(&self) -> Option<(i64, u64)> {
        let best = self.samples.iter().min_by_key(|sample| sample.round_trip_us)?;
        Some((best.offset_us, best.round_trip_us))
    }

    /// The worker's clock at a moment of the run clock; none before the run has started.
    pub fn to_worker(&self, run_us: u64) -> Option<u64> {
        let (offset, _) = self.estimate()?;
        Some(run_us.saturating_add_signed(offset.saturating_neg()))
    }

    /// The run clock at a moment of the worker's clock; none before the run has started.
    pub fn to_run(&self, worker_us: u64) -> Option<u64> {
        let (offset, _) = self.estimate()?;
        Some(worker_us.saturating_add_signed(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_offset_is_off_by_at_most_half_the_shortest_round_trip(
            true_offset in 0..10_000_000_000u64,
            trips in prop::collection::vec((1..500_000u64, 1..500_000u64), 1..40),
        ) {
            let mut clock = RunClock::default();
            let mut now = 1_000;
            for (there, back) in trips {
                clock.observe(now, now + there + back, now + there + true_offset);
                now += 1_000_000;
            }
            let (offset, round_trip) = clock.estimate().unwrap();
            prop_assert!((offset - true_offset as i64).unsigned_abs() <= round_trip / 2 + 1);
        }
    }
}
