//! A request is counted when it arrives, not when it is dealt with.
//!
//! hyper makes the future of a request and looks at the socket once more before it polls it: a peer
//! that was gone by then drops the future as it was made. So the count begins outside of it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Request;

use crate::counters::{Counters, OpenRequest};
use crate::endpoint::Endpoint;

/// Marks a request that looks whether the service is there: no load, so it meets no fault and is
/// counted apart.
const PROBE_HEADER: &str = "x-loadtest-probe";

/// A counted request, as it travels with it. Whoever takes it out answers for it; left where it is, it
/// counts as a peer that left.
#[derive(Clone, Debug)]
pub(crate) struct Arrival(Arc<Mutex<Option<OpenRequest>>>);

impl Arrival {
    /// Counts a request that has arrived, if it is one that counts.
    pub(crate) fn note<B>(counters: &Counters, request: &mut Request<B>) {
        let Some(endpoint) = Endpoint::of(request.method(), request.uri().path()) else { return };
        if endpoint != Endpoint::ChatStream && request.headers().contains_key(PROBE_HEADER) {
            return counters.requests.probed();
        }
        let open = Some(counters.requests.begin(endpoint));
        request.extensions_mut().insert(Arrival(Arc::new(Mutex::new(open))));
    }

    /// The counted request; none when it was taken before.
    pub(crate) fn take(&self) -> Option<OpenRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
