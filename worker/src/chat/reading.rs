//! The pure part of reading a stream: frames and the times they came in, what was seen out.

use std::time::Duration;

use common::failure::FailureClass;

use super::dialect::{Dialect, EventMeaning};
use crate::http::{Arrival, Arrivals, Failure, Span, Start};
use crate::sse::{End, Item, Parser};

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
    dialect: &'d Dialect,
    parser: Parser,
    max_event: usize,
    pub(super) tally: Tally<G>,
}

/// What was seen of a stream.
pub(super) struct Tally<G> {
    start: Start,
    stall: Duration,
    on_chunk: G,
    pub(super) first_event: Option<Arrival>,
    pub(super) first_text: Option<Arrival>,
    pub(super) last_text: Option<Arrival>,
    pub(super) chunks: u64,
    /// Events without visible text.
    silent: u64,
    pub(super) reported: Option<u64>,
    pub(super) stalled: bool,
}

impl<'d, G: FnMut(Chunk)> Reading<'d, G> {
    /// A stream that started, and of which nothing has come. A gap of at least `stall` between two chunks is a stall;
    /// each chunk goes to `on_chunk`.
    pub(super) fn new(
        dialect: &'d Dialect,
        max_event: usize,
        stall: Duration,
        start: Start,
        on_chunk: G,
    ) -> Self {
        let tally = Tally {
            start,
            stall,
            on_chunk,
            first_event: None,
            first_text: None,
            last_text: None,
            chunks: 0,
            silent: 0,
            reported: None,
            stalled: false,
        };
        Self { dialect, parser: Parser::new(max_event), max_event, tally }
    }

    /// Takes a frame that `came` at these times. Returns how the stream ended if it did, `Ok` with its
    /// terminal event; what comes after that is not looked at.
    pub(super) fn feed(&mut self, mut frame: &[u8], came: Arrivals) -> Option<Result<(), Failure>> {
        let Self { dialect, parser, max_event, tally } = self;
        while let Some(item) = parser.next_item(&mut frame) {
            let (event, data) = match item {
                Item::Event { event, data } => (event, data),
                Item::Comment => continue,
                Item::Oversize => {
                    let text = format!("an event of more than {max_event} bytes");
                    return Some(Err(Failure::new(FailureClass::OversizeEvent, &text)));
                }
            };
            let at = came.of(frame.is_empty());
            tally.first_event.get_or_insert(at);
            match dialect.read(event, data) {
                EventMeaning::Text => tally.text(at),
                EventMeaning::Terminal { tokens } => {
                    tally.reported = tokens.or(tally.reported);
                    return Some(match tally.chunks > 0 || dialect.allows_empty() {
                        true => Ok(()),
                        false => Err(tally.empty()),
                    });
                }
                EventMeaning::Error(text) => return Some(Err(Failure::new(FailureClass::ErrorEvent, &text))),
                // The last one counts: some services tell it with every chunk.
                EventMeaning::Usage(tokens) => {
                    tally.silent += 1;
                    tally.reported = Some(tokens);
                }
                EventMeaning::Other => tally.silent += 1,
            }
        }
        None
    }

    /// The body ended, cleanly as HTTP sees it, but without a terminal event.
    pub(super) fn end(&mut self) -> Failure {
        match self.parser.finish() {
            End::Clean => {
                Failure::new(FailureClass::Truncated, "the stream ended without its terminal event")
            }
            End::Truncated { .. } => Failure::new(FailureClass::CutFrame, "the stream ended inside an event"),
        }
    }

    /// Comment lines so far.
    pub(super) fn comments(&self) -> u64 {
        self.parser.counters().comments
    }
}

impl<G: FnMut(Chunk)> Tally<G> {
    /// The terminal event came before any visible text.
    ///
    /// Its words hold no number that differs from stream to stream, or each would be a row of its own.
    fn empty(&self) -> Failure {
        let came = match (self.silent, self.reported) {
            (_, Some(1..)) => "the service counts tokens, but none of its events matches the API's `text`",
            (0, _) => "nothing came before its terminal event",
            (_, _) => "its events before the terminal one hold none",
        };
        let text = format!(
            "the answer showed no text: {came}; see `controller api`, or set `empty_answer = \"ok\"` in [stream]"
        );
        Failure::new(FailureClass::EmptyAnswer, &text)
    }

    /// A chunk of visible text came.
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
            Reading::new(&dialect, 100, Duration::from_millis(30), Start::exactly(zero), |chunk| {
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
        let Tally { first_event, first_text, last_text, chunks, reported, stalled, .. } = reading.tally;
        assert_eq!((first_event, first_text, last_text), (Some(at(2)), Some(at(3)), Some(at(33))));
        assert_eq!((chunks, reported, stalled), (3, Some(9), true));
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
                Reading::new(dialect, 1000, Duration::MAX, Start::exactly(Instant::now()), |_| ());
            reading.feed(&frames.concat(), Arrivals::none(Instant::now())).unwrap()
        };
        let said = |frames: &[&[u8]]| outcome(&dialect(), frames).unwrap_err().text;
        assert!(said(&[done]).contains("nothing came before"));
        assert!(said(&[role, blank, done]).contains("hold none"));
        assert!(said(&[role, DONE]).contains("counts tokens"));
        assert_eq!(outcome(&dialect(), &[role, TEXT, done]), Ok(()));
        let fine = StreamDialect { empty_answer: common::api::EmptyAnswer::Ok, ..StreamDialect::default() };
        assert_eq!(outcome(&Dialect::compile(&fine).unwrap(), &[role, done]), Ok(()));
    }

    #[test]
    fn every_bad_end_has_its_class() {
        let dialect = dialect();
        let class = |bytes: &[u8]| {
            let mut reading =
                Reading::new(&dialect, 64, Duration::MAX, Start::exactly(Instant::now()), |_| ());
            match reading.feed(bytes, Arrivals::none(Instant::now())) {
                Some(Ok(())) => None,
                Some(Err(failure)) => Some(failure.class),
                None => Some(reading.end().class),
            }
        };
        assert_eq!(class(&[TEXT, DONE].concat()), None);
        assert_eq!(class(DONE), Some(FailureClass::EmptyAnswer));
        assert_eq!(class(b""), Some(FailureClass::Truncated));
        assert_eq!(class(TEXT), Some(FailureClass::Truncated));
        assert_eq!(class(b": bye\n"), Some(FailureClass::Truncated));
        assert_eq!(class(&TEXT[..TEXT.len() - 1]), Some(FailureClass::CutFrame));
        assert_eq!(class(&DONE[..DONE.len() - 2]), Some(FailureClass::CutFrame));
        assert_eq!(class(&[b"data: ", [b'x'; 65].as_slice()].concat()), Some(FailureClass::OversizeEvent));
        assert_eq!(class(b"data: {\"type\":\"error\"}\n\n"), Some(FailureClass::ErrorEvent));
    }
}
