//! Why an exchange failed, in one line that fits into a table.

use std::error::Error;
use std::time::Duration;

use common::failure::{FailureClass, TEXT_LIMIT, status_length};
use http::Method;

/// A failed exchange: its class, and what is known beyond it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{class}: {text}")]
pub struct Failure {
    /// The class it is counted under.
    pub class: FailureClass,
    /// One line without control characters, at most [`TEXT_LIMIT`] bytes.
    pub text: String,
}

impl Failure {
    /// A failure whose text may come from a peer: control characters become spaces, runs of white
    /// space one space, and the end is cut at a character's boundary.
    #[must_use]
    pub fn new(class: FailureClass, text: &str) -> Self {
        let mut line = String::with_capacity(text.len().min(TEXT_LIMIT));
        for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty())
        {
            let room = TEXT_LIMIT - line.len();
            let space = usize::from(!line.is_empty());
            if space >= room {
                break;
            }
            line.extend((space == 1).then_some(' '));
            line.push_str(&word[..word.floor_char_boundary(room - space)]);
        }
        line.truncate(line.trim_end().len());
        Self { class, text: line }
    }

    /// See [`status_length`].
    pub(crate) fn status_length(&self) -> usize {
        status_length(&self.text)
    }

    /// The peer closed the connection that it had kept for `idle`, and `method` may not be sent twice.
    pub(super) fn idle_closed(method: &Method, idle: Duration) -> Self {
        // Rounded, so that equal failures have equal texts.
        let idle = idle.as_secs();
        let text = format!(
            "the service closed a connection kept for {idle}s before it answered, and a {method} may not be sent twice"
        );
        Self::new(FailureClass::IdleClosed, &text)
    }

    /// Something was still missing at the end of `timeout`.
    pub(crate) fn late(missing: &str, timeout: Duration) -> Self {
        Self::new(FailureClass::Timeout, &format!("{missing} within {timeout:?}"))
    }
}

/// An error and what caused it, outermost first. A cause that its error already repeats is left out.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Why an open connection did not give what was waited for.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// The deadline came.
    #[error("the deadline has passed")]
    Late,
    /// The peer has closed the connection.
    #[error("the connection was closed before the answer was complete")]
    Closed,
    /// Reading or writing failed.
    #[error("the connection broke: {0}")]
    Io(#[source] std::io::Error),
    /// The head has more than 64 KiB or 100 headers.
    #[error("message head is too large")]
    HeadTooLarge,
    /// What came is not the head of an HTTP answer.
    #[error("the answer is not HTTP/1.1: {0}")]
    Head(httparse::Error),
    /// Two lengths, or one that is not a number.
    #[error("the answer's content-length is no single number")]
    Length,
    /// Something else where a chunk must begin or end.
    #[error("the answer's chunks are malformed")]
    Chunk,
    /// Chunk extensions and trailers of more than 16 KiB.
    #[error("the answer's chunk extensions or trailers are too large")]
    ChunkOverhead,
}

impl HttpError {
    /// Whether the connection has ended.
    pub(super) fn is_end(&self) -> bool {
        matches!(self, HttpError::Closed | HttpError::Io(_))
    }

    /// The failure of a request that waited `timeout` for its answer.
    pub(super) fn into_failure(self, timeout: Duration) -> Failure {
        // With TLS 1.3 a server refuses the client only after the client's handshake is over.
        let class = match causes(&self).any(|cause| tls_error(cause).is_some()) {
            _ if matches!(self, HttpError::Late) => return Failure::late("there was no answer", timeout),
            true => FailureClass::Tls,
            false => FailureClass::Transport,
        };
        Failure::new(class, &chain(&self))
    }
}

fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let io = cause.downcast_ref::<std::io::Error>()?;
    io.get_ref()?.downcast_ref()
}

fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(from: &str) -> String {
        Failure::new(FailureClass::Http5xx, from).text
    }

    #[test]
    fn a_text_is_one_line() {
        assert_eq!(text(" a\r\n\tb\u{0}\u{7f}\u{9b}c\u{2028}d  "), "a b c d");
        assert_eq!(text("\n"), "");
    }

    #[test]
    fn a_text_is_cut_at_a_character() {
        let x = |count| "x".repeat(count);
        assert_eq!(text(&x(TEXT_LIMIT + 1)), x(TEXT_LIMIT));
        assert_eq!(text(&"é".repeat(TEXT_LIMIT)), "é".repeat(TEXT_LIMIT / 2));
        assert_eq!(
            text(&format!("x{}", "é".repeat(TEXT_LIMIT))),
            format!("x{}", "é".repeat(TEXT_LIMIT / 2 - 1))
        );
        assert_eq!(text(&format!("{} y", x(TEXT_LIMIT - 1))), x(TEXT_LIMIT - 1));
        assert_eq!(text(&format!("{} é", x(TEXT_LIMIT - 2))), x(TEXT_LIMIT - 2));
    }

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("inner");
        assert_eq!(chain(&std::io::Error::other(inner)), "inner");
    }
}
