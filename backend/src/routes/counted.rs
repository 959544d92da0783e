//! A request is counted when it arrives, not when it is handled.
//!
//! hyper creates the future of a request and reads the socket once more before it polls that future: if
//! the client has left by then, the future is dropped unpolled. So the count begins outside of it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Request;

use crate::counters::{OpenRequest, OpenTrace, ServerCounters, trace_of};
use crate::endpoint::ApiEndpoint;

/// Marks a request that only checks that the service answers: it gets no fault and is counted apart.
const PROBE_HEADER: &str = "x-loadtest-probe";

/// The count of a request, attached to the request. The handler takes it out and adds the status;
/// dropped without that, it counts as a client that left.
#[derive(Clone, Debug)]
pub(crate) struct CountedRequest(Arc<Mutex<Option<Arrived>>>);

/// A request that has arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) open: OpenRequest,
    /// Of a request for an answer.
    pub(crate) trace: Option<OpenTrace>,
}

/// What is known of a request for an answer, for whoever ends it: its stream, or else the layer around it. Dropped
/// by all, it is one whose client has left.
#[derive(Clone, Debug)]
pub(crate) struct SharedTrace(Arc<Mutex<Option<OpenTrace>>>);

impl SharedTrace {
    pub(crate) fn new(trace: Option<OpenTrace>) -> Self {
        Self(Arc::new(Mutex::new(trace)))
    }

    /// None when it was taken before.
    pub(crate) fn take(&self) -> Option<OpenTrace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Changes it where it has not been taken.
    pub(crate) fn note(&self, change: impl FnOnce(&mut OpenTrace)) {
        if let Some(trace) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            change(trace);
        }
    }
}

const TRACE_HEADER: &str = "traceparent";

impl CountedRequest {
    /// Counts a request that has arrived, if it is one that counts; `model` is whether the model's routes are there.
    pub(crate) fn attach<B>(counters: &ServerCounters, model: bool, request: &mut Request<B>) {
        let Some(endpoint) = ApiEndpoint::of(request.method(), request.uri().path(), model) else { return };
        if !endpoint.is_answer() && request.headers().contains_key(PROBE_HEADER) {
            return counters.requests.count_probe();
        }
        let trace = endpoint.is_answer().then(|| {
            let parent = request.headers().get(TRACE_HEADER).and_then(|value| value.to_str().ok());
            counters.finished.begin(endpoint, parent.and_then(trace_of))
        });
        let arrived = Arrived { open: counters.requests.begin(endpoint), trace };
        request.extensions_mut().insert(CountedRequest(Arc::new(Mutex::new(Some(arrived)))));
    }

    /// The counted request; none when it was taken before.
    pub(crate) fn take(&self) -> Option<Arrived> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
