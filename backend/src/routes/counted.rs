//! A request is counted when it arrives, not when it is handled.
//!
//! hyper creates the future of a request and reads the socket once more before it polls that future: if
//! the client has left by then, the future is dropped unpolled. So the count begins outside of it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Request;

use crate::counters::{OpenRequest, ServerCounters};
use crate::endpoint::ApiEndpoint;

/// Marks a request that only checks that the service answers: it gets no fault and is counted apart.
const PROBE_HEADER: &str = "x-loadtest-probe";

/// The count of a request, attached to the request. The handler takes it out and adds the status;
/// dropped without that, it counts as a client that left.
#[derive(Clone, Debug)]
pub(crate) struct CountedRequest(Arc<Mutex<Option<OpenRequest>>>);

impl CountedRequest {
    /// Counts a request that has arrived, if it is one that counts.
    pub(crate) fn attach<B>(counters: &ServerCounters, request: &mut Request<B>) {
        let Some(endpoint) = ApiEndpoint::of(request.method(), request.uri().path()) else { return };
        if endpoint != ApiEndpoint::ChatStream && request.headers().contains_key(PROBE_HEADER) {
            return counters.requests.count_probe();
        }
        let open = Some(counters.requests.begin(endpoint));
        request.extensions_mut().insert(CountedRequest(Arc::new(Mutex::new(open))));
    }

    /// The counted request; none when it was taken before.
    pub(crate) fn take(&self) -> Option<OpenRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
