//! Times of one kind, and which of them are not known exactly.

use common::micros;
use common::stats::{Recorder, SparseHistogram, Uncertain};

use crate::http::Span;

/// A recorder takes 91 KiB, so each is made with its first sample.
#[derive(Debug, Default)]
pub(super) struct TimeRecorder {
    all: Option<Recorder>,
    uncertain: Option<Box<Uncertain<Recorder>>>,
}

impl TimeRecorder {
    #[inline]
    pub(super) fn record(&mut self, value: u64) {
        self.all.get_or_insert_default().record(value);
    }

    /// Records a time, and what is known of it.
    #[inline]
    pub(super) fn span(&mut self, span: Span) {
        self.record(micros::nearest(span.seen));
        if !span.is_sure() {
            self.doubt([span.seen, span.least(), span.most()].map(micros::nearest));
        }
    }

    /// One of the values that were recorded, the least and the most that it may be.
    #[cold]
    pub(super) fn doubt(&mut self, [seen, least, most]: [u64; 3]) {
        let uncertain = self.uncertain.get_or_insert_default();
        uncertain.seen.record(seen);
        uncertain.least.record(least);
        uncertain.most.record(most);
    }

    pub(super) fn drain(&mut self) -> (SparseHistogram, Uncertain<SparseHistogram>) {
        let all = self.all.as_mut().map(Recorder::drain).unwrap_or_default();
        let uncertain = self.uncertain.as_mut().map(|uncertain| Uncertain {
            seen: uncertain.seen.drain(),
            least: uncertain.least.drain(),
            most: uncertain.most.drain(),
        });
        (all, uncertain.unwrap_or_default())
    }
}
