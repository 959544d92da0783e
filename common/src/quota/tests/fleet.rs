//! A fleet of workers as the controller sees it: who holds what, and who may still be running what.

use std::collections::BTreeSet;

use crate::class::{CLASSES, ClassSet, PerClass, UserClass};
use crate::quota::{Holding, class_targets, place};

#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub(super) targets: PerClass<u32>,
    pub(super) members: Vec<Holding>,
    /// What lost workers and workers that were asked to stop may still be running.
    pub(super) running_elsewhere: Vec<Holding>,
}

impl Fleet {
    /// A settled fleet that has been through these targets, one after another.
    pub(super) fn with_history(
        workers: usize,
        history: impl IntoIterator<Item = u32>,
        classes: ClassSet,
    ) -> Fleet {
        let mut fleet = Fleet { members: vec![Holding::default(); workers], ..Fleet::default() };
        for users in history {
            fleet.aim(users, classes);
            fleet.settle();
        }
        fleet
    }

    pub(super) fn aim(&mut self, users: u32, classes: ClassSet) {
        self.targets = class_targets(users, classes);
    }

    pub(super) fn join(&mut self, position: usize) {
        let position = position % (self.members.len() + 1);
        self.members.insert(position, Holding::default());
    }

    /// The worker's lease runs: what it held is not free yet.
    pub(super) fn lose(&mut self, position: usize) {
        if !self.members.is_empty() {
            let lost = self.members.remove(position % self.members.len());
            self.running_elsewhere.push(lost);
        }
    }

    /// A lease has ended, or a worker has confirmed that it stopped what it was asked to.
    pub(super) fn confirm(&mut self, which: usize) {
        if !self.running_elsewhere.is_empty() {
            self.running_elsewhere.swap_remove(which % self.running_elsewhere.len());
        }
    }

    pub(super) fn blocked(&self) -> Holding {
        let mut blocked = Holding::default();
        self.running_elsewhere.iter().for_each(|held| blocked.add(held));
        blocked
    }

    /// Places once, checks what every placement must keep, and answers how many users moved away
    /// from each member.
    pub(super) fn place(&mut self) -> Vec<u64> {
        let blocked = self.blocked();
        let next = place(&self.targets, &self.members, &blocked);
        assert_eq!(next.len(), self.members.len());
        let mut seen = BTreeSet::new();
        for (class, index) in next.iter().flat_map(Holding::iter) {
            assert!(seen.insert((class, index)), "{class} {index} is held twice");
            assert!(!blocked.of(class).contains(&index), "{class} {index} is blocked");
            assert!(index < self.targets[class.index()], "{class} {index} is above the target");
        }
        for (position, holding) in next.iter().enumerate() {
            for (_, before) in self.members.iter().enumerate().filter(|(other, _)| *other != position) {
                let both = holding.minus(&holding.minus(before));
                assert!(both.is_empty(), "given before its holder stopped it: {both:?}");
            }
        }
        let released: Vec<Holding> =
            self.members.iter().zip(&next).map(|(before, after)| before.minus(after)).collect();
        self.members = next;
        let moved = released.iter().map(Holding::total).collect();
        self.running_elsewhere.extend(released.into_iter().filter(|held| !held.is_empty()));
        moved
    }

    /// Places, lets everything stop, and places again: then all is where it belongs. Answers how
    /// many users moved away from each member.
    pub(super) fn settle(&mut self) -> Vec<u64> {
        let moved = self.place();
        self.running_elsewhere.clear();
        assert!(self.place().iter().all(|moved| *moved == 0), "only the first call takes away");
        self.assert_settled();
        moved
    }

    /// At each step of a ramp to these users, any two mixes differ by at most one user per class.
    pub(super) fn assert_even_within(&self, users: u32, classes: ClassSet) {
        for step in 0..=users {
            let targets = class_targets(step, classes);
            for class in UserClass::ALL {
                let within = ..targets[class.index()];
                let running = self.members.iter().map(|member| member.of(class).range(within).count());
                let (least, most) = (running.clone().min(), running.max());
                let even = least.zip(most).is_none_or(|(least, most)| most - least <= 1);
                assert!(even, "{class} at {step} of {users}: {least:?} to {most:?}");
            }
        }
    }

    fn assert_settled(&self) {
        if self.members.is_empty() {
            return;
        }
        let counts: Vec<PerClass<u32>> = self.members.iter().map(Holding::counts).collect();
        let spread = |numbers: Vec<u32>| numbers.iter().max().unwrap() - numbers.iter().min().unwrap();
        for class in 0..CLASSES {
            let of_class: Vec<u32> = counts.iter().map(|counts| counts[class]).collect();
            assert_eq!(of_class.iter().sum::<u32>(), self.targets[class], "nobody is missing");
            assert!(spread(of_class) <= 1, "mixes differ: {counts:?}");
        }
        assert!(spread(counts.iter().map(|counts| counts.iter().sum()).collect()) <= 1, "{counts:?}");
        assert_eq!(place(&self.targets, &self.members, &Holding::default()), self.members, "idempotent");
    }
}
