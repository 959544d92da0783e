//! What `GET /_sandbox/counts` and `GET /_sandbox/ttft` answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything counted since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Requests by endpoint, ids folded (`GET /threads/[id]/messages`), then by
    /// status; `499` is a client that left before the answer. Only what occurred.
    pub requests: BTreeMap<String, BTreeMap<u16, u64>>,
    /// Requests with the header `x-loadtest-probe`, which check that the service answers before the
    /// load starts: not among `requests`, and without faults.
    #[serde(default)]
    pub probes: u64,
    /// Chat streams.
    pub streams: ServedStreams,
    /// Faults delivered, by kind.
    pub faults: FaultCounts,
    /// Users named by the header `x-loadtest-user`.
    pub users: UserCounts,
    /// Work given to the database.
    pub db: DbCounts,
    /// What the virtual limits did.
    #[serde(default)]
    pub limits: LimitCounts,
}

impl Counts {
    /// Requests of `endpoint` over all statuses.
    pub fn total(&self, endpoint: &str) -> u64 {
        self.requests.get(endpoint).map_or(0, |statuses| statuses.values().sum())
    }
}

/// Chat streams, and the whole answers of the model. A stream starts when its 200 is sent, before it has a slot; a whole
/// answer when its request is taken up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedStreams {
    /// Streams whose headers were sent.
    pub started: u64,
    /// Streams whose terminal event was sent.
    pub completed: u64,
    /// Streams that the client left before their end.
    pub aborted: u64,
    /// Streams ended by an error event because the answer could not be stored.
    pub failed: u64,
    /// Streams open now, those that wait for a slot included.
    pub in_progress: u64,
    /// Most streams open at one instant.
    pub peak: u64,
    /// Streams that hold a slot now.
    pub producing: u64,
    /// Most streams that held a slot at one instant.
    pub producing_peak: u64,
}

/// Faults delivered; the documentation of the crate says when each is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultCounts {
    /// Clean ends without a terminal event.
    pub no_terminal: u64,
    /// Error events.
    pub error_event: u64,
    /// Broken connections.
    pub cut: u64,
    /// Silences that the client waited for.
    pub stall: u64,
    /// Injected 500s.
    pub http_500: u64,
    /// Injected 429s.
    pub http_429: u64,
    /// HTML pages.
    pub html: u64,
}

/// Distinct users. `now` and `peak` are one gauge: after a run `now` is 0, and it is never above
/// `peak`. `recent` also counts those who pause between two requests, so it may be above both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCounts {
    /// Users with a request or a stream in progress.
    pub now: u64,
    /// Most users that had one in progress at one instant.
    pub peak: u64,
    /// Users that have one in progress, or had within the last `--user-window`.
    #[serde(default)]
    pub recent: u64,
}

/// Work given to the database; zero with the store in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbCounts {
    /// Connections opened; the one that made the tables is not among them.
    pub connections_opened: u64,
    /// Operations: one statement each.
    pub operations: u64,
}

/// What the virtual limits did; zero for those that are not set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitCounts {
    /// Chunks asked for on the threads of `--threads-per-chunk`.
    pub chunks: u64,
    /// Most chunks that waited for a thread at one instant.
    pub chunks_queued_peak: u64,
    /// Requests handled and events written by the loop of `--event-cpu`.
    pub loop_turns: u64,
    /// Most of them that waited for it at one instant.
    pub loop_queued_peak: u64,
    /// Connections opened under `--db-connect`, one for each operation that was not refused.
    pub db_connections: u64,
    /// Most of them open at one instant, at most `--db-max`.
    pub db_connections_peak: u64,
    /// Connections refused, each a 500 or an error event.
    pub db_refused: u64,
    /// Streams not admitted by `--rate-limit`, each a 429.
    pub rate_limited: u64,
    /// Streams refused by `--queue-limit`, each a 503.
    #[serde(default)]
    pub queue_refused: u64,
    /// Streams refused by `--cap`, each a 429.
    #[serde(default)]
    pub capped: u64,
    /// Steps begun by the engine of `--batch-slots`.
    #[serde(default)]
    pub batch_steps: u64,
    /// Slots added by `--scale-out` since the last reset.
    #[serde(default)]
    pub slots_added: u64,
}

/// First-token delays as the server saw them: from the moment at which the
/// request's head was read to the moment at which its first token was handed to
/// the connection. Time in the slot queue is part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TtftSummary {
    /// Streams that sent a first token.
    pub count: u64,
    /// Median by nearest rank, µs; off by at most 0.1 %.
    pub p50_us: u64,
    /// 99th percentile by nearest rank, µs; off by at most 0.1 %.
    pub p99_us: u64,
    /// Largest, µs; exact.
    pub max_us: u64,
}
