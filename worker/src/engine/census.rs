//! How many users there are, over all cores.
//!
//! One count for the whole worker: adding up each core's own peak would report users that never ran
//! at the same time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use common::class::{PerClass, UserClass};

use crate::interval::UserCount;

/// Counts users as they start, begin to stop, and end.
#[derive(Debug, Default)]
pub(super) struct Census(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    users: PerClass<UserCount>,
    /// When a user last ended.
    last_end: Option<Instant>,
}

impl Census {
    pub(super) fn started(&self, class: UserClass) {
        let counts = &mut self.lock().users;
        counts[class.index()].running += 1;
        let sum = |of: fn(&UserCount) -> u32| counts.iter().map(|count| u64::from(of(count))).sum::<u64>();
        if sum(|count| count.running) > sum(|count| count.peak) {
            counts.iter_mut().for_each(|count| count.peak = count.running);
        }
    }

    pub(super) fn stopping(&self, class: UserClass) {
        let count = &mut self.lock().users[class.index()];
        count.running -= 1;
        count.stopping += 1;
    }

    pub(super) fn ended(&self, class: UserClass, was_stopping: bool) {
        let mut counts = self.lock();
        counts.last_end = Some(Instant::now());
        let count = &mut counts.users[class.index()];
        match was_stopping {
            true => count.stopping -= 1,
            false => count.running -= 1,
        }
    }

    /// The counts now. The next peak begins with the users that run now.
    pub(super) fn take(&self) -> PerClass<UserCount> {
        let counts = &mut self.lock().users;
        let taken = *counts;
        for count in counts.iter_mut() {
            count.peak = count.running;
        }
        taken
    }

    /// Running and stopping users of all classes.
    pub(super) fn alive(&self) -> usize {
        self.lock().users.iter().map(|count| (count.running + count.stopping) as usize).sum()
    }

    /// When a user last ended; none if none has.
    pub(super) fn last_end(&self) -> Option<Instant> {
        self.lock().last_end
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_of_users_that_ran_at_the_same_time() {
        let census = Census::default();
        for _ in 0..5 {
            census.started(UserClass::Crud);
        }
        census.stopping(UserClass::Crud);
        census.started(UserClass::Crud);
        census.ended(UserClass::Crud, true);
        assert_eq!(census.take()[0], UserCount { running: 5, stopping: 0, peak: 5 });
        census.ended(UserClass::Crud, false);
        assert_eq!(census.take()[0], UserCount { running: 4, stopping: 0, peak: 5 });
        assert_eq!(census.take()[0], UserCount { running: 4, stopping: 0, peak: 4 });
        assert_eq!(census.alive(), 4);
    }

    #[test]
    fn it_keeps_when_the_last_user_ended_however_late_it_is_asked() {
        let census = Census::default();
        census.started(UserClass::Crud);
        assert_eq!(census.last_end(), None);
        let before = Instant::now();
        census.ended(UserClass::Crud, false);
        let after = Instant::now();
        assert!((before..=after).contains(&census.last_end().unwrap()));
    }

    #[test]
    fn classes_that_take_turns_have_no_peak_together() {
        let census = Census::default();
        (0..3).for_each(|_| census.started(UserClass::Stream));
        (0..3).for_each(|_| census.stopping(UserClass::Stream));
        (0..4).for_each(|_| census.started(UserClass::Crud));
        let peaks = census.take().map(|count| count.peak);
        assert_eq!(peaks, [4, 0, 0], "never more than four ran");
        assert_eq!(census.take().map(|count| (count.running, count.peak)), [(4, 4), (0, 0), (0, 0)]);
    }
}
