//! What a dialect makes of a body: for those who write one.

use std::time::{Duration, Instant};

use super::Dialect;
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
}

/// Every event of a body that came whole, and how a stream with it ends.
pub fn explain(dialect: &Dialect, body: &[u8]) -> (Vec<Explained>, Result<(), Failure>) {
    let mut frames = Frames::new(dialect.framing, dialect.max_event);
    let (mut events, mut rest) = (Vec::new(), body);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let taken = |event: &[u8], data: &[u8]| Explained {
        event: text(event),
        data: text(data),
        taken_for: dialect.read(event, data).to_string(),
    };
    while let Some(item) = frames.next_item(&mut rest) {
        events.push(match item {
            Item::Event { event, data } => taken(event, data),
            Item::Comment => continue,
            Item::Oversize => Explained {
                event: String::new(),
                data: String::new(),
                taken_for: format!("larger than {} bytes", dialect.max_event),
            },
        });
    }
    if let Some(left) = frames.unfinished() {
        let unfinished = taken(left.event, left.data);
        let taken_for = format!("nothing ends it; {}", unfinished.taken_for);
        events.push(Explained { taken_for, ..unfinished });
    }
    let now = Instant::now();
    let mut reading = Reading::new(dialect, Duration::MAX, Start::exactly(now), None, |_| ());
    let outcome =
        reading.feed(body, Arrivals::none(now)).unwrap_or_else(|| reading.end(Arrival::exactly(now)));
    (events, outcome)
}
