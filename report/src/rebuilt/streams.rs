//! All streams together, and what is measured of connections and arrivals.

use common::request_log::{FinishReason, LoggedRequest, Moment, Outcome, TokenCounts};
use common::stats::{Metric, StreamCounts};
use common::totals::StreamTotals;

use super::calls::is_stream;

/// Whether a line tells of an arrival: its request was to start before its user could begin with it, which nobody else's
/// was.
fn is_of_arrival(request: &LoggedRequest<'_>) -> bool {
    request.intended < request.start
}

/// Counts what a worker's recorder counts beside the request itself, but for gaps between chunks, which no log has.
pub(super) fn add(totals: &mut StreamTotals, request: &LoggedRequest<'_>, times: u64) {
    let mut metric = |metric: Metric, value: Option<u64>| {
        if let Some(value) = value {
            totals.metrics[metric as usize].record_times(value, times);
        }
    };
    metric(Metric::Connect, request.connect.map(Moment::nearest_us));
    if let (Some(sent), Outcome::Ok | Outcome::Failed | Outcome::Left) = (request.sent, request.outcome)
        && is_of_arrival(request)
    {
        let delay = sent.since(request.intended);
        let from_due =
            |time: Moment| Moment::of_nanos(time.nanos().saturating_add(delay.nanos())).nearest_us();
        let text = request.ttft().filter(|_| is_stream(request));
        metric(Metric::StartDelay, Some(delay.nearest_us()));
        let latency = request.latency().filter(|_| request.outcome != Outcome::Left);
        metric(Metric::FromStart, latency.map(Moment::nearest_us));
        metric(Metric::FromDue, latency.map(from_due));
        metric(Metric::TextFromDue, text.map(from_due));
    }
    if is_stream(request) {
        for (name, value) in times_of(request) {
            metric(name, value);
        }
        count(&mut totals.counts, request, times);
    }
}

/// Every time of a stream that a report has. Those of a refusal say nothing about streams.
fn times_of(request: &LoggedRequest<'_>) -> Vec<(Metric, Option<u64>)> {
    let Some(sent) = request.sent else { return Vec::new() };
    let first_text = (Metric::Ttft, request.ttft().map(Moment::nearest_us));
    if request.outcome == Outcome::Cut {
        return vec![first_text];
    }
    let since = |moment: Moment| moment.since(sent).nearest_us();
    let is_accepted = request.status.is_some_and(|status| (200..300).contains(&status));
    let is_whole = request.outcome == Outcome::Ok;
    let pace = Pace::of(request);
    vec![
        first_text,
        (Metric::Headers, request.headers.filter(|_| is_accepted).map(since)),
        (Metric::FirstByte, request.first_byte.filter(|_| is_accepted).map(since)),
        (Metric::FirstEvent, request.first_event.map(since)),
        (Metric::Ttfr, request.ttfr().map(Moment::nearest_us)),
        (Metric::E2e, request.latency().filter(|_| is_whole).map(Moment::nearest_us)),
        (Metric::Tpot, pace.as_ref().map(Pace::tpot)),
        (Metric::TokenRate, pace.as_ref().and_then(Pace::rate)),
    ]
}

/// The tokens after the first, and the time in which they came.
struct Pace {
    span: Moment,
    steps: u64,
}

impl Pace {
    fn of(request: &LoggedRequest<'_>) -> Option<Pace> {
        let tokens = request.tokens.unwrap_or_default();
        if request.outcome != Outcome::Ok || request.chunks.unwrap_or(0).saturating_add(request.hidden) < 2 {
            return None;
        }
        // Thoughts that are counted and not shown came before the span.
        let unseen = if request.hidden == 0 { tokens.reasoning } else { 0 };
        let steps = tokens.output.checked_sub(unseen.saturating_add(1)).filter(|steps| *steps > 0)?;
        let first = request.first_reasoning.or(request.first_token)?;
        Some(Pace { span: request.last_token?.since(first), steps })
    }

    fn tpot(&self) -> u64 {
        Moment::of_nanos(self.span.nanos() / i64::try_from(self.steps).unwrap_or(i64::MAX)).nearest_us()
    }

    fn rate(&self) -> Option<u64> {
        let nanos = u128::try_from(self.span.nanos()).ok()?;
        let rate = (u128::from(self.steps) * 1_000_000_000_000).checked_div(nanos)?;
        u64::try_from(rate).ok()
    }
}

fn count(counts: &mut StreamCounts, request: &LoggedRequest<'_>, times: u64) {
    let add = |to: &mut u64, number: u64| *to = to.saturating_add(number.saturating_mul(times));
    add(&mut counts.begun, 1);
    add(&mut counts.chunks, request.chunks.unwrap_or(0));
    if request.outcome == Outcome::Cut {
        return;
    }
    let is_whole = request.outcome == Outcome::Ok;
    let is_failed = matches!(request.outcome, Outcome::Failed | Outcome::Unasked);
    let TokenCounts { output, counted, prompt, cached, reasoning } = request.tokens.unwrap_or_default();
    for (to, number) in [
        (&mut counts.failed, u64::from(is_failed)),
        (&mut counts.textless, u64::from(is_failed && request.first_token.is_none())),
        (&mut counts.abandoned, u64::from(request.outcome == Outcome::Left)),
        (&mut counts.tokens, output),
        (&mut counts.tokens_reported, if counted { output } else { 0 }),
        (&mut counts.comments, request.comments),
        (&mut counts.hidden, request.hidden),
        (&mut counts.prompt_tokens, prompt),
        (&mut counts.cached_tokens, cached),
        (&mut counts.reasoning_tokens, reasoning),
    ] {
        add(to, number);
    }
    if is_whole {
        whole(counts, request, times);
    }
}

/// What only a whole answer shows.
fn whole(counts: &mut StreamCounts, request: &LoggedRequest<'_>, times: u64) {
    counts.completed += times;
    for (to, is_so) in [
        (&mut counts.stalled, request.stalled),
        (&mut counts.wordless, request.chunks == Some(0)),
        (&mut counts.contradicted, request.contradicted),
        (&mut counts.text_after_end, request.text_after_end),
        (&mut counts.left_open, request.left_open),
    ] {
        *to += if is_so { times } else { 0 };
    }
    match request.finish {
        None => {}
        Some(FinishReason::Stop) => counts.finish_stop += times,
        Some(FinishReason::Length) => counts.finish_length += times,
        Some(FinishReason::Tool) => counts.finish_tool += times,
        Some(FinishReason::Filter) => counts.finish_filter += times,
        Some(FinishReason::Other) => counts.finish_other += times,
    }
}
