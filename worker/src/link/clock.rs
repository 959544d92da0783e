//! The run's clock as a worker knows it.

use std::collections::VecDeque;

/// Round trips remembered: the offset is refreshed at least this often, which limits what a slow
/// drift between two clocks can add.
const WINDOW: usize = 16;
/// Two monotonic clocks drift apart by at most one part in this many, more than any quartz does.
const DRIFT: i64 = 100;

/// AssignedRun clock minus worker clock, from the round trips of heartbeats.
///
/// ```text
/// worker      sent ─────────────────────────── received        worker clock
///                  ╲                         ╱
/// controller        ───────── run_us ────────                  run clock
///
///     run_us - received  ≤  run clock - worker clock  ≤  run_us - sent
/// ```
///
/// The controller's clock was read somewhere between sending and receiving. The middle is off by at
/// most half the round trip, so the shortest of the last round trips gives the best estimate. Beside
/// it, every round trip bounds the offset from both sides, whatever the network's delay and however
/// unlike its two ways are. Users start by the lower bound and stop by the upper one, so that none
/// runs before its time or after it. Should a clock jump, the bounds contradict each other, and the older round
/// trips are forgotten.
#[derive(Debug, Clone, Default)]
pub struct RunClock {
    samples: VecDeque<ClockSample>,
}

#[derive(Debug, Clone, Copy)]
struct ClockSample {
    received_us: i64,
    round_trip_us: u64,
    /// Least and greatest offset when it was received.
    bounds: (i64, i64),
}

impl RunClock {
    /// A heartbeat sent at `sent_us` was answered at `received_us` (worker clock); the controller's
    /// run clock then read `run_us`.
    pub fn observe(&mut self, sent_us: u64, received_us: u64, run_us: u64) {
        if self.samples.len() == WINDOW {
            self.samples.pop_front();
        }
        let round_trip_us = received_us.saturating_sub(sent_us);
        let (run, received) = (signed(run_us), signed(sent_us) + signed(round_trip_us));
        let bounds = (run - received, run - signed(sent_us));
        self.samples.push_back(ClockSample { received_us: received, round_trip_us, bounds });
        // One of the clocks has jumped: what was seen before is true no more.
        while self.samples.len() > 1 && self.bounds().is_some_and(|(least, greatest)| least > greatest) {
            self.samples.pop_front();
        }
    }

    /// (offset, shortest round trip) in microseconds; the offset is wrong by at most half the round trip. `None`
    /// before the run has started.
    pub fn estimate(&self) -> Option<(i64, u64)> {
        let best = self.samples.iter().min_by_key(|sample| sample.round_trip_us)?;
        Some((best.bounds.0 + signed(best.round_trip_us.div_ceil(2)), best.round_trip_us))
    }

    /// Least and greatest offset by all round trips together. Older ones bound it less tightly, as the clocks
    /// may have drifted since.
    fn bounds(&self) -> Option<(i64, i64)> {
        let now = self.samples.back()?.received_us;
        let drifted = |sample: &ClockSample| (now - sample.received_us) / DRIFT;
        let least = self.samples.iter().map(|sample| sample.bounds.0 - drifted(sample)).max()?;
        // The upper bound is as old as the heartbeat, not as the answer.
        let way = |sample: &ClockSample| signed(sample.round_trip_us) / DRIFT;
        let upper = |sample: &ClockSample| sample.bounds.1 + drifted(sample) + way(sample);
        let greatest = self.samples.iter().map(upper).min()?;
        Some((least, greatest))
    }

    /// The worker's clock at a moment of the run clock; `None` before the run has started.
    pub fn to_worker(&self, run_us: u64) -> Option<u64> {
        let (offset, _) = self.estimate()?;
        Some(run_us.saturating_add_signed(offset.saturating_neg()))
    }

    /// The worker's clock when a moment of the run clock has certainly come: late by the time that a message
    /// takes from the controller.
    pub fn surely_after(&self, run_us: u64) -> Option<u64> {
        Some(run_us.saturating_add_signed(self.bounds()?.0.saturating_neg()))
    }

    /// The worker's clock when a moment of the run clock has certainly not passed yet: early by the
    /// time that a message takes to the controller, and by a hundredth of that since the last one.
    pub fn surely_before(&self, run_us: u64) -> Option<u64> {
        Some(run_us.saturating_add_signed(self.bounds()?.1.saturating_neg()))
    }

    /// The run clock at a moment of the worker's clock; `None` before the run has started.
    pub fn to_run(&self, worker_us: u64) -> Option<u64> {
        let (offset, _) = self.estimate()?;
        Some(worker_us.saturating_add_signed(offset))
    }
}

/// A clock reading; a clock that has run for 290,000 years stands still.
fn signed(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX)
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

        /// Clocks of which one gains up to 1 % on the other.
        #[test]
        fn no_moment_is_taken_for_past_before_it_is_nor_for_coming_after_it_was(
            true_offset in 0..10_000_000_000u64,
            gains_ppm in -9_000..9_000i64,
            trips in prop::collection::vec((0..500_000u64, 0..500_000u64, 0..2_000_000u64), 1..40),
        ) {
            let run = |worker_us: u64| {
                let gained = worker_us as i64 * gains_ppm / 1_000_000;
                (worker_us + true_offset).saturating_add_signed(gained)
            };
            let (mut clock, mut now) = (RunClock::default(), 60_000_000);
            for (there, back, pause) in trips {
                clock.observe(now, now + there + back, run(now + there));
                now += there + back + pause;
            }
            let now = clock.samples.back().unwrap().received_us as u64;
            prop_assert!(clock.surely_after(run(now)).unwrap() + 4 >= now);
            prop_assert!(clock.surely_before(run(now)).unwrap() <= now + 4);
        }
    }

    /// Of two machines the controller's is suspended (its clock stands still, or falls back), or the worker's.
    #[test]
    fn after_a_jump_of_either_clock_the_estimate_follows_at_the_next_heartbeat() {
        for jump in [-40_000_000i64, 30_000_000, -500_000, 500_000] {
            let mut clock = RunClock::default();
            for beat in 0..16 {
                let sent = 1_000_000 * beat;
                clock.observe(sent, sent + 200, sent + 100 + 90_000_000);
            }
            assert_eq!(clock.to_run(16_000_000), Some(106_000_000));
            // The first round trip after it is longer than all before: it counts nevertheless.
            let run = |worker_us: u64| (worker_us + 90_000_000).saturating_add_signed(jump);
            clock.observe(16_000_000, 16_003_000, run(16_001_500));
            assert_eq!(clock.to_run(17_000_000), Some(run(17_000_000)), "a jump by {jump} µs");
            assert!(clock.surely_after(run(17_000_000)).unwrap() >= 17_000_000);
            assert!(clock.surely_before(run(17_000_000)).unwrap() <= 17_000_000);
        }
    }

    proptest! {
        /// Whatever the network's delays, a jump beyond what they hide is followed within one heartbeat.
        #[test]
        fn a_jump_greater_than_the_round_trips_is_never_averaged_away(
            before in prop::collection::vec((1..200_000u64, 1..200_000u64), 1..40),
            after in (1..200_000u64, 1..200_000u64),
            jump in prop_oneof![-60_000_000..-2_000_000i64, 2_000_000..60_000_000i64],
        ) {
            let (mut clock, mut now) = (RunClock::default(), 1_000u64);
            for (there, back) in before {
                clock.observe(now, now + there + back, now + there + 90_000_000);
                now += 1_000_000;
            }
            let (there, back) = after;
            let run = |worker_us: u64| (worker_us + 90_000_000).saturating_add_signed(jump);
            clock.observe(now, now + there + back, run(now + there));
            let error = clock.to_run(now).unwrap().abs_diff(run(now));
            prop_assert!(error <= (there + back) / 2 + 1, "off by {error} µs");
        }
    }

    #[test]
    fn a_quota_that_was_not_asked_for_bounds_the_offset_from_below() {
        let mut clock = RunClock::default();
        clock.observe(0, 800_010, 900_000); // 10 µs on the way, 0.8 s after the heartbeat it names
        assert_eq!(clock.surely_after(1_000_000), Some(900_010));
        assert_eq!(clock.surely_before(1_000_000), Some(92_000));
        clock.observe(800_020, 800_040, 900_030); // and one that was
        assert_eq!(clock.surely_after(1_000_000), Some(900_010));
        assert_eq!(clock.surely_before(1_000_000), Some(899_990));
    }
}
