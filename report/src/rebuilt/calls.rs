//! Requests by call, as the rows of a report have them.

use std::collections::BTreeMap;

use common::api::Endpoint;
use common::request_log::{LoggedRequest, Outcome};
use common::totals::EndpointTotals;

/// What one call came to.
#[derive(Debug, Default)]
pub(super) struct CallTally {
    /// Its number, in the order in which calls were first seen.
    pub number: u32,
    /// Whether its answers are streams.
    pub is_stream: bool,
    pub totals: EndpointTotals,
}

/// All calls by name.
#[derive(Debug, Default)]
pub(super) struct CallTallies(BTreeMap<String, CallTally>);

impl CallTallies {
    /// Counts a request `times` times, and tells which number its call has.
    pub(super) fn add(&mut self, request: &LoggedRequest<'_>, times: u64) -> u32 {
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let call = match self.0.get_mut(request.call.as_ref()) {
            Some(call) => call,
            None => self
                .0
                .entry(request.call.to_string())
                .or_insert_with(|| CallTally { number, ..CallTally::default() }),
        };
        call.is_stream |= is_stream(request);
        add(&mut call.totals, request, times);
        call.number
    }

    /// Every call with its row's name.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Endpoint, &CallTally)> {
        self.0.iter().map(|(name, call)| (endpoint(name), call))
    }

    /// Streams that were cut: where one has no text yet, its line alone does not show that it is one.
    pub(super) fn cut_streams(&self) -> u64 {
        self.0.values().filter(|call| call.is_stream).map(|call| call.totals.cut).sum()
    }
}

/// Whether a line is of a stream, as far as it shows that.
pub(super) fn is_stream(request: &LoggedRequest<'_>) -> bool {
    request.chunks.is_some() || request.outcome == Outcome::Unasked
}

fn endpoint(call: &str) -> Endpoint {
    let (method, name) = call.split_once(' ').unwrap_or(("", call));
    Endpoint { method: method.to_owned(), name: name.to_owned() }
}

/// Counts a request as a worker's recorder does.
pub(super) fn add(totals: &mut EndpointTotals, request: &LoggedRequest<'_>, times: u64) {
    match (request.outcome, request.latency()) {
        (Outcome::Unasked, _) | (_, None) => return,
        (Outcome::Cut, Some(_)) => {
            totals.cut += times;
            return;
        }
        (Outcome::Left, Some(_)) => totals.abandoned += times,
        (Outcome::Ok, Some(latency)) => totals.latency.record_times(latency.nearest_us(), times),
        (Outcome::Failed, Some(latency)) => {
            totals.latency.record_times(latency.nearest_us(), times);
            totals.failed.record_times(latency.nearest_us(), times);
            totals.failures += times;
        }
    }
    totals.bytes = totals.bytes.saturating_add(request.bytes.saturating_mul(times));
}
