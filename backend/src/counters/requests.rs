//! Requests by endpoint and status.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::{add_one, get, zero};
use crate::endpoint::ApiEndpoint;

/// HTTP statuses run from 100 to 599; anything else cannot be sent.
const STATUSES: usize = 500;
const LOWEST: u16 = 100;

/// Status that counts clients which left before their answer.
pub(crate) const PEER_LEFT: u16 = 499;

/// One cell for each endpoint and status.
#[derive(Debug)]
pub(crate) struct RequestCounters {
    cells: Box<[AtomicU64]>,
    /// Requests that are not answered yet.
    open: AtomicU64,
    /// Number of the next request that a fault may be drawn for.
    next_number: AtomicU64,
    /// Requests sent before the load, which are counted apart.
    probes: AtomicU64,
}

impl Default for RequestCounters {
    fn default() -> Self {
        Self {
            cells: (0..ApiEndpoint::ALL.len() * STATUSES).map(|_| AtomicU64::new(0)).collect(),
            open: AtomicU64::new(0),
            next_number: AtomicU64::new(0),
            probes: AtomicU64::new(0),
        }
    }
}

impl RequestCounters {
    /// Registers a request; dropped without an answer, it counts as 499.
    pub(crate) fn begin(self: &Arc<Self>, endpoint: ApiEndpoint) -> OpenRequest {
        add_one(&self.open);
        OpenRequest { requests: Arc::clone(self), endpoint, status: PEER_LEFT }
    }

    /// Number of a request of the API, from 0, for the draw of its fault.
    pub(crate) fn number(&self) -> u64 {
        self.next_number.fetch_add(1, SeqCst)
    }

    pub(crate) fn count_probe(&self) {
        add_one(&self.probes);
    }

    pub(super) fn probes(&self) -> u64 {
        get(&self.probes)
    }

    pub(crate) fn open(&self) -> u64 {
        get(&self.open)
    }

    pub(super) fn snapshot(&self) -> BTreeMap<String, BTreeMap<u16, u64>> {
        let mut all = BTreeMap::new();
        for (endpoint, cells) in ApiEndpoint::ALL.into_iter().zip(self.cells.chunks(STATUSES)) {
            let statuses: BTreeMap<u16, u64> =
                (LOWEST..).zip(cells.iter().map(get)).filter(|(_, count)| *count > 0).collect();
            if !statuses.is_empty() {
                all.insert(endpoint.name().to_owned(), statuses);
            }
        }
        all
    }

    pub(super) fn reset(&self) {
        self.cells.iter().for_each(zero);
        [&self.next_number, &self.probes].into_iter().for_each(zero);
    }
}

/// A request that has not been answered; counts itself once, when dropped.
#[derive(Debug)]
pub(crate) struct OpenRequest {
    requests: Arc<RequestCounters>,
    endpoint: ApiEndpoint,
    status: u16,
}

impl OpenRequest {
    pub(crate) fn endpoint(&self) -> ApiEndpoint {
        self.endpoint
    }

    /// To be called just before the answer is given to the connection.
    pub(crate) fn answered(mut self, status: u16) {
        self.status = status;
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        let column = usize::from(self.status.saturating_sub(LOWEST)).min(STATUSES - 1);
        add_one(&self.requests.cells[self.endpoint as usize * STATUSES + column]);
        self.requests.open.fetch_sub(1, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_once_under_its_status_or_499() {
        let requests = Arc::new(RequestCounters::default());
        requests.begin(ApiEndpoint::ListThreads).answered(200);
        requests.begin(ApiEndpoint::ListThreads).answered(599);
        drop(requests.begin(ApiEndpoint::Other));
        let open = requests.begin(ApiEndpoint::ChatStream);
        assert_eq!(requests.open(), 1);
        let expected = BTreeMap::from([
            ("GET /threads".to_owned(), BTreeMap::from([(200, 1), (599, 1)])),
            ("OTHER".to_owned(), BTreeMap::from([(499, 1)])),
        ]);
        assert_eq!(requests.snapshot(), expected);
        open.answered(200);
        assert_eq!(requests.open(), 0);
    }
}
