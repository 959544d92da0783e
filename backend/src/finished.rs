//! What `GET /_sandbox/requests` answers: a header, then a line for each request that has finished.

use serde::{Deserialize, Serialize};

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedHeader {
    /// Always true; no other line has it.
    pub header: bool,
    /// The server's clock, µs since the Unix epoch.
    pub now_us: u64,
    /// Number of the oldest request that is kept; one above `newest` when none is.
    pub oldest: u64,
    /// Number of the newest, 0 before the first. Numbers are never given twice, also after a reset.
    pub newest: u64,
    /// Finished requests forgotten since the last reset because there are more than `--keep-requests`.
    pub dropped: u64,
    /// Requests received since the last reset, those that were open then included.
    pub received: u64,
    /// Requests that have not finished.
    pub open: u64,
}

/// One request for an answer. Times are in µs since the Unix epoch, all from one monotonic clock that was set by the
/// system's once, as the server started: their differences are exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedRequest {
    /// Its number, given when it finished, from 1 without gaps.
    pub seq: u64,
    /// Its id, which the response has as `x-request-id`.
    pub request: String,
    /// The trace id of its `traceparent`, 32 lowercase hex digits.
    pub trace: Option<String>,
    /// The eight hex digits of the nonce that the controller puts in front of a question, where the last question has one.
    pub nonce: Option<String>,
    /// Path of the endpoint.
    pub path: String,
    /// The model asked for; none by `/chat/stream`.
    pub model: Option<String>,
    /// HTTP status; 499 is a client that left before the head of the answer.
    pub status: u16,
    /// How it ended.
    pub outcome: RequestOutcome,
    /// When its body had been read; its head, where the body never came whole.
    pub received_us: u64,
    /// When it obtained its slot, or its place in the batch.
    pub started_us: Option<u64>,
    /// When its first token was written. Those of a whole answer are written together, at its end.
    pub first_us: Option<u64>,
    /// When its last token was written.
    pub last_us: Option<u64>,
    /// When the end of the response was written, or the client was seen to have left.
    pub ended_us: u64,
    /// Tokens written.
    pub tokens: u32,
    /// From the first token to the last.
    pub gaps_us: u64,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestOutcome {
    /// Answered to its end.
    Ok,
    /// The client left before that.
    Left,
    /// The server failed, on purpose or not, before the answer or in it.
    Failed,
    /// Turned away: by a limit, or because it asks for what is not there.
    Refused,
}

impl RequestOutcome {
    /// Of a request that is answered by `status` alone.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            499 => Self::Left,
            // Not now: 503 by a queue that is full, 529 in Anthropic's API.
            400..500 | 503 | 529 => Self::Refused,
            500.. => Self::Failed,
            _ => Self::Ok,
        }
    }
}
