//! Counters of the virtual limits.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::{Gauge, add_one, get, zero};
use crate::counts::LimitCounts;

#[derive(Debug, Default)]
pub(crate) struct LimitCounters {
    chunks: AtomicU64,
    chunks_queued_peak: AtomicU64,
    loop_turns: AtomicU64,
    loop_queued_peak: AtomicU64,
    db_connections: AtomicU64,
    connections: Gauge,
    db_refused: AtomicU64,
    rate_limited: AtomicU64,
    queue_refused: AtomicU64,
    capped: AtomicU64,
    batch_steps: AtomicU64,
    slots_added: AtomicU64,
}

impl LimitCounters {
    /// A chunk is asked for, as the `waiting`-th in the queue.
    pub(crate) fn chunk(&self, waiting: u64) {
        add_one(&self.chunks);
        self.chunks_queued_peak.fetch_max(waiting, SeqCst);
    }

    /// Work for the event loop arrives, as the `waiting`-th in the queue.
    pub(crate) fn loop_turn(&self, waiting: u64) {
        add_one(&self.loop_turns);
        self.loop_queued_peak.fetch_max(waiting, SeqCst);
    }

    /// Counts an open connection; it is closed when the value is dropped.
    pub(crate) fn connect(&self) -> OpenConnection<'_> {
        add_one(&self.db_connections);
        self.connections.up();
        OpenConnection(self)
    }

    pub(crate) fn refused(&self) {
        add_one(&self.db_refused);
    }

    pub(crate) fn rate_limited(&self) {
        add_one(&self.rate_limited);
    }

    pub(crate) fn queue_refused(&self) {
        add_one(&self.queue_refused);
    }

    pub(crate) fn capped(&self) {
        add_one(&self.capped);
    }

    pub(crate) fn batch_step(&self) {
        add_one(&self.batch_steps);
    }

    pub(crate) fn slots_added(&self, count: u64) {
        self.slots_added.fetch_add(count, SeqCst);
    }

    pub(crate) fn snapshot(&self) -> LimitCounts {
        LimitCounts {
            chunks: get(&self.chunks),
            chunks_queued_peak: get(&self.chunks_queued_peak),
            loop_turns: get(&self.loop_turns),
            loop_queued_peak: get(&self.loop_queued_peak),
            db_connections: get(&self.db_connections),
            db_connections_peak: get(&self.connections.peak),
            db_refused: get(&self.db_refused),
            rate_limited: get(&self.rate_limited),
            queue_refused: get(&self.queue_refused),
            capped: get(&self.capped),
            batch_steps: get(&self.batch_steps),
            slots_added: get(&self.slots_added),
        }
    }

    pub(super) fn reset(&self) {
        [
            &self.chunks,
            &self.chunks_queued_peak,
            &self.loop_turns,
            &self.loop_queued_peak,
            &self.db_connections,
            &self.db_refused,
            &self.rate_limited,
            &self.queue_refused,
            &self.capped,
            &self.batch_steps,
            &self.slots_added,
        ]
        .into_iter()
        .for_each(zero);
        self.connections.reset_peak();
    }
}

#[derive(Debug)]
pub(crate) struct OpenConnection<'a>(&'a LimitCounters);

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.0.connections.down();
    }
}
