//! Requests as far as a responder must understand them.

use memchr::memchr;
use memchr::memmem::find;

/// A request's first line. The body is passed over.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a [u8],
    target: &'a [u8],
}

impl<'a> Request<'a> {
    /// The first whole request in `bytes` and its length.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<(Request<'a>, usize)> {
        let head = find(bytes, b"\r\n\r\n")? + 4;
        let length = head + content_length(&bytes[..head]);
        if bytes.len() < length {
            return None;
        }
        let method = &bytes[..memchr(b' ', bytes)?];
        let rest = &bytes[method.len() + 1..];
        let target = &rest[..memchr(b' ', rest)?];
        Some((Request { method, target }, length))
    }

    pub(super) fn path(&self) -> &'a [u8] {
        &self.target[..memchr(b'?', self.target).unwrap_or(self.target.len())]
    }

    /// What stands behind the question mark.
    pub(super) fn query(&self) -> &'a [u8] {
        memchr(b'?', self.target).map_or(b"", |at| &self.target[at + 1..])
    }

    pub(super) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method.as_bytes() && self.path() == path.as_bytes()
    }
}

fn content_length(head: &[u8]) -> usize {
    // The clients here write the name in one of these two ways.
    let at = find(head, b"content-length: ").or_else(|| find(head, b"Content-Length: "));
    at.map_or(0, |at| number(&head[at + 16..]) as usize)
}

/// The decimal number that `text` begins with.
pub(super) fn number(text: &[u8]) -> u64 {
    text.iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}
