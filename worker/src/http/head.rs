//! From bytes to the head of an answer.

use std::mem::MaybeUninit;

use httparse::{ParserConfig, Response, Status};

use super::body::Body;
use super::failure::HttpError;

/// Longest head, bytes.
const LONGEST: usize = 64 << 10;
/// Most headers.
const MOST_HEADERS: usize = 100;
/// An unfinished head longer than this is parsed again only when its end is in sight, so that bytes
/// that drip in cost no more than twice their number.
const EAGER: usize = 4 << 10;

/// The head of an answer. `V` is what the judge made of its status and headers.
#[derive(Debug)]
pub(crate) struct ResponseHead<V> {
    /// HTTP status.
    pub(crate) status: u16,
    pub(crate) verdict: V,
    /// How long the body is.
    pub(super) body: Body,
    /// Whether the connection may be used again after the body.
    pub(super) keep: bool,
}

/// How far a head has come.
#[derive(Debug)]
pub(super) enum Progress<V> {
    /// More bytes are needed.
    Partial,
    /// An informational head of so many bytes, which is skipped.
    Informational(usize),
    /// The head and its length in bytes.
    Whole(ResponseHead<V>, usize),
}

/// Reads the head at the beginning of `bytes`; the last `new` of them have come since the previous attempt.
/// `judge` sees status and headers while they lie in the buffer.
pub(super) fn read_head<V>(
    bytes: &[u8],
    new: usize,
    judge: impl FnOnce(u16, Headers<'_>) -> V,
) -> Result<Progress<V>, HttpError> {
    if bytes.len() > EAGER && !has_blank_line(&bytes[bytes.len().saturating_sub(new + 3)..]) {
        return if bytes.len() > LONGEST { Err(HttpError::HeadTooLarge) } else { Ok(Progress::Partial) };
    }
    let mut room = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut response = Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut room);
    match parsed {
        Ok(Status::Partial) if bytes.len() > LONGEST => Err(HttpError::HeadTooLarge),
        Ok(Status::Partial) => Ok(Progress::Partial),
        Ok(Status::Complete(length)) if length > LONGEST => Err(HttpError::HeadTooLarge),
        Ok(Status::Complete(length)) => interpret(&response, length, judge),
        Err(httparse::Error::TooManyHeaders) => Err(HttpError::HeadTooLarge),
        Err(error) => Err(HttpError::Head(error)),
    }
}

fn interpret<V>(
    response: &Response<'_, '_>,
    length: usize,
    judge: impl FnOnce(u16, Headers<'_>) -> V,
) -> Result<Progress<V>, HttpError> {
    let status = response.code.unwrap_or_default();
    // 101 ends HTTP on this connection: no answer will follow it.
    if (100..200).contains(&status) && status != 101 {
        return Ok(Progress::Informational(length));
    }
    let headers = Headers(response.headers);
    let is_current = response.version == Some(1);
    let body = Body::of(status, headers)?;
    let keep = if is_current {
        !headers.lists("connection", "close")
    } else {
        headers.lists("connection", "keep-alive")
    };
    let head = ResponseHead {
        status,
        verdict: judge(status, headers),
        keep: keep && status != 101 && body != Body::UntilClosed,
        body,
    };
    Ok(Progress::Whole(head, length))
}

/// The headers of an answer while its head lies in the read buffer, in the order they came. At most 100, so
/// looking one up walks through them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Headers<'h>(pub(super) &'h [httparse::Header<'h>]);

impl<'h> Headers<'h> {
    /// The first value of the header `name`, if it is text.
    pub(super) fn get(&self, name: &str) -> Option<&'h str> {
        self.first(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// The same as bytes.
    pub(super) fn first(&self, name: &str) -> Option<&'h [u8]> {
        self.all(name).next()
    }

    /// Every value of the header `name`.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }

    /// Whether the list `name` holds `token`.
    pub(super) fn lists(&self, name: &str, token: &str) -> bool {
        let mut tokens = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        tokens.any(|found| found.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }
}

fn has_blank_line(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| matches!(bytes[at + 1..], [b'\n', ..] | [b'\r', b'\n', ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Progress<()>, HttpError> {
        read_head(text.as_bytes(), text.len(), |_, _| ())
    }

    fn whole(text: &str) -> (u16, Body, bool, usize) {
        match read(text) {
            Ok(Progress::Whole(head, length)) => (head.status, head.body, head.keep, length),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn the_length_of_a_body_follows_from_status_and_headers() {
        let cases = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", Body::Length(5), true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\n", Body::Length(5), true),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Body::Done, true),
            ("HTTP/1.1 200 OK\r\nconnection: x, Close\r\ncontent-length: 5\r\n\r\n", Body::Length(5), false),
            ("HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n", Body::Length(5), false),
            ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\n", Body::Length(5), true),
            ("HTTP/1.1 200 OK\r\n\r\n", Body::UntilClosed, false),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", Body::UntilClosed, false),
            ("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", Body::Done, true),
            ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", Body::Done, true),
        ];
        for (text, body, keep) in cases {
            assert_eq!(whole(text), (text[9..12].parse().unwrap(), body, keep, text.len()), "{text:?}");
        }
        for coding in ["chunked", "gzip, Chunked"] {
            let text = format!("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: {coding}\r\n\r\n");
            assert!(matches!(whole(&text), (200, Body::Chunked(_), true, _)));
        }
    }

    #[test]
    fn a_length_that_is_no_single_number_is_refused() {
        for length in ["-1", "+1", "", "1, 1", "99999999999999999999999", "1\r\ncontent-length: 2"] {
            let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            assert!(matches!(read(&text), Err(HttpError::Length)), "{length}");
        }
    }

    #[test]
    fn a_head_may_come_byte_by_byte() {
        let filling = format!("x-filling: {}\r\n", "x".repeat(6000));
        let text = format!("HTTP/1.1 200 OK\r\n{filling}content-length: 5\r\n\r\n");
        for length in 1..text.len() {
            let partial = read_head(&text.as_bytes()[..length], 1, |_, _| ());
            assert!(matches!(partial, Ok(Progress::Partial)), "{length}: {partial:?}");
        }
        assert!(
            matches!(read_head(text.as_bytes(), 1, |_, _| ()), Ok(Progress::Whole(_, n)) if n == text.len())
        );
        assert!(matches!(read("HTTP/1.1 103 Early Hints\r\n\r\nHTTP"), Ok(Progress::Informational(28))));
    }

    #[test]
    fn heads_are_bounded() {
        let long = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(LONGEST));
        assert!(matches!(read(&long), Err(HttpError::HeadTooLarge)));
        assert!(matches!(read(&(long + "\r\n\r\n")), Err(HttpError::HeadTooLarge)));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(MOST_HEADERS + 1));
        assert!(matches!(read(&many), Err(HttpError::HeadTooLarge)));
    }
}
