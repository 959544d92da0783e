//! One core's side of the log.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

use super::entry::Entry;
use super::sampler::Sampler;
use super::writer::{LogState, Work};

/// Requests that go to the writer together.
const BATCH: usize = 256;

/// Keeps what is to be written, and hands it to the writer batch by batch without ever waiting.
#[derive(Debug)]
pub(crate) struct CoreLog {
    sampler: Sampler,
    batch: Vec<Entry>,
    left_out: u64,
    to_writer: SyncSender<Work>,
    state: Arc<LogState>,
}

impl CoreLog {
    pub(super) fn new(sampler: Sampler, to_writer: SyncSender<Work>, state: Arc<LogState>) -> CoreLog {
        CoreLog { sampler, batch: Vec::with_capacity(BATCH), left_out: 0, to_writer, state }
    }

    /// A request has its outcome.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.left_out += self.sampler.take(entry, &mut self.batch);
        if self.batch.len() >= BATCH {
            self.send();
        }
    }

    /// A second is over: hands over what there is of it.
    pub(crate) fn end_second(&mut self) {
        self.sampler.end_second(&mut self.batch);
        if !self.batch.is_empty() || self.left_out > 0 {
            self.send();
        }
    }

    fn send(&mut self) {
        let entries = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        let left_out = std::mem::take(&mut self.left_out);
        let sent = self.to_writer.try_send(Work::Batch { entries, left_out });
        if let Err(TrySendError::Full(work) | TrySendError::Disconnected(work)) = sent
            && let Work::Batch { entries, left_out } = work
        {
            self.state.drop_requests(entries.len() as u64);
            self.left_out = left_out;
        }
    }
}
