//! Until when this worker may run users.
//!
//! ```text
//! heartbeat sent        stop_at (80 %)     cut_at (95 %)   end
//! ├──────────────────────────┤───────────────────┤──────────┤
//!   users run                  in flight finishes   silence
//! ```
//!
//! The lease counts from the moment the heartbeat was sent that the quota answers, so it ends here
//! before the controller, which counts from the moment it received that heartbeat, gives the users
//! away.

/// A worker's lease, on its own clock in microseconds; that clock counts the time in which the machine is
/// suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    granted_us: u64,
    duration_us: u64,
}

impl Lease {
    /// The lease of a quota that answers the heartbeat sent at `echo_us`.
    pub fn new(echo_us: u64, lease_ms: u32) -> Lease {
        Lease { granted_us: echo_us, duration_us: u64::from(lease_ms) * 1000 }
    }

    /// Of two leases the one that ends later.
    pub fn later(self, other: Lease) -> Lease {
        if other.end() > self.end() { other } else { self }
    }

    /// From this moment on no request begins.
    pub fn stop_at(&self) -> u64 {
        self.granted_us + self.duration_us / 5 * 4
    }

    /// What is still in flight at this moment is cut.
    pub fn cut_at(&self) -> u64 {
        self.granted_us + self.duration_us / 20 * 19
    }

    /// How long what is in flight may take when users stop for its end at `now_us`.
    pub fn grace(&self, now_us: u64) -> u64 {
        self.cut_at().saturating_sub(now_us.max(self.stop_at()))
    }

    /// From this moment on other workers may run the users.
    pub fn end(&self) -> u64 {
        self.granted_us + self.duration_us
    }

    /// Whether a quota of this lease comes too late at `now_us`.
    pub fn is_over(&self, now_us: u64) -> bool {
        now_us >= self.stop_at()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_stop_then_are_cut_then_the_lease_ends() {
        let lease = Lease::new(1_000_000, 5_000);
        assert_eq!((lease.stop_at(), lease.cut_at(), lease.end()), (5_000_000, 5_750_000, 6_000_000));
        assert!(!lease.is_over(4_999_999) && lease.is_over(5_000_000));
    }

    #[test]
    fn who_notices_its_end_late_has_less_time_left() {
        let lease = Lease::new(1_000_000, 5_000);
        let graces = [4_900_000, 5_000_000, 5_700_000, 5_750_000, 40_000_000].map(|now| lease.grace(now));
        assert_eq!(graces, [750_000, 750_000, 50_000, 0, 0]);
    }

    #[test]
    fn a_quota_that_answers_an_older_heartbeat_never_shortens_the_lease() {
        let (old, new) = (Lease::new(1, 5_000), Lease::new(1_000_001, 5_000));
        assert_eq!(old.later(new), new);
        assert_eq!(new.later(old), new);
    }
}
