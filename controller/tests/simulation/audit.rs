//! What must hold at every moment of every schedule.
//!
//! A user *runs* from its start until it is asked to stop, and *lives* until it has ended: what it
//! has in flight may take until the stop timeout. Two things are checked apart:
//!
//! - No user (class, index) ever lives twice, in whatever processes. So a user is given to another
//!   worker only when its last life there is known to be over. This holds without any tolerance.
//! - No more users run than the shape asks for, in all and of each class. A worker starts and stops
//!   users by its estimate of the run clock, so a change of the target may take effect early or late
//!   by the error of that estimate, which is itself checked against what is documented: half the
//!   shortest round trip, and what two clocks drift apart while it is remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::class::CLASSES;
use common::quota::class_targets;
use common::shape::Shape;

use super::users::{Change, Key};

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

/// The users alive anywhere, and the shape they are to follow.
#[derive(Debug)]
pub struct Audit {
    /// Who lives where: process and whether it was asked to stop.
    living: BTreeMap<Key, (usize, bool)>,
    /// Processes that do nothing at present: their users are alive, but do not run.
    pub frozen: BTreeSet<usize>,
    pub violation: Option<Violation>,
    /// Greatest error of any living worker's estimate of the run clock, microseconds.
    pub clock_error: u64,
}

impl Audit {
    pub fn new() -> Audit {
        Audit { living: BTreeMap::new(), frozen: BTreeSet::new(), violation: None, clock_error: 0 }
    }

    /// Notes the first thing that did not hold.
    pub fn violated(&mut self, what: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation(what()));
        }
    }

    /// A user of a process changed.
    pub fn changed(&mut self, worker: usize, key: Key, change: Change) {
        match change {
            Change::Started => {
                if let Some((other, _)) = self.living.insert(key, (worker, false)) {
                    self.violated(|| {
                        format!("user {key:?} started on process {worker} while it lives on {other}")
                    });
                }
            }
            // A user of a process that was frozen for longer than its lease was taken for dead long ago.
            Change::Stopping if self.lives_on(key, worker) => {
                self.living.insert(key, (worker, true));
            }
            Change::Ended if self.lives_on(key, worker) => {
                self.living.remove(&key);
            }
            Change::Stopping | Change::Ended => {}
        }
    }

    /// Where a user lives.
    pub fn home(&self, key: Key) -> Option<usize> {
        self.living.get(&key).map(|(home, _)| *home)
    }

    fn lives_on(&self, key: Key, worker: usize) -> bool {
        self.home(key) == Some(worker)
    }

    /// A process is gone, and all its users with it.
    pub fn died(&mut self, worker: usize) {
        self.living.retain(|_, (home, _)| *home != worker);
    }

    /// How many users run, by class.
    pub fn running(&self) -> [u32; CLASSES] {
        let mut running = [0; CLASSES];
        for ((class, _), (home, stopping)) in &self.living {
            running[class.index()] += u32::from(!stopping && !self.frozen.contains(home));
        }
        running
    }

    /// Users that run on a process.
    pub fn living_on(&self, worker: usize) -> usize {
        self.living.values().filter(|(home, _)| *home == worker).count()
    }

    /// No more run than the shape asks for at `clock`, give or take the clocks' error.
    pub fn check_target(&mut self, shape: &Shape, clock: Duration) {
        let margin = Duration::from_micros(self.clock_error + 2);
        let most = most_wanted(shape, clock, margin);
        let running = self.running();
        if (0..CLASSES).any(|class| running[class] > most[class]) {
            self.violated(|| {
                format!("{running:?} users run at {clock:?} ± {margin:?}, the shape asks for {most:?}")
            });
        }
    }
}

/// The most users of each class that the shape asks for within `margin` of `clock`.
fn most_wanted(shape: &Shape, clock: Duration, margin: Duration) -> [u32; CLASSES] {
    let from = clock.saturating_sub(margin);
    let changes = shape.changes(from, clock + margin).map(|(_, target)| target);
    let mut most = [0; CLASSES];
    for target in std::iter::once(shape.target(from)).chain(changes).flatten() {
        let split = class_targets(target.users, target.classes);
        most = std::array::from_fn(|class| most[class].max(split[class]));
    }
    most
}

/// What the shape asked for all the time from `from` to `until`; none when it changed.
pub fn steady_target(shape: &Shape, from: Duration, until: Duration) -> Option<[u32; CLASSES]> {
    let target = shape.target(from)?;
    let steady = shape.changes(from, until).next().is_none();
    steady.then(|| class_targets(target.users, target.classes))
}
