//! Streams in progress: a state that each worker reports with every delta, not a sum over time.

use std::collections::BTreeMap;

use common::segment::Segment;
use common::stats::SparseHistogram;
use common::totals::Totals;

use super::checked::StagePart;

/// What every worker said last. The totals get the sum when it is asked for: workers speak far more often.
#[derive(Debug, Default)]
pub(super) struct StreamStates {
    workers: BTreeMap<usize, Vec<StreamState>>,
    changed: bool,
}

/// The streams in progress on one worker that belong to one segment.
#[derive(Debug)]
struct StreamState {
    segment: Segment,
    in_progress: u64,
    waiting: SparseHistogram,
}

impl StreamStates {
    /// A worker says how it is; what it said before holds no longer.
    pub(super) fn said(&mut self, worker: usize, parts: &[StagePart]) {
        let state = |part: &StagePart| StreamState {
            segment: Segment::from_number(part.stage),
            in_progress: part.in_progress,
            waiting: part.waiting.clone(),
        };
        let states: Vec<_> = parts.iter().filter(|part| part.in_progress > 0).map(state).collect();
        match states.is_empty() {
            true => self.forget(worker),
            false => {
                self.workers.insert(worker, states);
                self.changed = true;
            }
        }
    }

    /// A worker is gone: it has no stream any more.
    pub(super) fn forget(&mut self, worker: usize) {
        self.changed |= self.workers.remove(&worker).is_some();
    }

    /// Writes the sum into the totals.
    pub(super) fn sum_into(&mut self, totals: &mut Totals) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        for stage in totals.segments.values_mut().chain([&mut totals.run]) {
            (stage.streams.in_progress, stage.streams.waiting) = Default::default();
        }
        for state in self.workers.values().flatten() {
            let segment = totals.segments.entry(state.segment).or_default();
            for streams in [&mut segment.streams, &mut totals.run.streams] {
                streams.in_progress += state.in_progress;
                streams.waiting.merge(&state.waiting);
            }
        }
    }
}
