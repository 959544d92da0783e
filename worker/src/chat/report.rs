//! What one stream came to.

use std::time::{Duration, Instant};

use crate::http::Fault;

/// One stream with its stamps; each `Option<Duration>` is the time since `started`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReport {
    /// The user decided to send: before connecting.
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
    /// First dispatched event; a comment is none.
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
    pub tokens_reported: bool,
    /// Comment lines: signs of life without an event.
    pub comments: u64,
    /// Whether some gap between two chunks reached the limit.
    pub stalled: bool,
    /// Whether the answer was complete.
    pub outcome: Result<(), Fault>,
}

impl StreamReport {
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
