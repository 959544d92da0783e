//! A request, its form on the wire, and the outcome of its exchange.

use std::time::Duration;

use common::api::{Answer, Encoding};
use common::failure::FailureClass;
use common::plan::Plan;
use http::{HeaderName, HeaderValue, Method};

use super::{Arrival, Failure, Span, Start, Target};

/// Longest wait for a new connection, TLS included; a request's own timeout ends it sooner.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much a connection accepts from its peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// A longer body fails as `oversize_body`, bytes.
    pub max_body: usize,
    /// Longest wait for a new connection, TLS included.
    pub connect: Duration,
}

impl From<&Plan> for RequestLimits {
    fn from(plan: &Plan) -> Self {
        Self { max_body: plan.max_body, connect: CONNECT_TIMEOUT }
    }
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// HTTP method.
    pub method: &'a Method,
    /// Path and query, beginning with `/`, already escaped.
    pub path: &'a [u8],
    /// Body.
    pub body: Option<&'a [u8]>,
    /// How the body is written.
    pub encoding: Encoding,
    /// What the answer must be.
    pub answer: Answer,
    /// Statuses that are a success, and no others; empty: 200 to 299.
    pub success: &'a [u16],
    /// Header lines of this request alone, each with its end.
    pub lines: &'a [u8],
    /// Longest time until the answer is complete, connecting included.
    pub timeout: Duration,
    /// Value of the header that names the user; needs the name given to [`Client::new`](super::Client::new).
    pub user: Option<&'a HeaderValue>,
}

/// A finished request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When it left.
    pub start: Start,
    /// When its head came, if it did.
    pub head: Option<Arrival>,
    /// When the answer was complete, or the failure certain.
    pub ended: Arrival,
    /// Time to open the connection, TLS included; `None` if one was used again.
    pub connect: Option<Duration>,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// The answer's `Retry-After`, at most a day.
    pub retry_after: Option<Duration>,
    /// Whether it is the answer that the API promises.
    pub outcome: Result<(), Failure>,
}

impl Exchange {
    /// How long it took.
    #[must_use]
    pub fn time(&self) -> Span {
        self.start.until(self.ended)
    }
}

impl Request<'_> {
    /// Whether the path can stand in a request's first line (RFC 9112 §3.2.1).
    pub(super) fn check(&self) -> Result<(), Failure> {
        // Without an early end, so that many bytes are looked at together.
        let fits = |fits: bool, byte: u8| fits & byte.is_ascii_graphic() & (byte != b'#');
        if self.path.starts_with(b"/") && self.path.iter().copied().fold(true, fits) {
            return Ok(());
        }
        let path = String::from_utf8_lossy(self.path);
        let text = format!("`{path}` is no path of a URL; see the API description");
        Err(Failure::new(FailureClass::Transport, &text))
    }

    /// Writes the request for `target`. No `Accept-Encoding`: answers are measured as the service has them.
    /// `own_lines` are the headers of this user alone.
    pub(super) fn write(
        &self,
        target: &Target,
        user_header: Option<&HeaderName>,
        own_lines: &[u8],
        out: &mut Vec<u8>,
    ) {
        let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.extend_from_slice(part));
        let method = self.method.as_str().as_bytes();
        put(&[method, b" ", self.path, target.common_lines(), own_lines, self.lines]);
        if self.answer == Answer::Sse {
            put(&[b"accept: text/event-stream\r\n"]);
        }
        if let (Some(name), Some(value)) = (user_header, self.user) {
            put(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
        }
        let body = match self.body {
            Some(body) => {
                put(&[b"content-type: ", content_type(self.encoding), b"\r\n"]);
                body
            }
            None => b"",
        };
        if self.body.is_some() || matches!(*self.method, Method::POST | Method::PUT | Method::PATCH) {
            put(&[b"content-length: ", decimal(body.len(), &mut [0; DIGITS]), b"\r\n"]);
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
    }
}

/// Digits of the largest number.
const DIGITS: usize = 20;

/// A number as text, at the end of `room`. By `core::fmt` it would be a fortieth of all that a request takes.
fn decimal(mut number: usize, room: &mut [u8; DIGITS]) -> &[u8] {
    let mut from = DIGITS;
    loop {
        from -= 1;
        room[from] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &room[from..];
        }
    }
}

/// What stands between the parts of a multipart body: nothing that a user writes.
pub(crate) const BOUNDARY: &str = "loadtests-part-5f1c0e9ab27d4c83";

fn content_type(encoding: Encoding) -> &'static [u8] {
    match encoding {
        Encoding::Json => b"application/json",
        Encoding::Form => b"application/x-www-form-urlencoded",
        Encoding::Multipart => b"multipart/form-data; boundary=loadtests-part-5f1c0e9ab27d4c83",
        Encoding::Text => b"text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_as_the_standard_library_writes_it() {
        for number in [0, 7, 10, 99, 100, 4096, 1_234_567_890, usize::MAX - 1, usize::MAX] {
            assert_eq!(decimal(number, &mut [b'x'; DIGITS]), number.to_string().as_bytes());
        }
    }
}
