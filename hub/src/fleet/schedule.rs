//! When each user starts and stops, over the next moments of a shape.
//!
//! The controller looks ahead, so that workers learn of a change before it is due and can be punctual
//! to the millisecond, whatever the control link's delay. It looks further for stops than for starts:
//! a worker that hears nothing more goes by its last quota until its lease ends, so that quota must
//! name every stop until then.
//!
//! ```text
//!   - LOOK_BACK   now       + Horizon::starts        + Horizon::stops
//!        ├─────────┼─────────────────┼──────────────────────┤
//!          stops, starts                   stops only
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use common::class::{CLASSES, ClassSet, PerClass, UserClass};
use common::micros;
use common::quota::class_targets;
use common::shape::{Shape, Target};

/// A user that has just stopped is named as stopped for so long before it may be started again:
/// a worker whose clock is late must not take the start for the life that it has still to end.
const LOOK_BACK: Duration = Duration::from_millis(200);

/// How far to look ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// For starts.
    pub starts: Duration,
    /// For stops of users that run by then; not less than for starts.
    pub stops: Duration,
}

/// Starts and stops of the users of each class within a window of the run clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Per class, the most users that run at once in the window: the indices to place.
    pub places: PerClass<u32>,
    /// Per class, the time of each start in the window, by index.
    starts: PerClass<BTreeMap<u32, u64>>,
    /// Per class, the time of each stop in the window, by index.
    stops: PerClass<BTreeMap<u32, u64>>,
}

impl Schedule {
    /// The schedule of `shape` at `now` on the run clock.
    pub fn of(shape: &Shape, now: Duration, horizon: Horizon) -> Schedule {
        let split = |target: Option<Target>| {
            target.map_or([0; CLASSES], |target| class_targets(target.users, target.classes))
        };
        let from = now.saturating_sub(LOOK_BACK);
        let first = split(shape.target(from));
        let mut schedule = Schedule { places: first, ..Schedule::default() };
        let mut current = first;
        for (at, target) in shape.changes(from, now + horizon.stops) {
            let next = split(target);
            for class in 0..CLASSES {
                schedule.stop(class, next[class]..current[class], micros::whole(at));
                if at <= now + horizon.starts {
                    schedule.start(class, next[class], micros::whole(at));
                }
            }
            current = next;
        }
        schedule
    }

    /// One class rises to `users` at `at_us`. A user that stopped within the window before that waits
    /// for a later window: it must first be known to have ended.
    fn start(&mut self, class: usize, users: u32, at_us: u64) {
        for index in self.places[class]..users {
            self.starts[class].insert(index, at_us);
        }
        self.places[class] = self.places[class].max(users);
    }

    /// These users stop at `at_us`, if there is a place for them at all and they have not before.
    fn stop(&mut self, class: usize, users: Range<u32>, at_us: u64) {
        for index in users.start..users.end.min(self.places[class]) {
            self.stops[class].entry(index).or_insert(at_us);
        }
    }

    /// When a user starts: run clock in microseconds, 0 when it runs already.
    pub(super) fn start_of(&self, class: UserClass, index: u32) -> u64 {
        self.starts[class.index()].get(&index).copied().unwrap_or(0)
    }

    /// When a user stops, if it does in the window.
    pub(super) fn stop_of(&self, class: UserClass, index: u32) -> Option<u64> {
        self.stops[class.index()].get(&index).copied()
    }

    /// Whether nothing starts or stops in the window.
    pub fn is_steady(&self) -> bool {
        self.starts.iter().chain(&self.stops).all(BTreeMap::is_empty)
    }
}

/// The classes that take part anywhere in a shape; with their weights, if these are the same in every stage.
pub fn classes_of(shape: &Shape) -> ClassSet {
    let mut sets = shape.stages.iter().map(|stage| stage.classes);
    if let Some(first) = sets.next().filter(|first| sets.all(|set| set == *first)) {
        return first;
    }
    let used: Vec<_> = UserClass::ALL
        .into_iter()
        .filter(|class| shape.stages.iter().any(|stage| stage.classes.contains(*class)))
        .collect();
    ClassSet::of(&used).unwrap_or(ClassSet::ALL)
}

/// The most users of each class that run at once; `most` in all where the shape is a search's.
pub fn peaks_of(shape: &Shape, most: Option<u32>) -> PerClass<u32> {
    let mut peaks = [0; CLASSES];
    for (users, classes) in shape.peaks() {
        let targets = class_targets(most.unwrap_or(users), classes);
        peaks.iter_mut().zip(targets).for_each(|(peak, target)| *peak = target.max(*peak));
    }
    peaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::shape::Stage;
    use proptest::prelude::*;

    const HORIZON: Horizon = Horizon { starts: Duration::from_secs(1), stops: Duration::from_secs(5) };

    fn shape(stages: &[(u64, u32, f64)]) -> Shape {
        let stages = stages.iter().map(|(ms, users, rate)| Stage {
            name: "s".to_owned(),
            duration: Duration::from_millis(*ms),
            users: *users,
            spawn_rate: *rate,
            classes: ClassSet::ALL,
            arrivals: None,
        });
        Shape { name: "test".to_owned(), stages: stages.collect(), mock_llm: false }
    }

    #[test]
    fn a_ramp_is_scheduled_user_by_user() {
        let shape = shape(&[(10_000, 6, 10.0)]);
        let schedule = Schedule::of(&shape, Duration::ZERO, HORIZON);
        // Order of the classes by largest remainder: crud, mixed, crud, stream, mixed, crud.
        assert_eq!(schedule.places, [3, 1, 2]);
        assert_eq!(schedule.start_of(UserClass::Crud, 0), 0);
        assert_eq!(schedule.start_of(UserClass::Mixed, 0), 100_000);
        assert_eq!(schedule.start_of(UserClass::Stream, 0), 300_000);
        assert_eq!(schedule.start_of(UserClass::Crud, 2), 500_000);
        assert_eq!(schedule.stop_of(UserClass::Crud, 2), None);
    }

    #[test]
    fn stops_are_known_further_ahead_than_starts() {
        let shape = shape(&[(2_000, 6, 1000.0), (2_000, 0, 1000.0), (10_000, 6, 1000.0)]);
        let schedule = Schedule::of(&shape, Duration::from_millis(500), HORIZON);
        assert_eq!(schedule.places, [3, 1, 2]);
        assert_eq!(schedule.stop_of(UserClass::Crud, 2), Some(2_000_000));
        assert_eq!(schedule.start_of(UserClass::Crud, 2), 0, "it runs; that it starts again is for later");
    }

    #[test]
    fn a_user_that_has_just_stopped_gets_no_new_start_yet() {
        let shape = shape(&[(2_000, 1, 1000.0), (500, 0, 1000.0), (10_000, 1, 1000.0)]);
        let at = |ms| Schedule::of(&shape, Duration::from_millis(ms), HORIZON);
        let sent = |ms| (at(ms).start_of(UserClass::Crud, 0), at(ms).stop_of(UserClass::Crud, 0));
        assert_eq!(sent(1_900), (0, Some(2_000_000)));
        assert_eq!(sent(2_199), (0, Some(2_000_000)), "it stopped, and that is all there is to say");
        assert_eq!(sent(2_200), (2_500_000, None));
    }

    proptest! {
        #[test]
        fn at_every_moment_the_schedule_runs_no_more_than_the_target(
            stages in prop::collection::vec((1..2_000u64, 0..40u32, 1.0..200.0f64), 1..5),
            now in 0..4_000u64,
        ) {
            let shape = shape(&stages);
            let now = Duration::from_millis(now);
            let schedule = Schedule::of(&shape, now, HORIZON);
            for step in 0..100 {
                let at = now + HORIZON.stops * step / 100;
                let target = shape.target(at).map_or([0; 3], |t| class_targets(t.users, t.classes));
                for class in UserClass::ALL {
                    let running = (0..schedule.places[class.index()])
                        .filter(|index| schedule.start_of(class, *index) <= micros::whole(at))
                        .filter(|index| schedule.stop_of(class, *index).is_none_or(|stop| micros::whole(at) < stop))
                        .count() as u32;
                    prop_assert!(running <= target[class.index()], "{class} at {at:?}: {running} of {target:?}");
                }
            }
        }
    }
}
