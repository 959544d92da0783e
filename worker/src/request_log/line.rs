//! A request as its line.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use common::api::Operation;
use common::request_log::{FinishReason, LoggedRequest, Moment, Outcome, TokenCounts};
use common::segment::Segment;

use super::entry::Entry;
use crate::chat::{Finish, StreamReport};

/// The run's clock as the writer has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineClock {
    /// Zero of the worker's clock.
    pub epoch: Instant,
    /// The run's clock minus the worker's.
    pub offset_us: i64,
}

impl LineClock {
    pub(super) fn moment(&self, at: Instant) -> Moment {
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        let since = match at.checked_duration_since(self.epoch) {
            Some(later) => nanos(later),
            None => -nanos(self.epoch.saturating_duration_since(at)),
        };
        Moment::of_nanos(since.saturating_add(self.offset_us.saturating_mul(1000)))
    }
}

/// What every line of a run needs.
#[derive(Debug)]
pub(super) struct LineNames {
    /// Rows of the report, by operation.
    pub calls: Vec<String>,
    /// Names of the ids that are asked for.
    pub ids: Vec<String>,
}

/// The line of `entry`. All its moments are moved by the same offset, so that times between them are exact.
pub(super) fn line<'l>(entry: &'l Entry, names: &'l LineNames, clock: LineClock) -> LoggedRequest<'l> {
    let at = |moment: Instant| clock.moment(moment);
    let (asked, report) = (&entry.asked, entry.stream.as_deref());
    let since = |time: Option<Duration>| Some(at(report?.start.at + time?));
    let segment = Segment::from_number(asked.stage);
    let text = entry.cut_text;
    let ids = names.ids.iter().zip(&asked.ids);
    LoggedRequest {
        worker: None,
        user: asked.number,
        class: asked.user.0,
        session: asked.session,
        turn: asked.turn,
        call: Cow::Borrowed(names.calls.get(asked.operation.index()).map_or("", String::as_str)),
        stage: u32::try_from(segment.stage).unwrap_or(u32::MAX),
        measured: segment.measured,
        trace: asked.trace.map(|trace| Cow::Owned(trace.to_string())),
        intended: at(asked.intended),
        start: at(asked.start),
        sent: entry.sent.map(at),
        headers: entry.headers.map(at),
        first_byte: since(report.and_then(|report| report.first_byte).map(|span| span.seen)),
        first_event: since(report.and_then(|report| report.first_event).map(|span| span.seen)),
        first_reasoning: since(report.and_then(first_reasoning)),
        first_token: since(report.and_then(|report| report.ttft).map(|span| span.seen))
            .or(text.map(|text| at(text.first))),
        last_token: since(report.and_then(last_output)).or(text.map(|text| at(text.last))),
        end: at(entry.end),
        outcome: entry.outcome,
        status: Some(entry.status).filter(|status| *status > 0),
        failure: entry.failure.as_ref().map(|failure| failure.class),
        text: entry.failure.as_ref().map(|failure| Cow::Borrowed(failure.text.as_str())),
        bytes: entry.bytes,
        connection: entry.connection(),
        connect: entry
            .connect
            .map(|took| Moment::of_nanos(i64::try_from(took.as_nanos()).unwrap_or(i64::MAX))),
        chunks: (asked.operation == Operation::Chat)
            .then(|| report.map(|report| report.chunks).or(text.map(|text| text.chunks)).unwrap_or(0)),
        hidden: report.map_or(0, |report| report.hidden),
        tokens: report.filter(|_| entry.outcome != Outcome::Cut).map(tokens),
        finish: report.and_then(|report| report.finish).map(finish),
        stalled: report.is_some_and(|report| report.stalled),
        comments: report.map_or(0, |report| report.comments),
        contradicted: report.is_some_and(|report| report.is_contradicted),
        text_after_end: report.is_some_and(|report| report.text_after_end),
        left_open: report.is_some_and(|report| report.left_open),
        ids: ids
            .filter_map(|(name, id)| Some((Cow::Borrowed(name.as_str()), Cow::Borrowed(id.as_deref()?))))
            .collect(),
        slowest: entry.slowest,
    }
}

/// First output of any kind, where that is not visible text.
fn first_reasoning(report: &StreamReport) -> Option<Duration> {
    let first = report.ttfr?.seen;
    report.ttft.is_none_or(|ttft| first < ttft.seen).then_some(first)
}

fn last_output(report: &StreamReport) -> Option<Duration> {
    Some(report.ttfr?.seen + report.output?.seen)
}

fn tokens(report: &StreamReport) -> TokenCounts {
    TokenCounts {
        output: report.tokens,
        counted: report.has_usage,
        prompt: report.prompt_tokens,
        cached: report.cached_tokens,
        reasoning: report.reasoning_tokens,
    }
}

fn finish(finish: Finish) -> FinishReason {
    match finish {
        Finish::Stop => FinishReason::Stop,
        Finish::Length => FinishReason::Length,
        Finish::Tool => FinishReason::Tool,
        Finish::Filter => FinishReason::Filter,
        Finish::Other => FinishReason::Other,
    }
}
