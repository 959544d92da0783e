//! Which stage is current.

use std::collections::VecDeque;
use std::time::Instant;

/// The current stage, the one before it, and those that are known to come. Times passed to [`at`](Self::at) decrease
/// by a reader's lateness at most: by less than a stage.
#[derive(Debug, Default)]
pub(super) struct StageClock {
    current: u32,
    /// The stage before it, and when that ended.
    before: Option<(u32, Instant)>,
    /// Ascending by time.
    coming: VecDeque<(Instant, u32)>,
}

impl StageClock {
    /// `stage` begins at `from`. Replaces whatever was set for that time and later.
    pub(super) fn set(&mut self, stage: u32, from: Instant) {
        while self.coming.back().is_some_and(|(at, waiting)| *at >= from || *waiting == stage) {
            self.coming.pop_back();
        }
        self.coming.push_back((from, stage));
    }

    /// The stage of a request that starts `now`, or of what comes then.
    #[inline]
    pub(super) fn at(&mut self, now: Instant) -> u32 {
        while let Some((from, stage)) = self.coming.front()
            && *from <= now
        {
            if *stage != self.current {
                self.before = Some((std::mem::replace(&mut self.current, *stage), *from));
            }
            self.coming.pop_front();
        }
        match self.before {
            Some((stage, end)) if now < end => stage,
            _ => self.current,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_stage_begins_at_its_moment_and_the_last_word_holds() {
        let zero = Instant::now();
        let at = |seconds| zero + Duration::from_secs(seconds);
        let mut clock = StageClock::default();
        clock.set(1, at(10));
        clock.set(2, at(20));
        clock.set(3, at(30));
        clock.set(7, at(25));
        let asked = [0, 9, 10, 11, 20, 24, 25, 40].map(|seconds| clock.at(at(seconds)));
        assert_eq!(asked, [0, 0, 1, 1, 2, 2, 7, 7]);
        assert_eq!(clock.at(at(24)), 2, "what is recorded late belongs to the stage in which it came");
        clock.set(8, at(5));
        assert_eq!(clock.at(at(40)), 8);
    }

    #[test]
    fn saying_the_same_again_and_again_keeps_one_note() {
        let zero = Instant::now();
        let mut clock = StageClock::default();
        for later in 0..1000 {
            clock.set(1, zero + Duration::from_millis(later));
        }
        assert_eq!(clock.coming.len(), 1);
    }
}
