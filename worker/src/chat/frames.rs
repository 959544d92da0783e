//! The body divided into events, whichever way a service does it.

use common::api::Framing;

use crate::sse::{Item, Lines, Parser};

/// The parser of one stream.
pub(super) enum Frames {
    Sse(Parser),
    Lines(Lines),
    /// Every piece that comes is an event.
    Pieces,
}

/// What is left when the body has ended: an event that nothing ends.
pub(super) struct Unfinished<'f> {
    pub(super) event: &'f [u8],
    pub(super) data: &'f [u8],
    /// Whether its last line had ended.
    pub(super) line_ended: bool,
}

impl Frames {
    /// Longer events than `limit` bytes are oversize.
    pub(super) fn new(framing: Framing, limit: usize) -> Frames {
        match framing {
            Framing::Sse => Frames::Sse(Parser::new(limit)),
            Framing::Ndjson => Frames::Lines(Lines::new(false, limit)),
            Framing::AiSdkV4 => Frames::Lines(Lines::new(true, limit)),
            Framing::Text => Frames::Pieces,
        }
    }

    #[inline]
    pub(super) fn next_item<'p, 'c: 'p>(&'p mut self, chunk: &mut &'c [u8]) -> Option<Item<'p>> {
        match self {
            Frames::Sse(parser) => parser.next_item(chunk),
            Frames::Lines(lines) => lines.next_item(chunk),
            Frames::Pieces => {
                let data = std::mem::take(chunk);
                (!data.is_empty()).then_some(Item::Event { event: b"", data })
            }
        }
    }

    /// What would be lost if the stream ended here.
    pub(super) fn unfinished(&self) -> Option<Unfinished<'_>> {
        match self {
            Frames::Sse(parser) => match parser.unfinished() {
                Some((event, data, line_ended)) => Some(Unfinished { event, data, line_ended }),
                None if parser.pending_bytes() > 0 => {
                    Some(Unfinished { event: b"", data: b"", line_ended: false })
                }
                None => None,
            },
            Frames::Lines(lines) => {
                lines.unfinished().map(|(event, data)| Unfinished { event, data, line_ended: false })
            }
            Frames::Pieces => None,
        }
    }

    /// Comment lines so far.
    pub(super) fn comments(&self) -> u64 {
        match self {
            Frames::Sse(parser) => parser.counters().comments,
            Frames::Lines(_) | Frames::Pieces => 0,
        }
    }
}
