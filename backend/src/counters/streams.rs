//! Chat streams: how many began, how each ended, how many are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::{Gauge, Presence, add_one, get, zero};
use crate::counts::StreamCounts;

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its terminal event is about to be sent.
    Completed,
    /// The answer could not be stored; an error event is about to be sent.
    Failed,
    /// By an injected fault, which has a count of its own.
    Faulted,
    /// The peer left.
    Aborted,
}

/// Counters of chat streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    started: AtomicU64,
    completed: AtomicU64,
    aborted: AtomicU64,
    failed: AtomicU64,
    in_progress: Gauge,
    producing: Gauge,
    next_number: AtomicU64,
}

impl Streams {
    /// Registers a stream and gives its number, from 0; `user` stays present
    /// until its end.
    pub(crate) fn begin(self: &Arc<Self>, user: Option<Arc<Presence>>) -> (u64, OpenStream) {
        add_one(&self.started);
        self.in_progress.up();
        let number = self.next_number.fetch_add(1, SeqCst);
        (number, OpenStream { streams: Arc::clone(self), outcome: Outcome::Aborted, _user: user })
    }

    /// Registers a stream that has obtained its slot.
    pub(crate) fn produce(self: &Arc<Self>) -> Producing {
        self.producing.up();
        Producing(Arc::clone(self))
    }

    /// Streams open now.
    pub(crate) fn open(&self) -> u64 {
        get(&self.in_progress.now)
    }

    pub(super) fn snapshot(&self) -> StreamCounts {
        StreamCounts {
            started: get(&self.started),
            completed: get(&self.completed),
            aborted: get(&self.aborted),
            failed: get(&self.failed),
            in_progress: get(&self.in_progress.now),
            peak: get(&self.in_progress.peak),
            producing: get(&self.producing.now),
            producing_peak: get(&self.producing.peak),
        }
    }

    pub(super) fn reset(&self) {
        [&self.started, &self.completed, &self.aborted, &self.failed, &self.next_number]
            .into_iter()
            .for_each(zero);
        self.in_progress.reset_peak();
        self.producing.reset_peak();
    }
}

/// A stream that has not ended; dropped without an outcome, it was aborted.
#[derive(Debug)]
pub(crate) struct OpenStream {
    streams: Arc<Streams>,
    outcome: Outcome,
    _user: Option<Arc<Presence>>,
}

impl OpenStream {
    /// The stream ends with `outcome`, and its last bytes are not handed out yet.
    pub(crate) fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        match self.outcome {
            Outcome::Completed => add_one(&self.streams.completed),
            Outcome::Failed => add_one(&self.streams.failed),
            Outcome::Aborted => add_one(&self.streams.aborted),
            Outcome::Faulted => {}
        }
        self.streams.in_progress.down();
    }
}

/// A stream that holds a slot.
#[derive(Debug)]
pub(crate) struct Producing(Arc<Streams>);

impl Drop for Producing {
    fn drop(&mut self) {
        self.0.producing.down();
    }
}
