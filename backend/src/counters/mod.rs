//! Live counters behind [`Counts`].
//!
//! Every change is a sequentially consistent read-modify-write, made before the
//! bytes it belongs to are given to the connection. So a client that has read
//! these bytes finds them counted.

mod finished;
mod limits;
mod requests;
mod streams;
mod ttft;
mod users;

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use finished::{FinishedRequests, OpenTrace, nonce_of, trace_of};
pub(crate) use limits::{LimitCounters, OpenConnection};
pub(crate) use requests::{OpenRequest, PEER_LEFT, RequestCounters};
pub(crate) use streams::{OpenStream, Producing, StreamCounters, StreamOutcome};
pub(crate) use ttft::TtftHistogram;
pub(crate) use users::{Presence, UserCounters};

use crate::counts::{Counts, DbCounts, FaultCounts};
use crate::fault::FaultKind;

#[derive(Debug)]
pub(crate) struct ServerCounters {
    pub(crate) requests: Arc<RequestCounters>,
    pub(crate) streams: Arc<StreamCounters>,
    pub(crate) faults: FaultCounters,
    pub(crate) users: Arc<UserCounters>,
    pub(crate) db: Arc<DbCounters>,
    pub(crate) limits: Arc<LimitCounters>,
    pub(crate) ttft: TtftHistogram,
    pub(crate) finished: Arc<FinishedRequests>,
}

impl ServerCounters {
    /// `keep` is how many finished requests are kept.
    pub(crate) fn new(user_window: Duration, keep: usize) -> Self {
        Self {
            requests: Arc::default(),
            streams: Arc::default(),
            faults: FaultCounters::default(),
            users: Arc::new(UserCounters::new(user_window)),
            db: Arc::default(),
            limits: Arc::default(),
            ttft: TtftHistogram::default(),
            finished: Arc::new(FinishedRequests::new(keep)),
        }
    }

    /// The counts at `now`; exact when nothing is in progress.
    pub(crate) fn snapshot(&self, now: Instant) -> Counts {
        Counts {
            requests: self.requests.snapshot(),
            probes: self.requests.probes(),
            streams: self.streams.snapshot(),
            faults: self.faults.snapshot(),
            users: self.users.snapshot(now),
            db: self.db.snapshot(),
            limits: self.limits.snapshot(),
        }
    }

    /// Zeroes everything but what is in progress. Peaks fall to the present value.
    /// Request and stream numbers start again, so that the seed gives the same run.
    pub(crate) fn reset(&self) {
        self.requests.reset();
        self.streams.reset();
        self.faults.0.iter().for_each(zero);
        self.users.reset();
        [&self.db.connections_opened, &self.db.operations].into_iter().for_each(zero);
        self.limits.reset();
        self.ttft.reset();
        self.finished.reset();
    }
}

#[derive(Debug)]
pub(crate) struct FaultCounters([AtomicU64; FaultKind::ALL.len()]);

impl Default for FaultCounters {
    fn default() -> Self {
        Self(array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl FaultCounters {
    pub(crate) fn delivered(&self, fault: FaultKind) {
        add_one(&self.0[fault as usize]);
    }

    fn snapshot(&self) -> FaultCounts {
        let of = |fault: FaultKind| get(&self.0[fault as usize]);
        FaultCounts {
            no_terminal: of(FaultKind::NoTerminal),
            error_event: of(FaultKind::ErrorEvent),
            cut: of(FaultKind::Cut),
            stall: of(FaultKind::Stall),
            http_500: of(FaultKind::Http500),
            http_429: of(FaultKind::Http429),
            html: of(FaultKind::Html),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct DbCounters {
    connections_opened: AtomicU64,
    operations: AtomicU64,
}

impl DbCounters {
    pub(crate) fn connection_opened(&self) {
        add_one(&self.connections_opened);
    }

    pub(crate) fn operation(&self) {
        add_one(&self.operations);
    }

    fn snapshot(&self) -> DbCounts {
        DbCounts { connections_opened: get(&self.connections_opened), operations: get(&self.operations) }
    }
}

/// A value now and the largest it has been.
#[derive(Debug, Default)]
struct Gauge {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Gauge {
    fn up(&self) {
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.peak.fetch_max(now, SeqCst);
    }

    fn down(&self) {
        self.now.fetch_sub(1, SeqCst);
    }

    fn reset_peak(&self) {
        self.peak.store(get(&self.now), SeqCst);
    }
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, SeqCst);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(SeqCst)
}

fn zero(counter: &AtomicU64) {
    counter.store(0, SeqCst);
}
