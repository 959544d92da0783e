//! Live counters behind [`Counts`].
//!
//! Every change is a sequentially consistent read-modify-write made before the
//! bytes that tell a peer of it are handed out, so that a peer which has read
//! them finds them counted.

mod limits;
mod requests;
mod streams;
mod ttft;
mod users;

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use tokio::time::Instant;

pub(crate) use limits::{LimitTally, OpenConnection};
pub(crate) use requests::{OpenRequest, PEER_LEFT, Requests};
pub(crate) use streams::{OpenStream, Outcome, Producing, Streams};
pub(crate) use ttft::TtftBuckets;
pub(crate) use users::{Presence, Users};

use crate::counts::{Counts, DbCounts, FaultCounts};
use crate::fault::Fault;
use crate::settings::Settings;

/// All counters of one server.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) requests: Arc<Requests>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) faults: FaultTally,
    pub(crate) users: Arc<Users>,
    pub(crate) db: Arc<DbTally>,
    pub(crate) limits: Arc<LimitTally>,
    pub(crate) ttft: TtftBuckets,
}

impl Counters {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            requests: Arc::default(),
            streams: Arc::default(),
            faults: FaultTally::default(),
            users: Arc::new(Users::new(settings.user_window)),
            db: Arc::default(),
            limits: Arc::default(),
            ttft: TtftBuckets::default(),
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

    /// Zeroes everything but what is in progress; peaks fall to the present
    /// value, and request and stream numbers start again, so that the seed
    /// gives the same run once more.
    pub(crate) fn reset(&self) {
        self.requests.reset();
        self.streams.reset();
        self.faults.0.iter().for_each(zero);
        self.users.reset();
        [&self.db.connections_opened, &self.db.operations].into_iter().for_each(zero);
        self.limits.reset();
        self.ttft.reset();
    }
}

/// Faults delivered, by kind.
#[derive(Debug)]
pub(crate) struct FaultTally([AtomicU64; Fault::ALL.len()]);

impl Default for FaultTally {
    fn default() -> Self {
        Self(array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl FaultTally {
    pub(crate) fn delivered(&self, fault: Fault) {
        add_one(&self.0[fault as usize]);
    }

    fn snapshot(&self) -> FaultCounts {
        let of = |fault: Fault| get(&self.0[fault as usize]);
        FaultCounts {
            no_terminal: of(Fault::NoTerminal),
            error_event: of(Fault::ErrorEvent),
            cut: of(Fault::Cut),
            stall: of(Fault::Stall),
            http_500: of(Fault::Http500),
            http_429: of(Fault::Http429),
            html: of(Fault::Html),
        }
    }
}

/// Work given to the database.
#[derive(Debug, Default)]
pub(crate) struct DbTally {
    connections_opened: AtomicU64,
    operations: AtomicU64,
}

impl DbTally {
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
