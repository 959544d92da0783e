//! Chat streams: how many began, how each ended, how many are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use tokio::time::Instant;

use super::{Gauge, OpenTrace, Presence, add_one, get, zero};
use crate::counts::ServedStreams;
use crate::finished::RequestOutcome;

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamOutcome {
    /// Its terminal event is about to be sent.
    Completed,
    /// The answer could not be stored; an error event is about to be sent.
    Failed,
    /// By an injected fault, which has a count of its own.
    Faulted,
    /// The client left.
    Aborted,
}

#[derive(Debug, Default)]
pub(crate) struct StreamCounters {
    started: AtomicU64,
    completed: AtomicU64,
    aborted: AtomicU64,
    failed: AtomicU64,
    in_progress: Gauge,
    producing: Gauge,
    next_number: AtomicU64,
}

impl StreamCounters {
    /// Registers a stream and returns its number, from 0; `user` counts as present
    /// until it ends, and `trace` is finished with it.
    pub(crate) fn begin(
        self: &Arc<Self>,
        user: Option<Arc<Presence>>,
        trace: Option<OpenTrace>,
    ) -> (u64, OpenStream) {
        add_one(&self.started);
        self.in_progress.up();
        let number = self.next_number.fetch_add(1, SeqCst);
        let outcome = StreamOutcome::Aborted;
        (number, OpenStream { streams: Arc::clone(self), outcome, trace, _user: user })
    }

    /// Registers a stream that has obtained its slot.
    pub(crate) fn produce(self: &Arc<Self>) -> Producing {
        self.producing.up();
        Producing(Arc::clone(self))
    }

    #[cfg(test)]
    pub(crate) fn produce_peak(&self) -> u64 {
        get(&self.producing.peak)
    }

    pub(crate) fn open(&self) -> u64 {
        get(&self.in_progress.now)
    }

    pub(super) fn snapshot(&self) -> ServedStreams {
        ServedStreams {
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
    streams: Arc<StreamCounters>,
    outcome: StreamOutcome,
    trace: Option<OpenTrace>,
    _user: Option<Arc<Presence>>,
}

impl OpenStream {
    /// The head of its answer is about to be given to the connection.
    pub(crate) fn head(&mut self, status: u16) {
        if let Some(trace) = &mut self.trace {
            trace.head(status);
        }
    }

    /// It has its slot.
    pub(crate) fn start(&mut self, now: Instant) {
        if let Some(trace) = &mut self.trace {
            trace.start(now);
        }
    }

    /// This many tokens more are about to be given to the connection.
    pub(crate) fn tokens(&mut self, count: u32, now: Instant) {
        if let Some(trace) = &mut self.trace {
            trace.tokens(count, now);
        }
    }

    /// To be called just before the last bytes are given to the connection.
    pub(crate) fn end(mut self, outcome: StreamOutcome) {
        self.outcome = outcome;
        let Some(trace) = self.trace.take() else { return };
        trace.end(match outcome {
            StreamOutcome::Completed => RequestOutcome::Ok,
            StreamOutcome::Failed | StreamOutcome::Faulted => RequestOutcome::Failed,
            StreamOutcome::Aborted => RequestOutcome::Left,
        });
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        match self.outcome {
            StreamOutcome::Completed => add_one(&self.streams.completed),
            StreamOutcome::Failed => add_one(&self.streams.failed),
            StreamOutcome::Aborted => add_one(&self.streams.aborted),
            StreamOutcome::Faulted => {}
        }
        self.streams.in_progress.down();
    }
}

/// Counts a stream that holds a slot.
#[derive(Debug)]
pub(crate) struct Producing(Arc<StreamCounters>);

impl Drop for Producing {
    fn drop(&mut self) {
        self.0.producing.down();
    }
}
