//! The whole staged shape over three fake links.

use std::collections::BTreeSet;

use common::class::{CLASSES, PerClass, UserClass};
use common::quota::{ScheduledUser, UserRange, class_targets, expand};

use super::*;

/// A worker that does what its quota says, at once.
#[derive(Default)]
pub(super) struct Fake {
    pub(super) epoch: u64,
    slots: Vec<ScheduledUser>,
}

impl Fake {
    pub(super) fn hear(&mut self, kind: &ToWorker) {
        if let ToWorker::Quota(quota) = kind {
            assert!(quota.epoch > self.epoch, "epochs rise");
            self.epoch = quota.epoch;
            let ranges: Vec<UserRange> = quota.users.iter().map(|range| range.try_into().unwrap()).collect();
            self.slots = expand(&ranges, 1000).unwrap();
        }
    }

    /// The users that run at a moment of the run clock.
    pub(super) fn running(&self, clock: Duration) -> BTreeSet<(UserClass, u32)> {
        let at = clock.as_micros() as u64;
        let runs =
            |slot: &&ScheduledUser| slot.start_at_us <= at && slot.stop_at_us.is_none_or(|stop| at < stop);
        self.slots.iter().filter(runs).map(|slot| (slot.class, slot.index)).collect()
    }
}

fn mix(users: &BTreeSet<(UserClass, u32)>) -> PerClass<u32> {
    let mut mix = [0; CLASSES];
    users.iter().for_each(|(class, _)| mix[class.index()] += 1);
    mix
}

/// Checks what runs where at one moment.
fn check(fakes: &[Fake], shape: &Shape, clock: Duration) {
    let target = shape.target(clock).unwrap();
    let running: Vec<_> = fakes.iter().map(|fake| fake.running(clock)).collect();
    let union: BTreeSet<_> = running.iter().flatten().copied().collect();
    let sum: usize = running.iter().map(BTreeSet::len).sum();
    assert_eq!(union.len(), sum, "{clock:?}: somebody runs twice");
    assert_eq!(mix(&union), class_targets(target.users, target.classes), "{clock:?}: class totals are exact");
    for class in 0..CLASSES {
        let counts = running.iter().map(|users| mix(users)[class]);
        let spread = counts.clone().max().unwrap() - counts.min().unwrap();
        assert!(spread <= 1, "{clock:?}: {running:?}");
    }
}

#[test]
fn over_the_whole_staged_shape_the_users_are_at_the_target_and_evenly_mixed_at_every_tick() {
    let shape = Shape::builtin("staged").unwrap();
    let mut bench =
        Bench::new(RunSettings { timeline: Timeline::of(shape.clone()), expect_workers: 3, ..settings() });
    let mut fakes: [Fake; 3] = Default::default();
    for link in 0..3 {
        bench.attach(link, link as u8);
        bench.beat(link, 1, 0);
    }
    let mut ticks = 0;
    loop {
        let outputs = bench.tick();
        let Phase::Running = bench.run.phase() else { break };
        for (link, fake) in (0..).zip(&mut fakes) {
            sent(&outputs, link).into_iter().for_each(|kind| fake.hear(kind));
        }
        // Between two ticks a schedule goes on by itself.
        for part in 0..5 {
            let clock = bench.run.clock(bench.now).unwrap() + TICK * part / 5;
            if clock < shape.duration() {
                check(&fakes, &shape, clock);
            }
        }
        for (link, fake) in (0..).zip(&mut fakes) {
            let outputs = bench.beat(link, ticks + 2, fake.epoch);
            sent(&outputs, link).into_iter().for_each(|kind| fake.hear(kind));
        }
        bench.now += TICK;
        ticks += 1;
    }
    assert_eq!(ticks, 13 * 60 * 4);
    assert!(matches!(bench.run.phase(), Phase::Draining { end: Ending::Completed, .. }));
}
