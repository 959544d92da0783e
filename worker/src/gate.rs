//! The lease as users see it, each for itself, before it sends.
//!
//! The link stops users when a lease ends. But after a stall of the whole process (`docker pause`, a laptop's
//! lid) all threads wake at once, and a user could send before the link has looked at its clock: for users that
//! others have had for long.

use std::cell::Cell;
use std::time::Duration;

use crate::boot_clock::boot_time;

/// Ends of a lease, by [`boot_time`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseEnds {
    /// From here on no user begins anything.
    pub stop: Duration,
    /// From here on it does not clean up either.
    pub cut: Duration,
}

impl LeaseEnds {
    /// For users that nobody else will run.
    pub(crate) const NEVER: LeaseEnds = LeaseEnds { stop: Duration::MAX, cut: Duration::MAX };
}

/// What the users of one core look at. The core sets it once it has carried out the orders that came before.
#[derive(Debug)]
pub(crate) struct Gate(Cell<LeaseEnds>);

impl Default for Gate {
    fn default() -> Self {
        Gate(Cell::new(LeaseEnds::NEVER))
    }
}

impl Gate {
    /// From now on this lease counts.
    pub(super) fn set(&self, ends: LeaseEnds) {
        self.0.set(ends);
    }

    /// Whether a user may send now.
    pub(crate) fn is_open(&self, cleaning_up: bool) -> bool {
        let ends = self.0.get();
        // What never ends needs no look at the clock; under valgrind, where the loop without a controller is counted,
        // reading it fails (rustix looks for the vDSO that valgrind hides).
        ends == LeaseEnds::NEVER || boot_time() < if cleaning_up { ends.cut } else { ends.stop }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_its_stop_a_lease_lets_users_clean_up_and_past_its_cut_nothing() {
        let gate = Gate::default();
        assert!(gate.is_open(false) && gate.is_open(true));
        let now = boot_time();
        gate.set(LeaseEnds { stop: now, cut: now + Duration::from_secs(60) });
        assert!(!gate.is_open(false) && gate.is_open(true));
        gate.set(LeaseEnds { stop: now, cut: now });
        assert!(!gate.is_open(false) && !gate.is_open(true));
    }
}
