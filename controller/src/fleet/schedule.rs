//! When each user starts and stops, over the next moments of a shape.
//!
//! The controller looks a little ahead, so that workers learn of a start before it is due and can
//! be punctual to the millisecond, whatever the control link's delay.

use std::collections::BTreeMap;
use std::time::Duration;

use common::class::{CLASSES, ClassSet, PerClass, UserClass};
use common::quota::class_targets;
use common::shape::{Shape, Target};

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
    /// The schedule of `shape` from `now` to `now + horizon` on the run clock.
    pub fn of(shape: &Shape, now: Duration, horizon: Duration) -> Schedule {
        let split = |target: Option<Target>| {
            target.map_or([0; CLASSES], |target| class_targets(target.users, target.classes))
        };
        let first = split(shape.target(now));
        let mut schedule = Schedule { places: first, ..Schedule::default() };
        let mut current = first;
        for (at, target) in shape.changes(now, now + horizon) {
            let next = split(target);
            for class in 0..CLASSES {
                schedule.step(class, current[class], next[class], micros(at));
            }
            current = next;
        }
        schedule
    }

    /// One class goes from `before` to `after` users at `at_us`.
    fn step(&mut self, class: usize, before: u32, after: u32, at_us: u64) {
        // A user that starts again within the window after it stopped waits for the next window: it
        // must first be known to have ended.
        for index in before.max(self.places[class])..after {
            self.starts[class].insert(index, at_us);
        }
        for index in after..before {
            self.stops[class].entry(index).or_insert(at_us);
        }
        self.places[class] = self.places[class].max(after);
    }

    /// When a user starts: run clock in microseconds, 0 when it runs already.
    pub fn start_of(&self, class: UserClass, index: u32) -> u64 {
        self.starts[class.index()].get(&index).copied().unwrap_or(0)
    }

    /// When a user stops, if it does in the window.
    pub fn stop_of(&self, class: UserClass, index: u32) -> Option<u64> {
        self.stops[class.index()].get(&index).copied()
    }

    /// Whether nothing starts or stops in the window.
    pub fn is_steady(&self) -> bool {
        self.starts.iter().chain(&self.stops).all(BTreeMap::is_empty)
    }
}

/// The stage that holds at `elapsed`, and the run clock at which it began.
pub fn stage_at(shape: &Shape, elapsed: Duration) -> (u32, u64) {
    let stage = shape.target(elapsed).map_or(shape.stages.len().saturating_sub(1), |target| target.stage);
    (u32::try_from(stage).unwrap_or(u32::MAX), micros(shape.stage_bounds(stage).0))
}

/// The classes that take part anywhere in a shape.
pub fn classes_of(shape: &Shape) -> ClassSet {
    let used: Vec<_> = UserClass::ALL
        .into_iter()
        .filter(|class| shape.stages.iter().any(|stage| stage.classes.contains(*class)))
        .collect();
    ClassSet::of(&used).unwrap_or(ClassSet::ALL)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::shape::Stage;
    use proptest::prelude::*;

    fn shape(stages: &[(u64, u32, f64)]) -> Shape {
        let stages = stages.iter().map(|(ms, users, rate)| Stage {
            name: "s".to_owned(),
            duration: Duration::from_millis(*ms),
            users: *users,
            spawn_rate: *rate,
            classes: ClassSet::ALL,
        });
        Shape { name: "test".to_owned(), stages: stages.collect(), mock_llm: false }
    }

    #[test]
    fn a_ramp_is_scheduled_user_by_user() {
        let shape = shape(&[(10_000, 6, 10.0)]);
        let schedule = Schedule::of(&shape, Duration::ZERO, Duration::from_secs(1));
        // Order of the classes by largest remainder: crud, mixed, crud, stream, mixed, crud.
        assert_eq!(schedule.places, [3, 1, 2]);
        assert_eq!(schedule.start_of(UserClass::Crud, 0), 0);
        assert_eq!(schedule.start_of(UserClass::Mixed, 0), 100_000);
        assert_eq!(schedule.start_of(UserClass::Stream, 0), 300_000);
        assert_eq!(schedule.start_of(UserClass::Crud, 2), 500_000);
        assert_eq!(schedule.stop_of(UserClass::Crud, 2), None);
    }

    proptest! {
        #[test]
        fn at_every_moment_the_schedule_runs_no_more_than_the_target(
            stages in prop::collection::vec((1..2_000u64, 0..40u32, 1.0..200.0f64), 1..5),
            now in 0..4_000u64,
        ) {
            let shape = shape(&stages);
            let (now, horizon) = (Duration::from_millis(now), Duration::from_secs(1));
            let schedule = Schedule::of(&shape, now, horizon);
            for step in 0..100 {
                let at = now + horizon * step / 100;
                let target = shape.target(at).map_or([0; 3], |t| class_targets(t.users, t.classes));
                for class in UserClass::ALL {
                    let running = (0..schedule.places[class.index()])
                        .filter(|index| schedule.start_of(class, *index) <= micros(at))
                        .filter(|index| schedule.stop_of(class, *index).is_none_or(|stop| micros(at) < stop))
                        .count() as u32;
                    prop_assert!(running <= target[class.index()], "{class} at {at:?}: {running} of {target:?}");
                }
            }
        }
    }
}
