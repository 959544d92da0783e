//! What is asked of a connection, and what came of it.

use std::time::{Duration, Instant};

use common::api::Answer;
use common::plan::Plan;

use super::Fault;

/// Longest wait for a new connection, TLS included; a request's own timeout ends it sooner.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a connection takes from its peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A longer body fails as `oversize_body`, bytes.
    pub max_body: usize,
    /// A longer event of a stream fails as `oversize_event`, bytes.
    pub max_event: usize,
    /// Longest wait for a new connection, TLS included.
    pub connect: Duration,
}

impl From<&Plan> for Limits {
    fn from(plan: &Plan) -> Self {
        Self { max_body: plan.max_body, max_event: plan.max_event, connect: CONNECT_TIMEOUT }
    }
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// HTTP method.
    pub method: &'a http::Method,
    /// Path and query, beginning with `/`, already escaped.
    pub path: &'a str,
    /// JSON body.
    pub body: Option<&'a [u8]>,
    /// What the answer must be.
    pub answer: Answer,
    /// Longest time until the answer is complete, connecting included.
    pub timeout: Duration,
    /// Value of the header that names the user; needs the name given to [`Client::new`](super::Client::new).
    pub user: Option<&'a http::HeaderValue>,
}

/// A finished request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The user decided to send: before connecting.
    pub started: Instant,
    /// The answer was complete, or the failure certain.
    pub ended: Instant,
    /// Time to open the connection, TLS included; `None` if one was used again.
    pub connect: Option<Duration>,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// The answer's `Retry-After`, at most a day.
    pub retry_after: Option<Duration>,
    /// Whether it is the answer that the API promises.
    pub outcome: Result<(), Fault>,
}
