//! What one stream came to.

use std::time::{Duration, Instant};

use super::reading::{Chunk, Reading};
use crate::http::Failure;

/// One stream with its stamps; each `Option<Duration>` is the time since `started`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReport {
    /// Right before the question was handed to the system; with a new connection, before that was opened.
    pub started: Instant,
    /// The terminal event's frame, or the moment the failure was certain.
    pub ended: Instant,
    /// Time to open the connection, TLS included; `None` if one was used again.
    pub connect: Option<Duration>,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    /// Bytes of the body, up to and including the last frame read.
    pub bytes: u64,
    /// The answer's `Retry-After`, at most a day.
    pub retry_after: Option<Duration>,
    /// The response's headers.
    pub headers: Option<Duration>,
    /// First byte of the body (TTFB).
    pub first_byte: Option<Duration>,
    /// First dispatched event; comments do not count.
    pub first_event: Option<Duration>,
    /// First event that adds visible text (TTFT).
    pub ttft: Option<Duration>,
    /// Last event that added visible text.
    pub last_text: Option<Duration>,
    /// Events that added visible text.
    pub chunks: u64,
    /// Tokens as the service reported them, else `chunks`.
    pub tokens: u64,
    /// Whether `tokens` is the service's own count.
    pub has_usage: bool,
    /// Comment lines: signs of life without an event.
    pub comments: u64,
    /// Whether some gap between two chunks reached the limit.
    pub stalled: bool,
    /// Whether the answer was complete.
    pub outcome: Result<(), Failure>,
}

impl StreamReport {
    /// A stream of which nothing has come by `ended`.
    pub(super) fn begun(started: Instant, ended: Instant, connect: Option<Duration>) -> Self {
        Self {
            started,
            ended,
            connect,
            status: 0,
            bytes: 0,
            retry_after: None,
            headers: None,
            first_byte: None,
            first_event: None,
            ttft: None,
            last_text: None,
            chunks: 0,
            tokens: 0,
            has_usage: false,
            comments: 0,
            stalled: false,
            outcome: Ok(()),
        }
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
        let since = |at: Option<Instant>| at.map(|at| at.saturating_duration_since(self.started));
        Self {
            first_event: since(tally.first_event),
            ttft: since(tally.first_text),
            last_text: since(tally.last_text),
            chunks: tally.chunks,
            tokens: tally.reported.unwrap_or(tally.chunks),
            has_usage: tally.reported.is_some(),
            comments: reading.comments(),
            stalled: tally.stalled,
            outcome,
            ..self
        }
    }

    /// Terminal event − start; completed streams only.
    #[must_use]
    pub fn e2e(&self) -> Option<Duration> {
        self.outcome.is_ok().then(|| self.ended.saturating_duration_since(self.started))
    }

    /// Time per output token after the first: (last text − first text) / (tokens − 1). Completed
    /// streams of two chunks and two tokens or more: one chunk has no span to divide.
    #[must_use]
    pub fn tpot(&self) -> Option<Duration> {
        let (span, steps) = self.output()?;
        let nanos = span.as_nanos() / u128::from(steps);
        u64::try_from(nanos).ok().map(Duration::from_nanos)
    }

    /// Thousandths of a token a second: (tokens − 1) / (last text − first text). As
    /// [`tpot`](Self::tpot), and `None` too for text that came all at once.
    #[must_use]
    pub fn milli_tokens_per_second(&self) -> Option<u64> {
        let (span, steps) = self.output()?;
        let rate = (u128::from(steps) * 1_000_000_000_000).checked_div(span.as_nanos())?;
        u64::try_from(rate).ok()
    }

    /// The span of the output and the tokens in it after the first.
    fn output(&self) -> Option<(Duration, u64)> {
        if self.outcome.is_err() || self.chunks < 2 {
            return None;
        }
        let steps = self.tokens.checked_sub(1).filter(|steps| *steps > 0)?;
        Some((self.last_text?.saturating_sub(self.ttft?), steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::failure::FailureClass;

    fn report(chunks: u64, tokens: u64, first_ms: u64, last_ms: u64) -> StreamReport {
        let started = Instant::now();
        let millis = |value| Some(Duration::from_millis(value));
        StreamReport {
            ended: started + Duration::from_millis(900),
            ttft: millis(first_ms),
            last_text: millis(last_ms),
            chunks,
            tokens,
            ..StreamReport::begun(started, started, None)
        }
    }

    #[test]
    fn rates_leave_the_first_token_out() {
        let report = report(3, 11, 100, 300);
        assert_eq!(report.e2e(), Some(Duration::from_millis(900)));
        assert_eq!(report.tpot(), Some(Duration::from_millis(20)));
        assert_eq!(report.milli_tokens_per_second(), Some(50_000));
    }

    #[test]
    fn what_has_no_span_has_no_rate() {
        for (chunks, tokens) in [(0, 0), (1, 1), (1, 40), (2, 0), (2, 1)] {
            let report = report(chunks, tokens, 100, 300);
            assert_eq!((report.tpot(), report.milli_tokens_per_second()), (None, None), "{chunks} {tokens}");
        }
        let burst = report(2, 2, 100, 100);
        assert_eq!((burst.tpot(), burst.milli_tokens_per_second()), (Some(Duration::ZERO), None));
    }

    #[test]
    fn a_failed_stream_is_never_fast() {
        let report = report(3, 11, 100, 300).failed(Failure::new(FailureClass::Truncated, ""));
        assert_eq!((report.e2e(), report.tpot(), report.milli_tokens_per_second()), (None, None, None));
    }
}
