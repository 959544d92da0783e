//! Streams of lines: each is an event.

use super::{Item, RETAINED};
use memchr::memchr;

/// Incremental parser for lines: JSON on each (NDJSON), or a name and JSON, `0:"text"`. Blank lines are no events.
///
/// A line that lies whole in a chunk is borrowed from it; any other is gathered in a buffer of at most `limit`
/// bytes, of which [`RETAINED`] are kept between events.
#[derive(Debug)]
pub struct Lines {
    named: bool,
    limit: usize,
    held: Vec<u8>,
    /// The last item borrowed what is held.
    lent: bool,
    /// The line is too long; the rest of it is skipped.
    dropped: bool,
}

impl Lines {
    /// A parser at the start of a stream; with `named` an event's name stands before the first colon of its line.
    #[must_use]
    pub fn new(named: bool, limit: usize) -> Self {
        Self { named, limit, held: Vec::new(), lent: false, dropped: false }
    }

    /// The next item of the stream; `chunk` is moved past what was parsed. `None`: read the next chunk.
    pub fn next_item<'p, 'c: 'p>(&'p mut self, chunk: &mut &'c [u8]) -> Option<Item<'p>> {
        if std::mem::take(&mut self.lent) {
            self.held.clear();
            self.held.shrink_to(RETAINED);
        }
        while !chunk.is_empty() {
            let input = *chunk;
            let end = memchr(b'\n', input);
            let part = &input[..end.unwrap_or(input.len())];
            *chunk = end.map_or(&[], |end| &input[end + 1..]);
            if self.dropped {
                self.dropped = end.is_none();
                continue;
            }
            if self.held.len() + part.len() > self.limit {
                self.held = Vec::new();
                self.dropped = end.is_none();
                return Some(Item::Oversize);
            }
            if end.is_some() && self.held.is_empty() {
                match part.trim_ascii() {
                    [] => continue,
                    line => return Some(event(line, self.named)),
                }
            }
            self.held.extend_from_slice(part);
            if end.is_some() && self.held.trim_ascii().is_empty() {
                self.held.clear();
            } else if end.is_some() {
                self.lent = true;
                break;
            }
        }
        self.lent.then(|| event(self.held.trim_ascii(), self.named))
    }

    /// The line that has not ended yet, as the event it would be.
    #[must_use]
    pub fn unfinished(&self) -> Option<(&[u8], &[u8])> {
        match event(self.held.trim_ascii(), self.named) {
            Item::Event { event: [], data: [] } => None,
            Item::Event { event, data } if !self.lent => Some((event, data)),
            _ => None,
        }
    }
}

fn event(line: &[u8], named: bool) -> Item<'_> {
    match memchr(b':', line).filter(|_| named) {
        Some(colon) => Item::Event { event: &line[..colon], data: line[colon + 1..].trim_ascii_start() },
        None => Item::Event { event: &[], data: line },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(named: bool, chunks: &[&[u8]]) -> (Vec<String>, String) {
        let (mut lines, mut seen) = (Lines::new(named, 8), Vec::new());
        for chunk in chunks {
            let mut chunk = *chunk;
            while let Some(item) = lines.next_item(&mut chunk) {
                seen.push(match item {
                    Item::Event { event, data } => {
                        format!("{}|{}", String::from_utf8_lossy(event), String::from_utf8_lossy(data))
                    }
                    other => format!("{other:?}"),
                });
            }
        }
        let left = lines.unfinished().map(|(_, data)| String::from_utf8_lossy(data).into_owned());
        (seen, left.unwrap_or_default())
    }

    #[test]
    fn every_cut_gives_the_same_lines() {
        let text = b"\xEF\xBB {1}\r\n\n  \n{2}\n{3: 4}\n123456789\nab:\"c\"\nleft";
        let whole = events(false, &[text]);
        assert_eq!(whole.0[1..], ["|{2}", "|{3: 4}", "Oversize", "|ab:\"c\""]);
        assert_eq!(whole.1, "left");
        for cut in 0..text.len() {
            assert_eq!(events(false, &[&text[..cut], &text[cut..]]), whole, "{cut}");
        }
        assert_eq!(events(false, &text.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn a_name_stands_before_the_first_colon() {
        assert_eq!(events(true, &[b"0:\"a:b\"\nd: {}\nx\n"]).0, ["0|\"a:b\"", "d|{}", "|x"]);
    }
}
