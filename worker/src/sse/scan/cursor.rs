//! A position in JSON text (RFC 8259) that steps over values.
//!
//! `None` means malformed, cut, or not there. Nothing recurses.

use memchr::memchr2;

/// So many words of a string are looked at one by one: most end within them, and a search with vectors costs more to
/// begin.
const WORDS: usize = 4;

/// What is left of the text.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    /// The next byte that is not white space; the cursor then stands on it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let [first, rest @ ..] = self.rest {
            if *first > b' ' || !matches!(first, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*first);
            }
            self.rest = rest;
        }
        None
    }

    /// What is left from the cursor on.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Steps over `wanted`, with white space before it.
    #[inline]
    pub(super) fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.rest = &self.rest[1..])
    }

    /// As [`take`](Self::take), but its absence is an answer too.
    #[inline]
    pub(super) fn took(&mut self, wanted: u8) -> bool {
        self.take(wanted).is_some()
    }

    /// Goes from an object or array to the value of a key or index in it.
    pub(super) fn enter(&mut self, segment: &str) -> Option<()> {
        match self.peek()? {
            b'{' => self.enter_member(segment.as_bytes()),
            b'[' => self.enter_element(index(segment)?),
            _ => None,
        }
    }

    fn enter_member(&mut self, wanted: &[u8]) -> Option<()> {
        self.take(b'{')?;
        loop {
            if self.key()?.text == wanted {
                return Some(());
            }
            self.skip()?;
            self.take(b',')?;
        }
    }

    fn enter_element(&mut self, index: usize) -> Option<()> {
        self.take(b'[')?;
        for _ in 0..index {
            self.skip()?;
            self.take(b',')?;
        }
        // An empty array has no element even at index 0.
        (self.peek()? != b']').then_some(())
    }

    /// A key and its colon.
    #[inline]
    pub(super) fn key(&mut self) -> Option<Key<'a>> {
        self.take(b'"')?;
        let from = self.rest;
        let text = self.string_rest()?;
        self.take(b':')?;
        Some(Key { text, start: first_bytes(from, text.len()) })
    }

    /// A member whose value is a string, as most are written: without escapes, and one blank at most where blanks may
    /// be. `None`, with the cursor where it was, for any other. Returns the key, the text from the value's first byte on, and what the string holds.
    #[inline(always)]
    pub(super) fn plain_member(&mut self) -> Option<(Key<'a>, &'a [u8], &'a [u8])> {
        let from = &past_blank(self.rest)?[1..];
        let length = quote_or_escape(from)?;
        let value = past_blank(from.get(length..)?.strip_prefix(b"\":")?)?;
        let text = &value[1..];
        let (text, end) = text.split_at_checked(quote_or_escape(text)?)?;
        self.rest = end.strip_prefix(b"\"")?;
        Some((Key { text: &from[..length], start: first_bytes(from, length) }, value, text))
    }

    /// A string; returns what is between the quotes.
    #[inline]
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        self.string_rest()
    }

    /// A string whose first quote was stepped over.
    #[inline]
    fn string_rest(&mut self) -> Option<&'a [u8]> {
        let (text, end) = self.rest.split_at_checked(quote_or_escape(self.rest)?)?;
        match end {
            [b'"', rest @ ..] => {
                self.rest = rest;
                Some(text)
            }
            _ => self.escaped(text.len()),
        }
    }

    /// A string whose first quote was stepped over and whose first backslash is at `at`.
    fn escaped(&mut self, mut at: usize) -> Option<&'a [u8]> {
        let text = self.rest;
        loop {
            if text[at] == b'"' {
                self.rest = &text[at + 1..];
                return Some(&text[..at]);
            }
            at += match text.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' if text.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            };
            at += quote_or_escape(text.get(at..)?)?;
        }
    }

    /// A number or literal; returns its text.
    pub(super) fn scalar(&mut self) -> Option<&'a [u8]> {
        let text = match self.peek()? {
            b'n' => literal(self.rest, b"null"),
            b't' => literal(self.rest, b"true"),
            b'f' => literal(self.rest, b"false"),
            _ => number(self.rest),
        }?;
        self.rest = &self.rest[text.len()..];
        match self.rest.first() {
            Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r') | None => Some(text),
            Some(_) => None,
        }
    }

    /// Steps over a whole value.
    #[inline]
    pub(super) fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            _ => self.skip_other(),
        }
    }

    /// Steps over a whole value, whatever it is.
    fn skip_other(&mut self) -> Option<()> {
        let mut open = Nesting::default();
        loop {
            match self.peek()? {
                b'{' => {
                    self.take(b'{')?;
                    if !self.took(b'}') {
                        open.push(true)?;
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.take(b'[')?;
                    if !self.took(b']') {
                        open.push(false)?;
                        continue;
                    }
                }
                b'"' => _ = self.string()?,
                _ => _ = self.scalar()?,
            }
            if self.leave(&mut open)? {
                return Some(());
            }
        }
    }

    /// After a value: closes what ends here and goes on to the next value, or
    /// says that nothing is open any more.
    fn leave(&mut self, open: &mut Nesting) -> Option<bool> {
        while let Some(object) = open.top() {
            if self.took(b',') {
                if object {
                    self.key()?;
                }
                return Some(false);
            }
            self.take(if object { b'}' } else { b']' })?;
            open.pop();
        }
        Some(true)
    }
}

/// A text that begins with a quote, perhaps behind one blank.
#[inline(always)]
fn past_blank(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'"', ..] => Some(text),
        [b' ', b'"', ..] => Some(&text[1..]),
        _ => None,
    }
}

/// A key of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    /// As it is written.
    pub(super) text: &'a [u8],
    /// See [`first_bytes`].
    pub(super) start: u64,
}

/// The first eight bytes of a text as one number, with zeros behind a shorter one. Keys mostly differ in it. The text
/// are the first `length` bytes of `from`.
#[inline]
pub(super) fn first_bytes(from: &[u8], length: usize) -> u64 {
    let word = from.first_chunk().map_or_else(|| short_word(from), |word| u64::from_le_bytes(*word));
    if length < 8 { word & !(u64::MAX << (8 * length)) } else { word }
}

/// Up to seven bytes as one number.
#[cold]
fn short_word(text: &[u8]) -> u64 {
    text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Where the first quote or backslash is: mostly within eight bytes.
#[inline(always)]
fn quote_or_escape(text: &[u8]) -> Option<usize> {
    let near = text.first_chunk().and_then(|word| quote_or_escape_in(u64::from_le_bytes(*word)));
    near.or_else(|| far_quote_or_escape(text))
}

/// The same for a text in which it is not near.
#[inline(never)]
fn far_quote_or_escape(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < 8 * WORDS {
        let Some(word) = text.get(at..).and_then(|rest| rest.first_chunk()) else {
            return quote_or_escape_in(last_word(text, at)).map(|found| at + found);
        };
        if let Some(found) = quote_or_escape_in(u64::from_le_bytes(*word)) {
            return Some(at + found);
        }
        at += 8;
    }
    memchr2(b'"', b'\\', &text[at..]).map(|found| at + found)
}

/// Where it is in eight bytes.
#[inline(always)]
fn quote_or_escape_in(word: u64) -> Option<usize> {
    let found = equal_bytes(word, b'"') | equal_bytes(word, b'\\');
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

/// What follows `at`, fewer than eight bytes, as one number with zeros behind it.
#[inline]
fn last_word(text: &[u8], at: usize) -> u64 {
    match text.last_chunk() {
        // The shift takes out what is before `at`; nothing may be left.
        Some(word) => u64::from_le_bytes(*word).checked_shr(8 * (at + 8 - text.len()) as u32).unwrap_or(0),
        None => short_word(text),
    }
}

/// The highest bit of each byte that equals `wanted`, from the lowest one up to the first; above it bits may be wrong.
#[inline]
fn equal_bytes(word: u64, wanted: u8) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let differs = word ^ (LOW * u64::from(wanted));
    differs.wrapping_sub(LOW) & !differs & (LOW << 7)
}

/// Which containers are open, the innermost in the lowest bit: 1 is an object.
#[derive(Default)]
struct Nesting {
    kinds: u128,
    depth: u32,
}

impl Nesting {
    fn push(&mut self, object: bool) -> Option<()> {
        if self.depth == u128::BITS {
            return None;
        }
        self.kinds = self.kinds << 1 | u128::from(object);
        self.depth += 1;
        Some(())
    }

    fn pop(&mut self) {
        self.kinds >>= 1;
        self.depth -= 1;
    }

    fn top(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.kinds & 1 == 1)
    }
}

/// An array index as RFC 6901 writes it: no sign, no leading zeros.
pub(super) fn index(segment: &str) -> Option<usize> {
    let plain = segment.bytes().all(|byte| byte.is_ascii_digit());
    let padded = segment.len() > 1 && segment.starts_with('0');
    (plain && !padded).then(|| segment.parse().ok()).flatten()
}

fn literal<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    text.starts_with(name).then(|| &text[..name.len()])
}

/// The number at the start of `text`.
fn number(text: &[u8]) -> Option<&[u8]> {
    let mut at = usize::from(text.first() == Some(&b'-'));
    at += match text.get(at)? {
        b'0' => 1,
        _ => digits(text, at)?,
    };
    if text.get(at) == Some(&b'.') {
        at += 1 + digits(text, at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at += digits(text, at)?;
    }
    Some(&text[..at])
}

/// How many digits stand at `at`; at least one.
fn digits(text: &[u8], at: usize) -> Option<usize> {
    let count = text.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests;
