//! How an API writes an answer, event by event or whole.

use std::ops::Range;

use bytes::Bytes;
use serde_json::Value;

use super::answer::{Answer, Part};
use super::error::{ApiError, ErrorKind, ErrorShape};
use super::sse::EventText;
use crate::stream::AnswerEvents;

/// The language of one API.
pub(crate) trait Dialect: Send {
    /// What stands in front of the first part.
    fn begin(&mut self, answer: &Answer, out: &mut EventText);
    /// A part begins.
    fn open(&mut self, answer: &Answer, part: &Part, out: &mut EventText);
    /// A token of it.
    fn token(&mut self, answer: &Answer, part: &Part, token: &str, out: &mut EventText);
    /// A part has ended.
    fn close(&mut self, answer: &Answer, part: &Part, out: &mut EventText);
    /// The stream ends as it should.
    fn end(&mut self, answer: &Answer, out: &mut EventText);
    /// An error ends it.
    fn error(&mut self, answer: &Answer, message: &str, out: &mut EventText);
    /// What keeps the connection alive.
    fn ping(&self, out: &mut EventText);
    /// The answer as one value.
    fn whole(&self, answer: &Answer) -> Value;
    /// How errors are written that take the place of an answer.
    fn errors(&self) -> ErrorShape;
}

/// An answer as a stream of events.
pub(crate) struct StreamedEvents {
    dialect: Box<dyn Dialect>,
    answer: Answer,
    out: EventText,
    /// The part of the next token, and its place in it.
    at: (usize, u32),
}

impl StreamedEvents {
    pub(crate) fn new(dialect: Box<dyn Dialect>, answer: Answer, newline: &'static str) -> Self {
        Self { dialect, answer, out: EventText::new(newline), at: (0, 0) }
    }

    fn write_next(&mut self) {
        let Some(part) = self.answer.parts.get(self.at.0) else { return };
        if self.at.1 == 0 {
            self.dialect.open(&self.answer, part, &mut self.out);
        }
        self.dialect.token(&self.answer, part, &part.token(self.at.1), &mut self.out);
        self.at.1 += 1;
        if self.at.1 == part.tokens {
            self.dialect.close(&self.answer, part, &mut self.out);
            self.at = (self.at.0 + 1, 0);
        }
    }
}

impl AnswerEvents for StreamedEvents {
    fn begin(&mut self) -> Bytes {
        self.dialect.begin(&self.answer, &mut self.out);
        self.out.take()
    }

    fn tokens(&mut self, range: Range<u32>) -> Bytes {
        range.for_each(|_| self.write_next());
        self.out.take()
    }

    fn half_token(&mut self, _token: u32) -> Bytes {
        // A part that begins here begins whole.
        if let Some(part) = self.answer.parts.get(self.at.0)
            && self.at.1 == 0
        {
            self.dialect.open(&self.answer, part, &mut self.out);
        }
        let opened = self.out.take();
        if let Some(part) = self.answer.parts.get(self.at.0) {
            self.dialect.token(&self.answer, part, &part.token(self.at.1), &mut self.out);
        }
        let event = self.out.take();
        [&opened[..], &event[..event.len() / 2]].concat().into()
    }

    fn ping(&mut self) -> Bytes {
        self.dialect.ping(&mut self.out);
        self.out.take()
    }

    fn done(&mut self, _tokens: u32) -> Bytes {
        self.dialect.end(&self.answer, &mut self.out);
        self.out.take()
    }

    fn error(&mut self, message: &str) -> Bytes {
        self.dialect.error(&self.answer, message, &mut self.out);
        self.out.take()
    }
}

/// An answer as one value, at its end.
pub(crate) struct WholeEvents {
    dialect: Box<dyn Dialect>,
    answer: Answer,
}

impl WholeEvents {
    pub(crate) fn new(dialect: Box<dyn Dialect>, answer: Answer) -> Self {
        Self { dialect, answer }
    }

    fn half(&self) -> Bytes {
        let mut whole = self.dialect.whole(&self.answer).to_string().into_bytes();
        whole.truncate(whole.len() / 2);
        whole.into()
    }
}

impl AnswerEvents for WholeEvents {
    fn tokens(&mut self, _range: Range<u32>) -> Bytes {
        Bytes::new()
    }

    fn half_token(&mut self, _token: u32) -> Bytes {
        self.half()
    }

    fn ping(&mut self) -> Bytes {
        Bytes::new()
    }

    fn done(&mut self, _tokens: u32) -> Bytes {
        self.dialect.whole(&self.answer).to_string().into()
    }

    fn silent(&mut self) -> Bytes {
        self.half()
    }

    fn error(&mut self, message: &str) -> Bytes {
        self.dialect.errors().body(&ApiError::new(ErrorKind::Failed, message)).to_string().into()
    }
}
