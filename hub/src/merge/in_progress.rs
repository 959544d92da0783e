//! Requests in progress: a state that each worker reports with every delta, not a sum over time.

use std::collections::BTreeMap;

use common::segment::Segment;
use common::stats::SparseHistogram;
use common::totals::Totals;

use super::checked::StagePart;

/// What every worker said last. The totals get the sum when it is asked for: workers speak far more often.
#[derive(Debug, Default)]
pub(super) struct InProgress {
    workers: BTreeMap<usize, Vec<PartInProgress>>,
    changed: bool,
}

/// What is in progress on one worker that belongs to one segment.
#[derive(Debug)]
struct PartInProgress {
    segment: Segment,
    streams: u64,
    /// How long each of those without visible text has waited.
    textless: SparseHistogram,
    /// By endpoint, of those that are no streams: how long each has taken so far.
    calls: Vec<(usize, SparseHistogram)>,
}

impl PartInProgress {
    fn of(part: &StagePart) -> Option<PartInProgress> {
        let endpoints = part.endpoints.iter().filter(|endpoint| endpoint.waiting.count() > 0);
        let calls: Vec<_> = endpoints.map(|endpoint| (endpoint.endpoint, endpoint.waiting.clone())).collect();
        (part.in_progress > 0 || !calls.is_empty()).then(|| PartInProgress {
            segment: Segment::from_number(part.stage),
            streams: part.in_progress,
            textless: part.waiting.clone(),
            calls,
        })
    }
}

impl InProgress {
    /// A worker says how it is; what it said before holds no longer.
    pub(super) fn said(&mut self, worker: usize, parts: &[StagePart]) {
        let states: Vec<_> = parts.iter().filter_map(PartInProgress::of).collect();
        match states.is_empty() {
            true => self.forget(worker),
            false => {
                self.workers.insert(worker, states);
                self.changed = true;
            }
        }
    }

    /// A worker is gone: nothing of it is in progress any more.
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
            stage.endpoints.iter_mut().for_each(|endpoint| endpoint.waiting = Default::default());
        }
        for part in self.workers.values().flatten() {
            let segment = totals.segments.entry(part.segment).or_default();
            for stage in [segment, &mut totals.run] {
                stage.streams.in_progress += part.streams;
                stage.streams.waiting.merge(&part.textless);
                for (endpoint, ages) in &part.calls {
                    stage.endpoints[*endpoint].waiting.merge(ages);
                }
            }
        }
    }
}
