//! Runs a stream through the parser and keeps what came out.

use worker::sse::{Counters, End, Item, Parser};

/// No event of a test that is not about limits is as long.
pub const NO_LIMIT: usize = 1 << 30;

/// An [`Item`] that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedItem {
    Event { event: Vec<u8>, data: Vec<u8> },
    Comment,
    Oversize,
}

impl From<Item<'_>> for OwnedItem {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Event { event, data } => Self::Event { event: event.to_vec(), data: data.to_vec() },
            Item::Comment => Self::Comment,
            Item::Oversize => Self::Oversize,
        }
    }
}

/// Everything a whole stream gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub items: Vec<OwnedItem>,
    pub end: End,
}

/// Feeds the chunks as one stream. Checks what must hold for any stream: every
/// chunk is used up and the counters agree with the items.
pub fn run<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> (Run, Counters) {
    let mut parser = Parser::new(limit);
    let mut items = Vec::new();
    let mut bytes = 0;
    for chunk in chunks {
        let mut rest = chunk;
        while let Some(item) = parser.next_item(&mut rest) {
            items.push(OwnedItem::from(item));
        }
        assert!(rest.is_empty());
        bytes += chunk.len() as u64;
    }
    let counters = parser.counters();
    let count = |wanted: fn(&OwnedItem) -> bool| items.iter().filter(|item| wanted(item)).count() as u64;
    assert_eq!(counters.bytes, bytes);
    assert_eq!(counters.events, count(|item| matches!(item, OwnedItem::Event { .. })));
    assert_eq!(counters.comments, count(|item| *item == OwnedItem::Comment));
    assert_eq!(counters.oversize, count(|item| *item == OwnedItem::Oversize));
    let pending = parser.pending_bytes();
    let end = parser.finish();
    assert_eq!(end, if pending == 0 { End::Clean } else { End::Truncated { bytes: pending } });
    (Run { items, end }, counters)
}

/// The stream in one chunk.
pub fn whole(stream: &[u8], limit: usize) -> Run {
    run([stream], limit).0
}

/// The stream one byte at a time.
pub fn bytewise(stream: &[u8], limit: usize) -> Run {
    run(stream.chunks(1), limit).0
}
