//! The requests for an answer, each with its stamps, the latest of those that have finished kept.

mod clock;
mod names;
mod open;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use clock::AnchoredClock;
pub(crate) use names::{nonce_of, trace_of};
pub(crate) use open::OpenTrace;
use open::TraceFacts;

use crate::endpoint::ApiEndpoint;
use crate::finished::{FinishedHeader, FinishedRequest};

/// A ring of finished requests.
#[derive(Debug)]
pub(crate) struct FinishedRequests {
    clock: AnchoredClock,
    /// Part of every id, so that those of two processes differ.
    process: u32,
    keep: usize,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    kept: VecDeque<TraceFacts>,
    /// Number of the last in `kept`.
    newest: u64,
    dropped: u64,
    received: u64,
    open: u64,
    /// For the id of the next request.
    next_number: u64,
}

impl FinishedRequests {
    /// Keeps the `keep` newest, at least one.
    pub(crate) fn new(keep: usize) -> Self {
        let (clock, process) = (AnchoredClock::anchored_now(), rand::random());
        Self { clock, process, keep: keep.max(1), ring: Mutex::default() }
    }

    /// A request for an answer has arrived.
    pub(crate) fn begin(self: &Arc<Self>, endpoint: ApiEndpoint, trace: Option<u128>) -> OpenTrace {
        let mut ring = self.ring();
        ring.received += 1;
        ring.open += 1;
        ring.next_number += 1;
        OpenTrace::new(Arc::clone(self), ring.next_number, endpoint, trace)
    }

    fn add(&self, facts: TraceFacts) {
        let mut ring = self.ring();
        ring.open -= 1;
        ring.newest += 1;
        if ring.kept.len() >= self.keep {
            ring.kept.pop_front();
            ring.dropped += 1;
        }
        ring.kept.push_back(facts);
    }

    /// Those with a number above `after`, at most `limit` of them.
    pub(crate) fn page(&self, after: u64, limit: usize) -> (FinishedHeader, Vec<FinishedRequest>) {
        let (header, facts, first) = {
            let ring = self.ring();
            let oldest = ring.newest + 1 - ring.kept.len() as u64;
            let header = FinishedHeader {
                header: true,
                now_us: self.clock.us(Instant::now()),
                oldest,
                newest: ring.newest,
                dropped: ring.dropped,
                received: ring.received,
                open: ring.open,
            };
            let first = oldest.max(after.saturating_add(1));
            let skipped = usize::try_from(first - oldest).unwrap_or(usize::MAX);
            let facts: Vec<TraceFacts> = ring.kept.iter().skip(skipped).take(limit).cloned().collect();
            (header, facts, first)
        };
        let requests = facts.into_iter().zip(first..).map(|(facts, seq)| self.request(seq, facts)).collect();
        (header, requests)
    }

    /// Forgets what has finished; the numbers go on.
    pub(super) fn reset(&self) {
        let mut ring = self.ring();
        ring.kept.clear();
        (ring.dropped, ring.received) = (0, ring.open);
    }

    fn id(&self, number: u64) -> String {
        format!("req_{:08x}{number:012x}", self.process)
    }

    fn request(&self, seq: u64, facts: TraceFacts) -> FinishedRequest {
        let us = |at: Instant| self.clock.us(at);
        let first_us = facts.tokens_at.map(|(first, _)| us(first));
        let last_us = facts.tokens_at.map(|(_, last)| us(last));
        FinishedRequest {
            seq,
            request: self.id(facts.number),
            trace: facts.trace.map(|trace| format!("{trace:032x}")),
            nonce: facts.nonce.map(|nonce| format!("{nonce:08x}")),
            path: facts.endpoint.path().to_owned(),
            model: facts.model.map(|model| model.to_string()),
            status: facts.status,
            outcome: facts.outcome,
            received_us: us(facts.received),
            started_us: facts.started.map(us),
            first_us,
            last_us,
            ended_us: us(facts.ended.unwrap_or(facts.received)),
            tokens: facts.tokens,
            gaps_us: last_us.unwrap_or(0) - first_us.unwrap_or(0),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finished::RequestOutcome;

    fn numbers(page: &(FinishedHeader, Vec<FinishedRequest>)) -> Vec<u64> {
        page.1.iter().map(|request| request.seq).collect()
    }

    fn finish(finished: &Arc<FinishedRequests>, count: u64) {
        for _ in 0..count {
            finished.begin(ApiEndpoint::ChatStream, None).end(RequestOutcome::Ok);
        }
    }

    #[test]
    fn numbers_are_given_as_they_finish_and_the_oldest_are_forgotten() {
        let finished = Arc::new(FinishedRequests::new(3));
        let empty = finished.page(0, 10);
        assert_eq!((empty.0.oldest, empty.0.newest, numbers(&empty)), (1, 0, vec![]));
        let (slow, quick) =
            (finished.begin(ApiEndpoint::ChatStream, Some(7)), finished.begin(ApiEndpoint::ChatStream, None));
        let (slow_id, quick_id) = (slow.id(), quick.id());
        drop(quick);
        slow.end(RequestOutcome::Ok);
        let page = finished.page(0, 10);
        let found: Vec<_> = page.1.iter().map(|one| (one.seq, one.request.clone(), one.outcome)).collect();
        assert_eq!(found, [(1, quick_id, RequestOutcome::Left), (2, slow_id, RequestOutcome::Ok)]);
        assert_eq!(page.1[1].trace.as_deref(), Some("00000000000000000000000000000007"));

        finish(&finished, 3);
        let page = finished.page(0, 10);
        assert_eq!(numbers(&page), [3, 4, 5]);
        assert_eq!((page.0.oldest, page.0.newest, page.0.dropped, page.0.received), (3, 5, 2, 5));
        assert_eq!(numbers(&finished.page(4, 10)), [5]);
        assert_eq!(numbers(&finished.page(2, 2)), [3, 4]);
        assert_eq!(numbers(&finished.page(5, 2)), numbers(&finished.page(u64::MAX, 2)));
    }

    #[test]
    fn a_reset_forgets_but_does_not_give_a_number_twice() {
        let finished = Arc::new(FinishedRequests::new(3));
        finish(&finished, 4);
        let open = finished.begin(ApiEndpoint::ChatStream, None);
        finished.reset();
        let header = finished.page(0, 10).0;
        assert_eq!((header.oldest, header.newest, header.dropped), (5, 4, 0));
        assert_eq!((header.received, header.open), (1, 1));
        drop(open);
        assert_eq!(numbers(&finished.page(0, 10)), [5]);
    }
}
