//! From bytes to the head of an answer.

use std::mem::MaybeUninit;
use std::time::Duration;

use common::api::Answer;
use httparse::{ParserConfig, Response, Status};

use super::super::answer::{self, Complaint};
use super::{Body, Headers, WireError};

/// Longest head, bytes.
const LONGEST: usize = 64 << 10;
/// Most headers.
const MOST_HEADERS: usize = 100;
/// An unfinished head longer than this is parsed again only when its end is in sight, so that bytes
/// that drip in cost no more than twice their number.
const EAGER: usize = 4 << 10;

/// What is known of an answer once its head has come.
#[derive(Debug)]
pub(crate) struct Head {
    /// HTTP status.
    pub(crate) status: u16,
    /// Whether the head is what was asked for.
    pub(crate) verdict: Result<(), Complaint>,
    /// How long the service asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// How long the body is.
    pub(crate) body: Body,
    /// Whether the connection may be used again after the body.
    pub(crate) keep: bool,
}

/// How far a head has come.
#[derive(Debug)]
pub(crate) enum Progress {
    /// More bytes are needed.
    Partial,
    /// An informational head of so many bytes: to be passed over.
    Informational(usize),
    /// The head and its length in bytes.
    Whole(Head, usize),
}

/// Reads the head that `bytes` begin with. `new` of them, at the end, were not there when this was
/// asked before.
pub(crate) fn read_head(bytes: &[u8], new: usize, wanted: Answer) -> Result<Progress, WireError> {
    if bytes.len() > EAGER && !has_blank_line(&bytes[bytes.len().saturating_sub(new + 3)..]) {
        return if bytes.len() > LONGEST { Err(WireError::HeadTooLarge) } else { Ok(Progress::Partial) };
    }
    let mut room = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut response = Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut room);
    match parsed {
        Ok(Status::Partial) if bytes.len() > LONGEST => Err(WireError::HeadTooLarge),
        Ok(Status::Partial) => Ok(Progress::Partial),
        Ok(Status::Complete(length)) if length > LONGEST => Err(WireError::HeadTooLarge),
        Ok(Status::Complete(length)) => interpret(&response, length, wanted),
        Err(httparse::Error::TooManyHeaders) => Err(WireError::HeadTooLarge),
        Err(error) => Err(WireError::Head(error)),
    }
}

fn interpret(response: &Response<'_, '_>, length: usize, wanted: Answer) -> Result<Progress, WireError> {
    let status = response.code.unwrap_or_default();
    // 101 ends the talk in HTTP: no answer will follow it.
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
    let head = Head {
        status,
        verdict: answer::judge(status, headers, wanted),
        retry_after: answer::retry_after(headers),
        keep: keep && status != 101 && body != Body::UntilClosed,
        body,
    };
    Ok(Progress::Whole(head, length))
}

fn has_blank_line(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| matches!(bytes[at + 1..], [b'\n', ..] | [b'\r', b'\n', ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Progress, WireError> {
        read_head(text.as_bytes(), text.len(), Answer::Any)
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
            assert_eq!(read(&text).unwrap_err(), WireError::Length, "{length}");
        }
    }

    #[test]
    fn a_head_may_come_byte_by_byte() {
        let filling = format!("x-filling: {}\r\n", "x".repeat(6000));
        let text = format!("HTTP/1.1 200 OK\r\n{filling}content-length: 5\r\n\r\n");
        for length in 1..text.len() {
            let partial = read_head(&text.as_bytes()[..length], 1, Answer::Any);
            assert!(matches!(partial, Ok(Progress::Partial)), "{length}: {partial:?}");
        }
        assert!(
            matches!(read_head(text.as_bytes(), 1, Answer::Any), Ok(Progress::Whole(_, n)) if n == text.len())
        );
        assert!(matches!(read("HTTP/1.1 103 Early Hints\r\n\r\nHTTP"), Ok(Progress::Informational(28))));
    }

    #[test]
    fn heads_are_bounded() {
        let long = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(LONGEST));
        assert_eq!(read(&long).unwrap_err(), WireError::HeadTooLarge);
        assert_eq!(read(&(long + "\r\n\r\n")).unwrap_err(), WireError::HeadTooLarge);
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(read(&many).unwrap_err(), WireError::HeadTooLarge);
    }
}
