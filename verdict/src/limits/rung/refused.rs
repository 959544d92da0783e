//! What a service refused, since it was asked too much.

use super::Rung;
use crate::limits::flow;

/// Share of the streams that were let in that broke, from which the service itself did.
const BREAKS: f64 = 0.02;
/// Share of the seconds without any answer, from which it did nothing for a while.
const IDLE: f64 = 0.02;

impl Rung {
    /// Requests that the service refused: it said so, or gave them no connection while it served others.
    pub(crate) fn refused(&self) -> u64 {
        let kinds = &self.failure_kinds;
        kinds.refused() + if self.is_serving() { kinds.turned_away } else { 0 }
    }

    /// Share of its seconds in which nothing came.
    pub(crate) fn idle(&self) -> f64 {
        let idle = self.seconds.iter().filter(|second| second.chunks == 0 && second.completed == 0).count();
        idle as f64 / self.seconds.len().max(1) as f64
    }

    /// Whether what runs goes on to its end, all the time. A service that crashes refuses connections too, but breaks
    /// the streams that it has and does nothing for a while.
    pub(crate) fn is_serving(&self) -> bool {
        let counts = &self.totals.streams.counts;
        // One that breaks before its first text does so in other words than a connection that was never taken.
        let broken = counts.failed.saturating_sub(counts.textless).max(self.failure_kinds.other) as f64;
        self.throughput() > 0.0
            && self.idle() <= IDLE
            && broken <= BREAKS * (broken + counts.completed as f64)
            && !flow::throughput_drifts(&self.seconds)
    }
}
