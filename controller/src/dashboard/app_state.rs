//! What requests are answered from.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::api::Endpoint;
use hub::control::ControlSender;
use hub::grpc::Token;
use report::rows::DistributionRow;
use serde::Serialize;
use tokio::sync::watch;

use super::charts::Drawn;
use super::metrics::Scrapes;
use super::snapshot::Snapshot;
use super::state::RunState;

/// What handlers share. Cloned for each request.
#[derive(Clone)]
pub(super) struct AppState {
    pub(super) run: Arc<RunState>,
    pub(super) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(super) token: Option<Token>,
    pub(super) orders: ControlSender,
    pub(super) endpoints: Arc<[EndpointName]>,
    /// The name of this machine.
    pub(super) machine: Arc<str>,
    pub(super) scrapes: Arc<Scrapes>,
    pub(super) viewers: Viewers,
    pub(super) drawn: Drawn,
}

/// An endpoint by its place in the rows of each second.
#[derive(Debug, Serialize)]
pub(super) struct EndpointName {
    method: String,
    name: String,
}

impl EndpointName {
    pub(super) fn of(endpoint: &Endpoint) -> EndpointName {
        EndpointName { method: endpoint.method.clone(), name: endpoint.name.clone() }
    }

    /// Whether a row is about it.
    pub(super) fn is(&self, row: &DistributionRow) -> bool {
        (&self.method, &self.name) == (&row.method, &row.name)
    }
}

/// How many viewers follow the events.
#[derive(Debug, Clone, Default)]
pub(super) struct Viewers(Arc<AtomicUsize>);

impl Viewers {
    /// Counts a viewer for as long as the value lives.
    pub(super) fn enter(&self) -> Viewing {
        self.0.fetch_add(1, Ordering::Relaxed);
        Viewing(self.clone())
    }

    pub(super) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// A viewer that has not gone yet.
pub(super) struct Viewing(Viewers);

impl Drop for Viewing {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AppState {
    /// The id of the run.
    pub(super) fn id(&self) -> String {
        self.run.latest().live.id.clone()
    }
}
