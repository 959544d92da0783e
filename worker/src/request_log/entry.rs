//! What a core keeps of one request until it is written: moments as they are, nothing formatted.

use std::time::{Duration, Instant};

use common::api::Operation;
use common::class::UserKey;
use common::request_log::{ConnectionUse, Outcome};
use common::trace::TraceId;

use crate::chat::{Chunk, StreamReport};
use crate::http::{Exchange, Failure};

/// Who asked for what.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub user: UserKey,
    /// Its number, as the service sees it.
    pub number: u64,
    /// The trace that it belongs to.
    pub trace: Option<TraceId>,
    pub session: u32,
    pub turn: u32,
    pub operation: Operation,
    /// Number of the segment.
    pub stage: u32,
    /// When it was to start: the first request of an arrival when that was due.
    pub intended: Instant,
    /// When the user began with it.
    pub start: Instant,
    /// Ids that were asked for, by their places among the names.
    pub ids: Vec<Option<String>>,
}

/// One request and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub asked: Asked,
    pub outcome: Outcome,
    pub sent: Option<Instant>,
    pub headers: Option<Instant>,
    pub end: Instant,
    /// 0 without an answer.
    pub status: u16,
    pub bytes: u64,
    pub connect: Option<Duration>,
    pub failure: Option<Failure>,
    pub stream: Option<Box<StreamReport>>,
    /// What came of a stream that was cut.
    pub cut_text: Option<FirstText>,
    pub slowest: bool,
}

/// The visible text of a stream that goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstText {
    /// When the stream's question left.
    pub sent: Instant,
    pub first: Instant,
    pub last: Instant,
    pub chunks: u64,
}

impl FirstText {
    /// The same after one chunk more.
    #[inline]
    pub(crate) fn after(before: Option<FirstText>, chunk: Chunk) -> Option<FirstText> {
        match (chunk, before) {
            (Chunk::First { at, ttft }, _) => {
                let sent = at.at.checked_sub(ttft.seen).unwrap_or(at.at);
                Some(FirstText { sent, first: at.at, last: at.at, chunks: 1 })
            }
            (Chunk::After { at, .. }, Some(before)) => {
                Some(FirstText { last: at.at, chunks: before.chunks + 1, ..before })
            }
            (Chunk::After { .. }, None) => None,
        }
    }
}

impl Entry {
    /// An answer that came whole, or did not.
    pub(crate) fn of_exchange(asked: Asked, exchange: &Exchange) -> Entry {
        Entry {
            outcome: outcome(&exchange.outcome),
            sent: Some(exchange.start.at),
            headers: exchange.head.map(|head| head.at),
            end: exchange.ended.at,
            status: exchange.status,
            bytes: exchange.bytes,
            connect: exchange.connect,
            failure: exchange.outcome.as_ref().err().cloned(),
            ..Entry::begun(asked)
        }
    }

    /// A stream.
    pub(crate) fn of_stream(asked: Asked, report: &StreamReport) -> Entry {
        Entry {
            outcome: if report.left { Outcome::Left } else { outcome(&report.outcome) },
            sent: Some(report.start.at),
            headers: report.headers.map(|headers| report.start.at + headers.seen),
            end: report.ended.at,
            status: report.status,
            bytes: report.bytes,
            connect: report.connect,
            failure: report.outcome.as_ref().err().cloned(),
            stream: Some(Box::new(report.clone())),
            ..Entry::begun(asked)
        }
    }

    /// A request that was broken off at `end`; `sent` if any of it was.
    pub(crate) fn of_cut(asked: Asked, end: Instant, sent: bool, text: Option<FirstText>) -> Entry {
        let left = text.map_or(asked.start, |text| text.sent);
        Entry { sent: sent.then_some(left), end, cut_text: text, ..Entry::begun(asked) }
    }

    /// A stream whose question failed at `end`.
    pub(crate) fn of_unasked(asked: Asked, end: Instant) -> Entry {
        Entry { outcome: Outcome::Unasked, end, ..Entry::begun(asked) }
    }

    fn begun(asked: Asked) -> Entry {
        Entry {
            end: asked.start,
            asked,
            outcome: Outcome::Cut,
            sent: None,
            headers: None,
            status: 0,
            bytes: 0,
            connect: None,
            failure: None,
            stream: None,
            cut_text: None,
            slowest: false,
        }
    }

    /// End − sent.
    pub(super) fn latency(&self) -> Duration {
        self.sent.map_or(Duration::ZERO, |sent| self.end.saturating_duration_since(sent))
    }

    /// What became of the connection. Without an answer a kept one and none look alike.
    pub(super) fn connection(&self) -> Option<ConnectionUse> {
        match (self.connect, self.status) {
            (Some(_), _) => Some(ConnectionUse::Opened),
            (None, 1..) => Some(ConnectionUse::Kept),
            (None, 0) => None,
        }
    }
}

fn outcome(outcome: &Result<(), Failure>) -> Outcome {
    if outcome.is_ok() { Outcome::Ok } else { Outcome::Failed }
}
