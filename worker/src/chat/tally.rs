//! What was seen of a stream.

use std::time::{Duration, Instant};

use common::failure::FailureClass;

use super::Kept;
use super::dialect::{Dialect, Finish, Meaning, Usage};
use super::reading::Chunk;
use crate::http::{Arrival, Failure, Span, Start};

/// What was seen of a stream.
pub(super) struct Tally<'k, G> {
    start: Start,
    stall: Duration,
    on_chunk: G,
    keep: Option<&'k mut Kept>,
    pub(super) first_event: Option<Arrival>,
    pub(super) first_text: Option<Arrival>,
    pub(super) last_text: Option<Arrival>,
    /// Events with visible text.
    pub(super) chunks: u64,
    /// The first event with output of any kind, and the last.
    pub(super) first_output: Option<Arrival>,
    pub(super) last_output: Option<Arrival>,
    /// Events with thoughts or parts of a tool's call.
    pub(super) hidden: u64,
    /// Whether an event came that held nothing of all that.
    silent: bool,
    pub(super) usage: Usage,
    pub(super) finish: Option<Finish>,
    pub(super) stalled: bool,
    /// Text came after the end.
    pub(super) text_after_end: bool,
}

impl<'k, G: FnMut(Chunk)> Tally<'k, G> {
    pub(super) fn new(stall: Duration, start: Start, keep: Option<&'k mut Kept>, on_chunk: G) -> Self {
        Tally {
            start,
            stall,
            on_chunk,
            keep,
            first_event: None,
            first_text: None,
            last_text: None,
            chunks: 0,
            first_output: None,
            last_output: None,
            hidden: 0,
            silent: false,
            usage: Usage::default(),
            finish: None,
            stalled: false,
            text_after_end: false,
        }
    }

    /// Keeps what somebody wants of an event's data.
    #[inline]
    pub(super) fn keep(&mut self, data: &[u8]) {
        if let Some(keep) = &mut self.keep {
            keep.take(data);
        }
    }

    /// Bytes of the body came at `at`, whatever they mean.
    #[inline]
    pub(super) fn hear(&mut self, data: &[u8], at: Instant) {
        if let Some(keep) = &mut self.keep {
            keep.hear(data, at);
        }
    }

    /// Takes an event that came at `at`. Returns how the stream ended if it did.
    #[inline(always)]
    pub(super) fn event(
        &mut self,
        meaning: Meaning<'_>,
        at: Arrival,
        dialect: &Dialect,
    ) -> Option<Result<(), Failure>> {
        let Meaning { text, hidden, usage, finish, end, error } = meaning;
        self.first_event.get_or_insert(at);
        if let Some(said) = text {
            if let Some(keep) = &mut self.keep {
                keep.text.push(said);
            }
            self.text(at);
        } else if hidden {
            self.hidden += 1;
        } else {
            self.silent |= !end;
        }
        if text.is_some() || hidden {
            self.first_output.get_or_insert(at);
            self.last_output = Some(at);
        }
        self.usage.update(&usage, dialect.usage_adds_up);
        self.finish = finish.or(self.finish);
        match error {
            Some(words) => Some(Err(Failure::new(FailureClass::ErrorEvent, &words))),
            None => end.then(|| self.complete(dialect)),
        }
    }

    /// The answer has come to its end.
    pub(super) fn complete(&self, dialect: &Dialect) -> Result<(), Failure> {
        match self.first_output.is_some() || dialect.allows_empty() {
            true => Ok(()),
            false => Err(self.empty()),
        }
    }

    /// The end came before any output.
    ///
    /// Its words hold no number that differs from stream to stream, or each would be a row of its own.
    fn empty(&self) -> Failure {
        let came = match (self.silent, self.usage.completion) {
            (_, Some(1..)) => "the service counts tokens, but none of its events matches the API's `text`",
            (false, _) => "nothing came before its end",
            (true, _) => "its events hold none",
        };
        let text = format!(
            "the answer showed no text: {came}; see `controller api`, or set `empty_answer = \"ok\"` in [stream]"
        );
        Failure::new(FailureClass::EmptyAnswer, &text)
    }

    /// A chunk of visible text came.
    #[inline]
    fn text(&mut self, at: Arrival) {
        self.chunks += 1;
        self.first_text.get_or_insert(at);
        if let Some(last) = self.last_text.replace(at) {
            let gap = Span::between(last, at);
            self.stalled |= gap.seen >= self.stall;
            (self.on_chunk)(Chunk::After { at, gap });
        } else {
            (self.on_chunk)(Chunk::First { at, ttft: self.start.until(at) });
        }
    }
}
