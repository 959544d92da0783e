//! A position in JSON text (RFC 8259) that steps over values.
//!
//! `None` means malformed, cut, or not there. Nothing recurses.

use memchr::memchr2;

/// How much of a string is looked at word by word: most end within it, and a search with vectors costs more to begin.
const SHORT: usize = 32;

/// What is left of the text.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    /// The next byte that is not white space; the cursor then stands on it.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.rest.first().copied()
    }

    /// What is left from the cursor on.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Steps over `wanted`, with white space before it.
    pub(super) fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.rest = &self.rest[1..])
    }

    /// As [`take`](Self::take), but its absence is an answer too.
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
            if self.key()? == wanted {
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
    pub(super) fn key(&mut self) -> Option<&'a [u8]> {
        let key = self.string()?;
        self.take(b':')?;
        Some(key)
    }

    /// A string; returns what is between the quotes.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        let text = self.rest;
        let mut at = 0;
        loop {
            at += quote_or_escape(text.get(at..)?)?;
            if text[at] == b'"' {
                self.rest = &text[at + 1..];
                return Some(&text[..at]);
            }
            at += match text.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' if text.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            };
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
    pub(super) fn skip(&mut self) -> Option<()> {
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

/// Where the first quote or backslash is.
#[inline]
fn quote_or_escape(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < SHORT
        && let Some(word) = text.get(at..).and_then(|rest| rest.first_chunk())
    {
        let word = u64::from_le_bytes(*word);
        let found = equal_bytes(word, b'"') | equal_bytes(word, b'\\');
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr2(b'"', b'\\', &text[at..]).map(|found| at + found)
}

/// The highest bit of each byte that equals `wanted`, from the lowest one up to the first; above it bits may be wrong.
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
