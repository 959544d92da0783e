//! Where a body ends.

use super::chunks::Chunks;
use super::{Headers, WireError};

/// What is left of a body (RFC 9112 §6.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// Nothing.
    Done,
    /// So many bytes, at least one.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// Everything until the peer closes the connection.
    UntilClosed,
}

impl Body {
    /// The body that follows a head. Its length, if it has one, must be one number.
    pub(super) fn of(status: u16, headers: Headers<'_>) -> Result<Body, WireError> {
        if matches!(status, 101 | 204 | 304) {
            return Ok(Body::Done);
        }
        if let Some(coding) = headers.all("transfer-encoding").last() {
            let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or_default();
            let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            return Ok(if chunked { Body::Chunked(Chunks::default()) } else { Body::UntilClosed });
        }
        let mut length = None;
        for value in headers.all("content-length") {
            let value = number(value).ok_or(WireError::Length)?;
            if length.replace(value).is_some_and(|before| before != value) {
                return Err(WireError::Length);
            }
        }
        Ok(match length {
            None => Body::UntilClosed,
            Some(0) => Body::Done,
            Some(length) => Body::Length(length),
        })
    }

    /// Takes what belongs to the body from the front of `input` and hands its data to `sink`.
    /// Whatever stays in `input` came after the body's end.
    pub(crate) fn take(&mut self, input: &mut &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), WireError> {
        match self {
            Body::Done => {}
            Body::UntilClosed => sink(std::mem::take(input)),
            Body::Length(left) => {
                let length = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                let (data, rest) = input.split_at(length);
                sink(data);
                *input = rest;
                *left -= length as u64;
                if *left == 0 {
                    *self = Body::Done;
                }
            }
            Body::Chunked(chunks) => {
                if chunks.take(input, sink)? {
                    *self = Body::Done;
                }
            }
        }
        Ok(())
    }

    /// Whether all of it was taken.
    pub(crate) fn is_done(&self) -> bool {
        *self == Body::Done
    }
}

/// Digits alone: `str::parse` would take a sign.
fn number(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii();
    text.iter().all(u8::is_ascii_digit).then(|| str::from_utf8(text).ok()?.parse().ok())?
}
