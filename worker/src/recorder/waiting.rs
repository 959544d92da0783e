//! Streams that wait for their first visible text, by when they started.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use common::micros;
use common::stats::SparseHistogram;

/// Starts within one step count together: their ages are reported by the latest start that may be among them.
const STEP: Duration = Duration::from_millis(100);

/// How many streams of those that started in each step still wait. A start and an end each change one
/// number, and the ages of any number of streams cost what the steps cost that any of them started in.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Step of the first count.
    first: u64,
    /// By step, from the oldest in which one still waits.
    starts: VecDeque<u32>,
}

impl Waiting {
    /// A stream starts, so long after the epoch.
    pub(super) fn begin(&mut self, started: Duration) {
        let step = step(started);
        if self.starts.is_empty() {
            self.first = step;
        }
        while step < self.first {
            self.starts.push_front(0);
            self.first -= 1;
        }
        let place = (step - self.first) as usize;
        if place >= self.starts.len() {
            self.starts.resize(place + 1, 0);
        }
        self.starts[place] += 1;
    }

    /// The stream that started so long after the epoch waits no longer.
    pub(super) fn end(&mut self, started: Duration) {
        let place = step(started).checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(count) = place.and_then(|place| self.starts.get_mut(place)) {
            *count = count.saturating_sub(1);
        }
        while self.starts.front() == Some(&0) {
            self.starts.pop_front();
            self.first += 1;
        }
    }

    /// How long each has waited by `now`, at least.
    pub(super) fn ages(&self, epoch: Instant, now: Instant) -> SparseHistogram {
        let now = micros::whole(now.saturating_duration_since(epoch));
        let steps = self.starts.iter().enumerate().rev().filter(|(_, count)| **count > 0);
        let ages = steps.map(|(place, count)| {
            let latest = (self.first + place as u64 + 1).saturating_mul(micros::whole(STEP));
            (now.saturating_sub(latest), u64::from(*count))
        });
        SparseHistogram::of_ascending(ages)
    }
}

fn step(started: Duration) -> u64 {
    micros::whole(started) / micros::whole(STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn ages(waiting: &Waiting, at: u64) -> (u64, u64, Option<(u64, u64)>) {
        let epoch = Instant::now();
        let ages = waiting.ages(epoch, epoch + millis(at));
        (ages.count(), ages.sum(), ages.bounds())
    }

    #[test]
    fn an_age_is_never_more_than_the_wait_and_at_most_a_step_less() {
        let mut waiting = Waiting::default();
        for started in [0, 99, 100, 730] {
            waiting.begin(millis(started));
        }
        assert_eq!(ages(&waiting, 1000), (4, 2_800_000, Some((200_000, 900_000))));
        assert_eq!(ages(&waiting, 750), (4, 1_850_000, Some((0, 650_000))), "the newest has waited 20 ms");
        waiting.end(millis(99));
        waiting.end(millis(0));
        assert_eq!(ages(&waiting, 1000), (2, 1_000_000, Some((200_000, 800_000))));
        waiting.end(millis(100));
        waiting.end(millis(730));
        assert_eq!(ages(&waiting, 1000), (0, 0, None));
        assert!(waiting.starts.is_empty(), "what nobody waits in takes no room");
        waiting.begin(millis(3_600_000));
        assert_eq!(waiting.starts.len(), 1, "nor does the time in which nobody waited");
    }

    #[test]
    fn a_start_that_is_recorded_late_and_an_end_that_has_no_start_break_nothing() {
        let mut waiting = Waiting::default();
        waiting.begin(millis(950));
        waiting.begin(millis(120));
        assert_eq!(ages(&waiting, 1000).0, 2);
        waiting.end(millis(5000));
        waiting.end(millis(10));
        waiting.end(millis(120));
        assert_eq!(ages(&waiting, 2000), (1, 1_000_000, Some((1_000_000, 1_000_000))));
    }

    #[test]
    fn thousands_that_wait_cost_the_steps_they_started_in() {
        let mut waiting = Waiting::default();
        (0..20_000).for_each(|stream| waiting.begin(millis(stream / 20)));
        assert_eq!(waiting.starts.len(), 10);
        assert_eq!(ages(&waiting, 60_000).0, 20_000);
        assert_eq!(waiting.ages(Instant::now(), Instant::now() + millis(60_000)).filled().len(), 10);
    }
}
