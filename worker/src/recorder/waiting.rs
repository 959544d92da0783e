//! What waits, by when it started: streams for their first visible text, other requests for their end.

use std::time::{Duration, Instant};

use common::micros;
use common::stats::SparseHistogram;

/// Starts within so long count together: their ages are reported by the latest start that may be among them.
const STEP: Duration = Duration::from_millis(100);

/// Number of a step since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step(u32);

/// Which step it is.
#[derive(Debug)]
pub(super) struct StepClock {
    epoch: Instant,
    step: Step,
    /// When that is over.
    end: Instant,
}

/// How many of those that started in each step still wait. A start and an end each change one number, and the ages of
/// any number cost what the steps cost that any of them started in.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Step of the first count.
    first: u32,
    /// By step; those before the oldest in which one still waits go when the ages are told.
    starts: Vec<u32>,
}

impl StepClock {
    pub(super) fn new(epoch: Instant) -> StepClock {
        StepClock { epoch, step: Step(0), end: epoch + STEP }
    }

    /// The step of what starts `now`; of what started a little before the last one asked for, that one's.
    #[inline]
    pub(super) fn at(&mut self, now: Instant) -> Step {
        if now >= self.end {
            self.advance(now);
        }
        self.step
    }

    fn advance(&mut self, now: Instant) {
        let step = micros::whole(now.saturating_duration_since(self.epoch)) / micros::whole(STEP);
        // In 13 years.
        self.step = Step(u32::try_from(step).unwrap_or(u32::MAX));
        self.end = self.epoch + STEP * self.step.0.saturating_add(1);
    }
}

impl Waiting {
    /// One starts in this step.
    #[inline]
    pub(super) fn begin(&mut self, Step(step): Step) {
        match self.starts.get_mut(step.wrapping_sub(self.first) as usize) {
            Some(count) => *count += 1,
            None => self.begin_elsewhere(step),
        }
    }

    #[cold]
    fn begin_elsewhere(&mut self, step: u32) {
        if self.starts.is_empty() {
            self.first = step;
        }
        if let Some(earlier) = self.first.checked_sub(step) {
            self.starts.splice(..0, std::iter::repeat_n(0, earlier as usize));
            self.first = step;
        }
        let place = (step - self.first) as usize;
        if place >= self.starts.len() {
            self.starts.resize(place + 1, 0);
        }
        self.starts[place] += 1;
    }

    /// One that started in that step waits no longer.
    #[inline]
    pub(super) fn end(&mut self, Step(step): Step) {
        if let Some(count) = self.starts.get_mut(step.wrapping_sub(self.first) as usize) {
            *count = count.saturating_sub(1);
        }
    }

    /// The same of those that have waited for a step or longer: of the others it says nothing that they wait.
    pub(super) fn ages_beyond_a_step(&mut self, epoch: Instant, now: Instant) -> SparseHistogram {
        let is_long_ago = |age: u64| age > 0;
        self.ages_where(epoch, now, is_long_ago)
    }

    /// How long each has waited by `now`, at least.
    pub(super) fn ages(&mut self, epoch: Instant, now: Instant) -> SparseHistogram {
        self.ages_where(epoch, now, |_| true)
    }

    fn ages_where(&mut self, epoch: Instant, now: Instant, counts: impl Fn(u64) -> bool) -> SparseHistogram {
        let over = self.starts.iter().take_while(|count| **count == 0).count();
        self.starts.drain(..over);
        self.first = self.first.saturating_add(over as u32);
        let now = micros::whole(now.saturating_duration_since(epoch));
        let steps = self.starts.iter().enumerate().rev().filter(|(_, count)| **count > 0);
        let ages = steps.map(|(place, count)| {
            let latest = (u64::from(self.first) + place as u64 + 1).saturating_mul(micros::whole(STEP));
            (now.saturating_sub(latest), u64::from(*count))
        });
        SparseHistogram::of_ascending(ages.filter(|(age, _)| counts(*age)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(millis: u64) -> Step {
        let epoch = Instant::now();
        StepClock::new(epoch).at(epoch + Duration::from_millis(millis))
    }

    fn ages(waiting: &mut Waiting, at: u64) -> (u64, u64, Option<(u64, u64)>) {
        let epoch = Instant::now();
        let ages = waiting.ages(epoch, epoch + Duration::from_millis(at));
        (ages.count(), ages.sum(), ages.bounds())
    }

    #[test]
    fn an_age_is_never_more_than_the_wait_and_at_most_a_step_less() {
        let mut waiting = Waiting::default();
        for started in [0, 99, 100, 730] {
            waiting.begin(step(started));
        }
        assert_eq!(ages(&mut waiting, 1000), (4, 2_800_000, Some((200_000, 900_000))));
        assert_eq!(
            ages(&mut waiting, 750),
            (4, 1_850_000, Some((0, 650_000))),
            "the newest has waited 20 ms"
        );
        waiting.end(step(99));
        waiting.end(step(0));
        assert_eq!(ages(&mut waiting, 1000), (2, 1_000_000, Some((200_000, 800_000))));
        waiting.end(step(100));
        waiting.end(step(730));
        assert_eq!(ages(&mut waiting, 1000), (0, 0, None));
        assert!(waiting.starts.is_empty(), "what nobody waits in takes no room");
        waiting.begin(step(3_600_000));
        assert_eq!(waiting.starts.len(), 1, "nor does the time in which nobody waited");
    }

    #[test]
    fn a_start_that_is_recorded_late_and_an_end_that_has_no_start_break_nothing() {
        let mut waiting = Waiting::default();
        waiting.begin(step(950));
        waiting.begin(step(120));
        assert_eq!(ages(&mut waiting, 1000).0, 2);
        waiting.end(step(5000));
        waiting.end(step(10));
        waiting.end(step(120));
        assert_eq!(ages(&mut waiting, 2000), (1, 1_000_000, Some((1_000_000, 1_000_000))));
        waiting.end(step(950));
        waiting.begin(step(120));
        assert_eq!(ages(&mut waiting, 2000).0, 1, "before the first step that is kept");
    }

    #[test]
    fn a_step_begins_at_its_moment_and_never_goes_back() {
        let epoch = Instant::now();
        let mut clock = StepClock::new(epoch);
        let mut at = |millis| clock.at(epoch + Duration::from_millis(millis));
        assert_eq!([0, 99, 100, 1234, 1150, 1300].map(&mut at), [0, 0, 1, 12, 12, 13].map(Step));
    }

    #[test]
    fn thousands_that_wait_cost_the_steps_they_started_in() {
        let mut waiting = Waiting::default();
        (0..20_000).for_each(|stream| waiting.begin(step(stream / 20)));
        assert_eq!(waiting.starts.len(), 10);
        assert_eq!(ages(&mut waiting, 60_000).0, 20_000);
        assert_eq!(waiting.ages(Instant::now(), Instant::now() + Duration::from_secs(60)).filled().len(), 10);
    }
}
