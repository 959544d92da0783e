//! The parser: line ends, the byte order mark, and the borrowing fast path.

use super::block::Block;
use super::line::Line;
use super::{Counters, DEFAULT_LIMIT, End, Item};
use memchr::memchr2;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Incremental parser for `text/event-stream`. It does no input or output: give
/// it each chunk as it is read and pull the items out.
///
/// An event that lies whole in a chunk as one `data` line and its blank line is
/// borrowed from the chunk; any other is gathered in a buffer that is used again.
/// Each byte is searched once for line ends and copied at most once, plus the moves
/// of a buffer that doubles, so time is linear in the bytes whatever the chunks.
///
/// Memory: less than twice `limit` for data and as much for a name while a long
/// event is in progress, at most [`RETAINED`](super::RETAINED) each after it.
///
/// ```
/// use worker::sse::{End, Item, Parser};
///
/// let mut parser = Parser::default();
/// let mut chunk: &[u8] = b"data: hello\n\ndata: [DONE]\n\nmore";
/// while let Some(item) = parser.next_item(&mut chunk) {
///     match item {
///         Item::Event { data: b"[DONE]", .. } => break,
///         Item::Event { data, .. } => assert_eq!(data, b"hello"),
///         Item::Comment | Item::Oversize => unreachable!(),
///     }
/// }
/// assert_eq!(chunk, b"more"); // came after the terminal event
/// assert_eq!(parser.finish(), End::Clean);
/// ```
#[derive(Debug)]
pub struct Parser {
    block: Block,
    line: Line,
    /// Bytes of the byte order mark seen; its whole length once past offset 0.
    bom: usize,
    /// The last byte was a CR that ended a line: a LF now belongs to it.
    after_cr: bool,
    /// The last item borrowed the block: it is cleared before the next one.
    lent: bool,
    /// Bytes since the last blank line.
    open: u64,
    counters: Counters,
}

/// What a step found; the block is borrowed only when the search is over.
enum Found<'c> {
    Whole(&'c [u8]),
    Gathered,
    Comment,
    Oversize,
}

impl Parser {
    /// A parser at the start of a stream. `limit` caps the data of one event,
    /// and apart from it its name, in bytes; an event beyond it is
    /// [`Item::Oversize`].
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            block: Block::new(limit),
            line: Line::Start,
            bom: 0,
            after_cr: false,
            lent: false,
            open: 0,
            counters: Counters::default(),
        }
    }

    /// The next item of the stream; `chunk` is moved past what was parsed.
    ///
    /// `None` means that the chunk is used up: read the next one. To stop after
    /// the terminal event, call no more: `chunk` then holds what came after it.
    /// An event's closing line end is consumed with it; only the LF of a CRLF
    /// that was cut between two reads is left for the next chunk.
    #[inline]
    pub fn next_item<'p, 'c: 'p>(&'p mut self, chunk: &mut &'c [u8]) -> Option<Item<'p>> {
        if self.lent {
            self.lent = false;
            self.block.clear();
        }
        let before = chunk.len();
        let mut found = None;
        while found.is_none() && !chunk.is_empty() {
            found = self.step(chunk);
        }
        self.counters.bytes += (before - chunk.len()) as u64;
        Some(match found? {
            Found::Whole(data) => Item::Event { event: self.block.name(), data },
            Found::Gathered => Item::Event { event: self.block.name(), data: self.block.data() },
            Found::Comment => Item::Comment,
            Found::Oversize => Item::Oversize,
        })
    }

    /// Bytes since the last blank line if the stream would be cut here, else 0.
    ///
    /// Cut means: inside a line (of a comment too), or after a complete `data`
    /// line or a named `event` line without the blank line that dispatches it,
    /// or in what is skipped of an oversize event. Complete lines of comments,
    /// `id`, `retry` and unknown fields are no loss.
    #[must_use]
    pub fn pending_bytes(&self) -> u64 {
        // An event that is lent is still in the block, but then nothing is open.
        let in_bom = (1..BOM.len()).contains(&self.bom);
        if self.block.is_begun() || in_bom || self.line != Line::Start { self.open } else { 0 }
    }

    /// The event that lacks only its blank line, if the stream would end here: its name, its data, and whether
    /// its last line is whole.
    #[must_use]
    pub fn unfinished(&self) -> Option<(&[u8], &[u8], bool)> {
        let is_there = self.block.has_data() && !self.lent;
        is_there.then(|| (self.block.name(), self.block.data(), self.line == Line::Start))
    }

    /// The stream has ended: says how, and makes ready for the next stream. The
    /// buffers and the counters stay.
    pub fn finish(&mut self) -> End {
        let end = match self.pending_bytes() {
            0 => End::Clean,
            bytes => End::Truncated { bytes },
        };
        self.block.clear();
        self.line = Line::Start;
        self.bom = 0;
        self.after_cr = false;
        self.lent = false;
        self.open = 0;
        end
    }

    /// Totals since the parser was made.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters { copied: self.block.copied(), ..self.counters }
    }

    /// Parses one line, or what the chunk has of it; always moves on.
    fn step<'c>(&mut self, chunk: &mut &'c [u8]) -> Option<Found<'c>> {
        if self.bom < BOM.len() {
            self.skip_bom(chunk);
            return None;
        }
        let input = *chunk;
        if self.after_cr {
            self.after_cr = false;
            if let Some(rest) = input.strip_prefix(b"\n") {
                // After a blank line it belongs to no event.
                self.open += u64::from(self.open > 0);
                *chunk = rest;
                return None;
            }
        }
        let Some(end) = memchr2(b'\n', b'\r', input) else {
            *chunk = &[];
            return self.gather(input, input.len(), false);
        };
        let (line, rest) = (&input[..end], self.past_line_end(input, end));
        *chunk = rest;
        if self.line == Line::Start {
            if line.is_empty() {
                return self.dispatch();
            }
            if let Some(data) = self.borrowable(line)
                && let Some(b'\n' | b'\r') = rest.first()
            {
                *chunk = self.past_line_end(rest, 0);
                self.open = 0;
                self.lent = !self.block.name().is_empty();
                self.counters.events += 1;
                return Some(Found::Whole(data));
            }
        }
        self.gather(line, input.len() - rest.len(), true)
    }

    /// What follows the line end at `end`. A LF after a CR belongs to it; if the
    /// chunk stops in between, the line counts as ended at once.
    #[inline]
    fn past_line_end<'c>(&mut self, input: &'c [u8], end: usize) -> &'c [u8] {
        let rest = &input[end + 1..];
        if input[end] == b'\n' {
            return rest;
        }
        self.after_cr = rest.is_empty();
        rest.strip_prefix(b"\n").unwrap_or(rest)
    }

    /// The value of a `data` line that may be an event of its own.
    #[inline]
    fn borrowable<'c>(&self, line: &'c [u8]) -> Option<&'c [u8]> {
        let value = line.strip_prefix(b"data:")?;
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let alone = !self.block.has_data() && !self.block.is_dropped();
        (alone && value.len() <= self.block.limit()).then_some(value)
    }

    /// Adds a line, or with `ended` false a piece of one, to the block. `raw`
    /// is its length with the line end.
    fn gather<'c>(&mut self, part: &[u8], raw: usize, ended: bool) -> Option<Found<'c>> {
        self.open += raw as u64;
        let dropped_before = self.block.is_dropped();
        self.line.extend(part, &mut self.block);
        let comment = ended && self.line.end(&mut self.block);
        if self.block.is_dropped() && !dropped_before {
            self.counters.oversize += 1;
            return Some(Found::Oversize);
        }
        if comment {
            self.counters.comments += 1;
            return Some(Found::Comment);
        }
        None
    }

    /// A blank line: the event if there is one, and the end of its block.
    fn dispatch<'c>(&mut self) -> Option<Found<'c>> {
        self.open = 0;
        if self.block.has_data() {
            self.lent = true;
            self.counters.events += 1;
            return Some(Found::Gathered);
        }
        self.block.clear();
        None
    }

    /// Offset 0: drops the byte order mark, even one byte at a time.
    #[cold]
    fn skip_bom(&mut self, chunk: &mut &[u8]) {
        let wanted = &BOM[self.bom..];
        let same = wanted.iter().zip(chunk.iter()).take_while(|(a, b)| a == b).count();
        let cut = same == chunk.len();
        *chunk = &chunk[same..];
        self.bom += same;
        self.open += same as u64;
        if self.bom == BOM.len() {
            self.open = 0;
        } else if !cut {
            // The start of a mark and then something else is a misspelled field.
            if self.bom > 0 {
                self.line = Line::Ignored;
            }
            self.bom = BOM.len();
        }
    }
}

impl Default for Parser {
    /// A parser with [`DEFAULT_LIMIT`].
    fn default() -> Self {
        Self::new(DEFAULT_LIMIT)
    }
}
