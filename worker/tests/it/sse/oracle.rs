//! What others make of the same stream, brought to one form.
//!
//! All differences by design are evened out here and nowhere else:
//!
//! - The crates decode UTF-8 with replacement; ours gives bytes. [`Text::of`]
//!   decodes ours afterwards, value by value. That gives the same text because a
//!   value never begins or ends inside a character: line ends, the colon and the
//!   space are ASCII, and joining lines by LF separates what it joins.
//! - The default event name is `message` with them and empty with us; an explicit
//!   `event: message` is then the same.
//! - They report nothing of comments and of how a stream ended, and sse-core reports
//!   `retry`: all left out. For comments and ends there is [`naive`].

use bytes::Buf;
use std::num::NonZeroUsize;
use testkit::sse::{OwnedItem, Run};
use worker::sse::End;

/// An item in the common form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Event { event: String, data: String },
    Oversize,
}

impl Text {
    fn event(event: &str, data: &str) -> Self {
        let event = if event.is_empty() { "message" } else { event };
        Self::Event { event: event.to_owned(), data: data.to_owned() }
    }

    /// Our items in the common form.
    pub fn of(items: &[OwnedItem]) -> Vec<Self> {
        let text = |item: &OwnedItem| match item {
            OwnedItem::Event { event, data } => {
                Some(Self::event(&String::from_utf8_lossy(event), &String::from_utf8_lossy(data)))
            }
            OwnedItem::Oversize => Some(Self::Oversize),
            OwnedItem::Comment => None,
        };
        items.iter().filter_map(text).collect()
    }
}

/// The crate sse-core. Its limit means the same as ours (but counts `id` too).
pub fn sse_core<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Vec<Text> {
    let limit = NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN);
    let mut decoder = sse_core::SseDecoder::with_limit(limit);
    let mut items = Vec::new();
    for mut chunk in chunks {
        while chunk.has_remaining() {
            match decoder.next(&mut chunk) {
                Some(Ok(sse_core::SseEvent::Message(message))) => {
                    items.push(Text::event(&message.event, &message.data));
                }
                Some(Ok(sse_core::SseEvent::Retry(_))) | None => {}
                Some(Err(sse_core::PayloadTooLargeError)) => items.push(Text::Oversize),
            }
        }
    }
    items
}

/// The crate sse-parse, without a limit: its own counts raw lines.
pub fn sse_parse<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Text> {
    let mut parser = sse_parse::SseParser::new();
    for chunk in chunks {
        parser.feed(chunk);
    }
    std::iter::from_fn(|| parser.next_event()).map(|event| Text::event(&event.event, &event.data)).collect()
}

/// The whole document at once, as plainly as the standard's prose: the oracle for
/// comments, limits and ends.
pub fn naive(stream: &[u8], limit: usize) -> Run {
    let body = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let mut items = Vec::new();
    let mut block = Block::default();
    let (mut at, mut block_start) = (0, 0);
    while at < body.len() {
        let length = body[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let line = length.map_or(&body[at..], |length| &body[at..at + length]);
        items.extend(block.line(line, length.is_some(), limit));
        if length.is_none() {
            return Run { items, end: End::Truncated { bytes: (body.len() - block_start) as u64 } };
        }
        at += line.len();
        at += if body[at..].starts_with(b"\r\n") { 2 } else { 1 };
        if line.is_empty() {
            items.extend(block.blank_line());
            block_start = at;
        }
    }
    let begun = block.skipped || block.data.is_some() || !block.event.is_empty();
    let bytes = (body.len() - block_start) as u64;
    Run { items, end: if begun { End::Truncated { bytes } } else { End::Clean } }
}

#[derive(Default)]
struct Block {
    event: Vec<u8>,
    data: Option<Vec<u8>>,
    skipped: bool,
}

impl Block {
    fn line(&mut self, line: &[u8], ended: bool, limit: usize) -> Option<OwnedItem> {
        if line.first() == Some(&b':') {
            return ended.then_some(OwnedItem::Comment);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = match colon {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        if self.skipped || (colon.is_none() && !ended) {
            return None; // a name that may go on is no field yet
        }
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"event" => self.event = value.to_vec(),
            b"data" => match &mut self.data {
                None => self.data = Some(value.to_vec()),
                Some(data) => {
                    data.push(b'\n');
                    data.extend(value);
                }
            },
            _ => {}
        }
        let longest = self.event.len().max(self.data.as_ref().map_or(0, Vec::len));
        if longest <= limit {
            return None;
        }
        *self = Self { skipped: true, ..Self::default() };
        Some(OwnedItem::Oversize)
    }

    fn blank_line(&mut self) -> Option<OwnedItem> {
        let Self { event, data, .. } = std::mem::take(self);
        data.map(|data| OwnedItem::Event { event, data })
    }
}
