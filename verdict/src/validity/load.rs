//! Whether the generator was the limit in one second, and in all seconds of one worker.

use super::bounds::{LATE_LOOK_US, LOST, MISSING_SHARE, weakens_run};
use crate::{GeneratorLoad, Second};

/// Whether the generator took so much of its users' time that they sent less than they would have.
pub(super) fn takes_load(load: &GeneratorLoad) -> bool {
    load.lost_permille > LOST
}

/// Whether users were missing at the end of a second.
pub(super) fn is_below_target(second: &Second) -> bool {
    let missing = second.target.saturating_sub(second.users);
    missing > 1 && u64::from(missing) * u64::from(MISSING_SHARE) > u64::from(second.target)
}

/// Whether timers fired so late in a second that its looks at the streams came at the wrong moments.
pub fn spoils_looks(second: &Second) -> bool {
    second.load.late_us > LATE_LOOK_US
}

/// How late one worker was in the run so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerLoad {
    /// All of its seconds.
    pub seconds: u64,
    /// Seconds in which it took too much of its users' time.
    pub lost_seconds: u64,
    /// How much in the worst second, thousandths.
    pub lost_permille: u32,
}

impl WorkerLoad {
    /// Adds a second.
    pub fn add(&mut self, load: &GeneratorLoad) {
        self.seconds += 1;
        self.lost_seconds += u64::from(takes_load(load));
        self.lost_permille = self.lost_permille.max(load.lost_permille);
    }

    /// Whether it took too much too often.
    pub fn takes_load(&self) -> bool {
        weakens_run(self.lost_seconds as usize, self.seconds as usize)
    }
}
