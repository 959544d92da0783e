//! What a dialect makes of a body: for those who write one.

use std::time::{Duration, Instant};

use super::Dialect;
use super::dialect::{Meaning, Usage};
use super::frames::Frames;
use super::reading::Reading;
use crate::http::{Arrival, Arrivals, Failure, Start};
use crate::sse::Item;

/// An event, and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Its name; empty if it has none.
    pub event: String,
    /// Its data.
    pub data: String,
    /// Everything that it is, as `text "Hel", tokens 3, end`; empty for nothing.
    pub taken_for: String,
    /// The same, without the words.
    pub kinds: Kinds,
}

/// What an event is: any number of things at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Visible text.
    pub text: bool,
    /// Thoughts, or a part of a tool's call.
    pub hidden: bool,
    /// A count of the answer's tokens.
    pub counts: bool,
    /// The end of a complete answer.
    pub end: bool,
    /// A failure.
    pub error: bool,
}

impl Kinds {
    /// Whether the answer is over with it.
    #[must_use]
    pub fn ends(self) -> bool {
        self.end || self.error
    }
}

impl From<&Meaning<'_>> for Kinds {
    fn from(meaning: &Meaning<'_>) -> Kinds {
        let Meaning { text, hidden, usage: Usage { completion, .. }, end, error, .. } = meaning;
        let (text, counts) = (text.is_some(), completion.is_some());
        Kinds { text, hidden: *hidden, counts, end: *end, error: error.is_some() }
    }
}

/// Explains a body piece by piece, as it came.
pub struct Explainer<'d> {
    dialect: &'d Dialect,
    frames: Frames,
}

impl<'d> Explainer<'d> {
    /// Of a body of which nothing has come.
    #[must_use]
    pub fn new(dialect: &'d Dialect) -> Explainer<'d> {
        Explainer { dialect, frames: Frames::new(dialect.framing, dialect.max_event) }
    }

    /// The events that end in this piece.
    pub fn feed(&mut self, mut piece: &[u8]) -> Vec<Explained> {
        let mut events = Vec::new();
        while let Some(item) = self.frames.next_item(&mut piece) {
            match item {
                Item::Event { event, data } => events.push(explained(self.dialect, event, data)),
                Item::Comment => {}
                Item::Oversize => events.push(Explained {
                    event: String::new(),
                    data: String::new(),
                    taken_for: format!("larger than {} bytes", self.dialect.max_event),
                    kinds: Kinds { error: true, ..Kinds::default() },
                }),
            }
        }
        events
    }

    /// The event that nothing ends, once the body has ended.
    #[must_use]
    pub fn rest(&self) -> Option<Explained> {
        let left = self.frames.unfinished()?;
        let unfinished = explained(self.dialect, left.event, left.data);
        let taken_for = format!("nothing ends it; {}", unfinished.taken_for);
        Some(Explained { taken_for, ..unfinished })
    }
}

fn explained(dialect: &Dialect, event: &[u8], data: &[u8]) -> Explained {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let meaning = dialect.meaning(event, data);
    Explained {
        event: text(event),
        data: text(data),
        taken_for: meaning.to_string(),
        kinds: Kinds::from(&meaning),
    }
}

/// Every event of a body that came whole, and how a stream with it ends.
pub fn explain(dialect: &Dialect, body: &[u8]) -> (Vec<Explained>, Result<(), Failure>) {
    let mut explainer = Explainer::new(dialect);
    let mut events = explainer.feed(body);
    events.extend(explainer.rest());
    let now = Instant::now();
    let mut reading = Reading::new(dialect, Duration::MAX, Start::exactly(now), None, |_| ());
    let outcome =
        reading.feed(body, Arrivals::none(now)).unwrap_or_else(|| reading.end(Arrival::exactly(now)));
    (events, outcome)
}
