//! What one stream came to.

use std::time::Duration;

use super::Finish;
use super::reading::{Chunk, Reading};
use crate::http::{Arrival, Failure, Nanos, Span, Start};

/// One stream with its stamps; each [`Span`] is the time since its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReport {
    /// When the question left.
    pub start: Start,
    /// The terminal event's frame, or the moment the failure was certain.
    pub ended: Arrival,
    /// Time to open the connection, TLS included; `None` if one was used again.
    pub connect: Option<Duration>,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    /// Bytes of the body, up to and including the last frame read.
    pub bytes: u64,
    /// The answer's `Retry-After`, at most a day.
    pub retry_after: Option<Duration>,
    /// The response's headers.
    pub headers: Option<Span>,
    /// First byte of the body (TTFB).
    pub first_byte: Option<Span>,
    /// First dispatched event; comments do not count.
    pub first_event: Option<Span>,
    /// First event that adds output of any kind: text, thoughts, a part of a tool's call (TTFR).
    pub ttfr: Option<Span>,
    /// From that event to the last one that added any.
    pub output: Option<Span>,
    /// First event that adds visible text (TTFT).
    pub ttft: Option<Span>,
    /// Events that added visible text.
    pub chunks: u64,
    /// Events that added thoughts or parts of a tool's call, and no visible text.
    pub hidden: u64,
    /// Output tokens as the service reported them, else `chunks` and `hidden`.
    pub tokens: u64,
    /// Whether `tokens` is the service's own count.
    pub has_usage: bool,
    /// Whether that count contradicts what came: fewer tokens than events with output.
    pub is_contradicted: bool,
    /// The prompt's tokens; 0 where the service does not report them.
    pub prompt_tokens: u64,
    /// Those of them that came from a cache.
    pub cached_tokens: u64,
    /// Those of the output that are thoughts.
    pub reasoning_tokens: u64,
    /// Why the answer ended, if the service says so.
    pub finish: Option<Finish>,
    /// Whether text came after the end, as far as that was looked at.
    pub text_after_end: bool,
    /// Whether the body had not ended 100 ms after the answer.
    pub left_open: bool,
    /// Comment lines: signs of life without an event.
    pub comments: u64,
    /// Whether some gap between two chunks reached the limit.
    pub stalled: bool,
    /// Whether the user left before the end, as the load asks for: neither a success nor a failure.
    pub left: bool,
    /// Why the stream failed, if it did.
    pub outcome: Result<(), Failure>,
}

impl StreamReport {
    /// A stream of which nothing has come by `ended`.
    pub(crate) fn begun(start: Start, ended: Arrival, connect: Option<Duration>) -> Self {
        Self {
            start,
            ended,
            connect,
            status: 0,
            bytes: 0,
            retry_after: None,
            headers: None,
            first_byte: None,
            first_event: None,
            ttfr: None,
            output: None,
            ttft: None,
            chunks: 0,
            hidden: 0,
            tokens: 0,
            has_usage: false,
            is_contradicted: false,
            prompt_tokens: 0,
            cached_tokens: 0,
            reasoning_tokens: 0,
            finish: None,
            text_after_end: false,
            left_open: false,
            comments: 0,
            stalled: false,
            left: false,
            outcome: Ok(()),
        }
    }

    /// Whether the answer came to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcome.is_ok() && !self.left
    }

    /// The stream failed before its body counted.
    pub(super) fn failed(self, failure: Failure) -> Self {
        Self { outcome: Err(failure), ..self }
    }

    /// The stream is over: takes over what was read of it.
    pub(super) fn close<G: FnMut(Chunk)>(
        self,
        reading: &Reading<'_, G>,
        outcome: Result<(), Failure>,
    ) -> Self {
        let tally = &reading.tally;
        let events = tally.chunks + tally.hidden;
        let reported = reading.dialect.output_tokens(&tally.usage);
        // No tokens in an answer that came is no count.
        let believed = reported.filter(|tokens| *tokens > 0 || events == 0);
        let since = |at: Option<Arrival>| at.map(|at| self.start.until(at));
        Self {
            first_event: since(tally.first_event),
            ttfr: since(tally.first_output),
            output: tally.first_output.zip(tally.last_output).map(|(first, last)| Span::between(first, last)),
            ttft: since(tally.first_text),
            chunks: tally.chunks,
            hidden: tally.hidden,
            tokens: believed.unwrap_or(events),
            has_usage: believed.is_some(),
            is_contradicted: reported.is_some_and(|tokens| tokens < events),
            prompt_tokens: tally.usage.prompt.unwrap_or(0),
            cached_tokens: tally.usage.cached.unwrap_or(0),
            reasoning_tokens: tally.usage.reasoning.unwrap_or(0),
            finish: tally.finish,
            text_after_end: tally.text_after_end,
            comments: reading.comments(),
            stalled: tally.stalled,
            outcome,
            ..self
        }
    }

    /// Terminal event − start; completed streams only.
    #[must_use]
    pub fn e2e(&self) -> Option<Span> {
        self.is_complete().then(|| self.time())
    }

    /// End − start, whatever the end was.
    #[must_use]
    pub fn time(&self) -> Span {
        self.start.until(self.ended)
    }

    /// Time per output token after the first: (last output − first output) / (tokens − 1). Completed
    /// streams of two events with output and two tokens or more: one event has no span to divide.
    #[must_use]
    pub fn tpot(&self) -> Option<Span> {
        let (span, steps) = self.steps()?;
        let each = |time: Duration| {
            u64::try_from(time.as_nanos() / u128::from(steps)).map_or(Duration::MAX, Duration::from_nanos)
        };
        let [below, above] = [span.below, span.above].map(|unsure| Nanos::of(each(unsure.time())));
        Some(Span { seen: each(span.seen), below, above })
    }

    /// Thousandths of a token a second: (tokens − 1) / (last output − first output), and the least and the most that it
    /// may be. As [`tpot`](Self::tpot), and `None` too for output that came all at once.
    #[must_use]
    pub fn milli_tokens_per_second(&self) -> Option<[u64; 3]> {
        let (span, steps) = self.steps()?;
        let rate = |time: Duration| {
            let rate = (u128::from(steps) * 1_000_000_000_000).checked_div(time.as_nanos())?;
            u64::try_from(rate).ok()
        };
        // In no measurable time: as fast as the clock can show.
        Some([rate(span.seen)?, rate(span.most())?, rate(span.least()).unwrap_or(u64::MAX)])
    }

    /// The span of the output and the tokens after the first that came in it: thoughts that the service counts
    /// but does not show came before it.
    fn steps(&self) -> Option<(Span, u64)> {
        if !self.is_complete() || self.chunks + self.hidden < 2 {
            return None;
        }
        let unseen = if self.hidden == 0 { self.reasoning_tokens } else { 0 };
        let steps = self.tokens.checked_sub(1 + unseen).filter(|steps| *steps > 0)?;
        Some((self.output?, steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::failure::FailureClass;
    use std::time::Instant;

    fn report(chunks: u64, tokens: u64, first_ms: u64, last_ms: u64) -> StreamReport {
        let started = Instant::now();
        let millis = |value| Some(Span::exactly(Duration::from_millis(value)));
        StreamReport {
            ended: Arrival::exactly(started + Duration::from_millis(900)),
            ttfr: millis(first_ms),
            output: millis(last_ms - first_ms),
            chunks,
            tokens,
            ..StreamReport::begun(Start::exactly(started), Arrival::exactly(started), None)
        }
    }

    #[test]
    fn rates_leave_the_first_token_out() {
        let report = report(3, 11, 100, 300);
        let exactly = |millis| Some(Span::exactly(Duration::from_millis(millis)));
        assert_eq!((report.e2e(), report.tpot()), (exactly(900), exactly(20)));
        assert_eq!(report.milli_tokens_per_second(), Some([50_000; 3]));
    }

    #[test]
    fn rates_are_as_sure_as_the_first_and_the_last_text() {
        let mut report = report(3, 11, 100, 300);
        let [below, seen, above] = [100, 200, 100].map(Duration::from_millis);
        report.output = Some(Span { seen, below: Nanos::of(below), above: Nanos::of(above) });
        let tpot = report.tpot().unwrap();
        assert_eq!([tpot.seen, tpot.least(), tpot.most()].map(|time| time.as_millis()), [20, 10, 30]);
        assert_eq!(report.milli_tokens_per_second(), Some([50_000, 33_333, 100_000]));
    }

    #[test]
    fn thoughts_that_are_not_shown_came_before_the_span() {
        let shown = StreamReport { reasoning_tokens: 6, hidden: 6, ..report(5, 11, 100, 300) };
        assert_eq!(shown.tpot().map(|tpot| tpot.seen), Some(Duration::from_millis(20)));
        let unseen = StreamReport { reasoning_tokens: 6, ..report(5, 11, 100, 300) };
        assert_eq!(unseen.tpot().map(|tpot| tpot.seen), Some(Duration::from_millis(50)));
        let nonsense = StreamReport { reasoning_tokens: 60, ..report(5, 11, 100, 300) };
        assert_eq!(nonsense.tpot(), None);
    }

    #[test]
    fn what_has_no_span_has_no_rate() {
        for (chunks, tokens) in [(0, 0), (1, 1), (1, 40), (2, 0), (2, 1)] {
            let report = report(chunks, tokens, 100, 300);
            assert_eq!((report.tpot(), report.milli_tokens_per_second()), (None, None), "{chunks} {tokens}");
        }
        let burst = report(2, 2, 100, 100);
        assert_eq!(
            (burst.tpot(), burst.milli_tokens_per_second()),
            (Some(Span::exactly(Duration::ZERO)), None)
        );
    }

    #[test]
    fn a_failed_stream_is_never_fast() {
        let report = report(3, 11, 100, 300).failed(Failure::new(FailureClass::Truncated, ""));
        assert_eq!((report.e2e(), report.tpot(), report.milli_tokens_per_second()), (None, None, None));
    }
}
