//! A request for an answer while it is served.

use std::sync::Arc;

use tokio::time::Instant;

use super::FinishedRequests;
use crate::counters::PEER_LEFT;
use crate::endpoint::ApiEndpoint;
use crate::finished::RequestOutcome;

/// What is known of a request; recorded as finished when it is dropped, without an end as one whose client has left.
#[derive(Debug)]
pub(crate) struct OpenTrace {
    finished: Arc<FinishedRequests>,
    pub(super) facts: TraceFacts,
}

/// The facts of one request.
#[derive(Clone, Debug)]
pub(super) struct TraceFacts {
    /// For its id.
    pub(super) number: u64,
    pub(super) endpoint: ApiEndpoint,
    pub(super) trace: Option<u128>,
    pub(super) nonce: Option<u32>,
    pub(super) model: Option<Arc<str>>,
    pub(super) status: u16,
    pub(super) outcome: RequestOutcome,
    pub(super) received: Instant,
    pub(super) started: Option<Instant>,
    /// When the first and the last token were written.
    pub(super) tokens_at: Option<(Instant, Instant)>,
    /// `None` until it is over.
    pub(super) ended: Option<Instant>,
    pub(super) tokens: u32,
}

impl OpenTrace {
    pub(super) fn new(
        finished: Arc<FinishedRequests>,
        number: u64,
        endpoint: ApiEndpoint,
        trace: Option<u128>,
    ) -> Self {
        let facts = TraceFacts {
            number,
            endpoint,
            trace,
            nonce: None,
            model: None,
            status: PEER_LEFT,
            outcome: RequestOutcome::Left,
            received: Instant::now(),
            started: None,
            tokens_at: None,
            ended: None,
            tokens: 0,
        };
        Self { finished, facts }
    }

    /// The id that the response has too.
    pub(crate) fn id(&self) -> String {
        self.finished.id(self.facts.number)
    }

    /// Its body has been read, and asks for this.
    pub(crate) fn read(&mut self, model: Option<Arc<str>>, nonce: Option<u32>, now: Instant) {
        (self.facts.model, self.facts.nonce, self.facts.received) = (model, nonce, now);
    }

    /// It has its slot.
    pub(crate) fn start(&mut self, now: Instant) {
        self.facts.started = Some(now);
    }

    /// This many tokens more are about to be given to the connection.
    pub(crate) fn tokens(&mut self, count: u32, now: Instant) {
        let first = self.facts.tokens_at.map_or(now, |(first, _)| first);
        self.facts.tokens_at = Some((first, now));
        self.facts.tokens += count;
    }

    /// The head of its answer is about to be given to the connection.
    pub(crate) fn head(&mut self, status: u16) {
        self.facts.status = status;
    }

    /// It is over: to be called just before the last bytes are given to the connection.
    pub(crate) fn end(mut self, outcome: RequestOutcome) {
        self.facts.outcome = outcome;
    }
}

impl Drop for OpenTrace {
    fn drop(&mut self) {
        self.facts.ended = Some(Instant::now());
        self.finished.add(self.facts.clone());
    }
}
