//! How long a quota holds without word from the controller.
//!
//! ```text
//! worker      ─ heartbeat sent ───────────────────────┤ must have stopped: sent + lease
//!                     ╲            quota ╱
//! controller           ─ received ──────────────────────────┤ may give the users away:
//!                                                             received + lease + margin
//! ```
//!
//! The worker counts from the moment it sent the heartbeat, the controller from the moment it
//! received it, which is later whatever the network's delay. So the worker's lease always ends
//! first, without any clock being compared with another's. The margin covers two monotonic clocks
//! that tick at slightly different rates.

use std::time::Duration;

/// The timing of leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTiming {
    /// How long a quota holds on the worker.
    pub duration: Duration,
    /// How often a worker sends a heartbeat.
    pub heartbeat: Duration,
}

impl Default for LeaseTiming {
    fn default() -> Self {
        Self { duration: Duration::from_secs(5), heartbeat: Duration::from_secs(1) }
    }
}

impl LeaseTiming {
    /// Until when a worker whose heartbeat arrives at `received` may still be running users.
    pub(crate) fn held_until(&self, received: Duration) -> Duration {
        received + self.duration + self.margin()
    }

    /// Two clocks may differ by one percent, more than any quartz does.
    fn margin(&self) -> Duration {
        self.duration / 100
    }
}
