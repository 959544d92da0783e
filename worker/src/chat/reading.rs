//! The pure part of reading a stream: frames and the times they came in, what was seen out.

use std::time::Duration;

use common::failure::FailureClass;

use super::Kept;
use super::dialect::Dialect;
use super::frames::{Frames, Unfinished};
use super::tally::Tally;
use crate::http::{Arrival, Arrivals, Failure, Span, Start};
use crate::sse::Item;

/// Visible text of a stream, as it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunk {
    /// The first.
    First {
        /// When it came.
        at: Arrival,
        /// How long after the start of its stream.
        ttft: Span,
    },
    /// A further one.
    After {
        /// When it came.
        at: Arrival,
        /// How long after the one before; zero for chunks that came together.
        gap: Span,
    },
}

/// A stream as far as it was read.
pub(super) struct Reading<'d, G> {
    pub(super) dialect: &'d Dialect,
    frames: Frames,
    pub(super) tally: Tally<'d, G>,
}

impl<'d, G: FnMut(Chunk)> Reading<'d, G> {
    /// A stream that started, and of which nothing has come. A gap of at least `stall` between two chunks is a stall;
    /// each chunk goes to `on_chunk`, and its text to `keep` where somebody wants it.
    pub(super) fn new(
        dialect: &'d Dialect,
        stall: Duration,
        start: Start,
        keep: Option<&'d mut Kept>,
        on_chunk: G,
    ) -> Self {
        let frames = Frames::new(dialect.framing, dialect.max_event);
        Self { dialect, frames, tally: Tally::new(stall, start, keep, on_chunk) }
    }

    /// Takes a frame that `came` at these times. Returns how the stream ended if it did, `Ok` with its
    /// terminal event; of what comes after that only whether it is text is looked at.
    pub(super) fn feed(&mut self, mut frame: &[u8], came: Arrivals) -> Option<Result<(), Failure>> {
        while let Some(item) = self.frames.next_item(&mut frame) {
            let (event, data) = match item {
                Item::Event { event, data } => (event, data),
                Item::Comment => continue,
                Item::Oversize => return Some(Err(self.oversize())),
            };
            let at = came.of(frame.is_empty());
            self.tally.keep(data);
            let meaning = self.dialect.read(event, data);
            if let Some(outcome) = self.tally.event(meaning, at, self.dialect) {
                self.feed_after_end(frame);
                return Some(outcome);
            }
        }
        None
    }

    /// Takes a frame that came after the stream's end.
    pub(super) fn feed_after_end(&mut self, mut frame: &[u8]) {
        while let Some(item) = self.frames.next_item(&mut frame) {
            if let Item::Event { event, data } = item {
                self.tally.text_after_end |= self.dialect.meaning(event, data).text.is_some();
            }
        }
    }

    fn oversize(&self) -> Failure {
        let most = self.dialect.max_event;
        let text =
            format!("an event of more than {most} bytes; set `max_event` in the API's [stream] if it may be");
        Failure::new(FailureClass::OversizeEvent, &text)
    }

    /// The body ended at `at`, cleanly as HTTP sees it, but no event has ended the answer.
    pub(super) fn end(&mut self, at: Arrival) -> Result<(), Failure> {
        let Self { dialect, frames, tally } = self;
        let left = frames.unfinished();
        if let Some(left) = &left {
            tally.keep(left.data);
            let meaning = dialect.meaning(left.event, left.data);
            let ends = dialect.ends_with_body() || meaning.end || meaning.error.is_some();
            if !ends || !left.is_whole() {
                return Err(Failure::new(FailureClass::CutFrame, "the stream ended inside an event"));
            }
            if let Some(outcome) = tally.event(meaning, at, dialect) {
                return outcome;
            }
        }
        if dialect.ends_with_body() {
            return tally.complete(dialect);
        }
        let hint = match tally.finish {
            Some(_) => "; it gave a finish reason, so perhaps `terminal = \"body\"` in [stream] is right",
            None => "",
        };
        let text = format!("the stream ended without its terminal event{hint}");
        Err(Failure::new(FailureClass::Truncated, &text))
    }

    /// Comment lines so far.
    pub(super) fn comments(&self) -> u64 {
        self.frames.comments()
    }
}

impl Unfinished<'_> {
    /// Whether nothing but the line ends of the event is missing: JSON that was cut is no JSON.
    fn is_whole(&self) -> bool {
        let is_json = || serde_json::from_slice::<serde_json::Value>(self.data).is_ok();
        let looks_whole = match self.data {
            [] | [b'{' | b'"', ..] => false,
            // As `[DONE]`.
            [b'[', .., last] => last == &b']',
            _ => true,
        };
        self.line_ended || looks_whole || is_json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::api::StreamDialect;
    use std::time::Instant;

    const TEXT: &[u8] = b"data: {\"type\":\"token\",\"content\":\"a\"}\n\n";
    const DONE: &[u8] = b"data: {\"type\":\"done\",\"usage\":{\"completion_tokens\":9}}\r\n\r\n";

    fn dialect() -> Dialect {
        Dialect::compile(&StreamDialect::default()).unwrap()
    }

    #[test]
    fn gaps_are_between_frames_and_zero_inside_one() {
        let (dialect, mut gaps) = (dialect(), Vec::new());
        let zero = Instant::now();
        let mut reading =
            Reading::new(&dialect, Duration::from_millis(30), Start::exactly(zero), None, |chunk| {
                gaps.push(chunk);
            });
        let at = |millis| Arrival::exactly(zero + Duration::from_millis(millis));
        let came = |millis| Arrivals::none(at(millis).at);
        assert_eq!(reading.feed(b": ping\n\n", came(1)), None);
        assert_eq!(reading.feed(b"data: {\"type\":\"start\"}\n\n", came(2)), None);
        assert_eq!(reading.feed(&[TEXT, TEXT].concat(), came(3)), None);
        assert_eq!(reading.feed(&TEXT[..9], came(10)), None);
        assert_eq!(reading.feed(&[&TEXT[9..], DONE, TEXT].concat(), came(33)), Some(Ok(())));
        assert_eq!(reading.comments(), 1);
        let Tally { first_event, first_text, last_text, chunks, usage, stalled, text_after_end, .. } =
            reading.tally;
        assert_eq!((first_event, first_text, last_text), (Some(at(2)), Some(at(3)), Some(at(33))));
        assert_eq!((chunks, usage.completion, stalled, text_after_end), (3, Some(9), true, true));
        assert_eq!(
            gaps,
            [
                Chunk::First { at: at(3), ttft: Span::exactly(Duration::from_millis(3)) },
                Chunk::After { at: at(3), gap: Span::default() },
                Chunk::After { at: at(33), gap: Span::exactly(Duration::from_millis(30)) },
            ]
        );
    }

    #[test]
    fn silence_is_no_success_unless_the_api_says_so() {
        let blank = b"data: {\"type\":\"token\",\"content\":\"\"}\n\n".as_slice();
        let role = b"data: {\"type\":\"role\"}\n\n".as_slice();
        let done = b"data: {\"type\":\"done\"}\n\n".as_slice();
        let outcome = |dialect: &Dialect, frames: &[&[u8]]| {
            let mut reading =
                Reading::new(dialect, Duration::MAX, Start::exactly(Instant::now()), None, |_| ());
            reading.feed(&frames.concat(), Arrivals::none(Instant::now())).unwrap()
        };
        let said = |frames: &[&[u8]]| outcome(&dialect(), frames).unwrap_err().text;
        assert!(said(&[done]).contains("nothing came before its end"));
        assert!(said(&[role, blank, done]).contains("hold none"));
        assert!(said(&[role, DONE]).contains("counts tokens"));
        assert_eq!(outcome(&dialect(), &[role, TEXT, done]), Ok(()));
        let fine = StreamDialect { empty_answer: common::api::EmptyAnswer::Ok, ..StreamDialect::default() };
        assert_eq!(outcome(&Dialect::compile(&fine).unwrap(), &[role, done]), Ok(()));
    }

    #[test]
    fn every_bad_end_has_its_class() {
        let dialect = StreamDialect { max_event: 64, ..StreamDialect::default() };
        let dialect = Dialect::compile(&dialect).unwrap();
        let class = |bytes: &[u8]| {
            let now = Instant::now();
            let mut reading = Reading::new(&dialect, Duration::MAX, Start::exactly(now), None, |_| ());
            let outcome = reading.feed(bytes, Arrivals::none(now));
            let outcome = outcome.unwrap_or_else(|| reading.end(Arrival::exactly(now)));
            outcome.err().map(|failure| failure.class)
        };
        assert_eq!(class(&[TEXT, DONE].concat()), None);
        assert_eq!(class(DONE), Some(FailureClass::EmptyAnswer));
        assert_eq!(class(b""), Some(FailureClass::Truncated));
        assert_eq!(class(TEXT), Some(FailureClass::Truncated));
        assert_eq!(class(b": bye\n"), Some(FailureClass::Truncated));
        assert_eq!(class(&TEXT[..TEXT.len() - 1]), Some(FailureClass::CutFrame));
        assert_eq!(class(&DONE[..10]), Some(FailureClass::CutFrame));
        assert_eq!(class(&[TEXT, &DONE[..DONE.len() - 5]].concat()), Some(FailureClass::CutFrame));
        for ending in [2, 4] {
            let done = &DONE[..DONE.len() - ending];
            assert_eq!(class(&[TEXT, done].concat()), None, "it lacks nothing but its line ends");
        }
        assert_eq!(class(&[b"data: ", [b'x'; 65].as_slice()].concat()), Some(FailureClass::OversizeEvent));
        assert_eq!(class(b"data: {\"type\":\"error\"}\n\n"), Some(FailureClass::ErrorEvent));
    }
}
