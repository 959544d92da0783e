//! Why a request or a stream failed.

use std::fmt;

/// The class of a failure. The discriminant is its number on the wire; numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FailureClass {
    /// No TCP connection: refused, unreachable, or the name does not resolve.
    Connect = 0,
    /// The TLS handshake failed.
    Tls = 1,
    /// This machine ran out of local ports or file descriptors.
    LocalLimit = 2,
    /// No complete answer within the request's timeout.
    Timeout = 3,
    /// The connection broke, or what came over it is not HTTP.
    Transport = 4,
    /// Status 3xx: redirects are not followed.
    Redirect = 5,
    /// Status 429.
    Http429 = 6,
    /// Any other status 4xx.
    Http4xx = 7,
    /// Status 5xx.
    Http5xx = 8,
    /// An answer of another content type than the API's.
    WrongContentType = 9,
    /// A body longer than the cap.
    OversizeBody = 10,
    /// The stream carried an error event.
    ErrorEvent = 11,
    /// The stream ended cleanly, but without its terminal event.
    Truncated = 12,
    /// The stream ended inside an event or inside an HTTP chunk.
    CutFrame = 13,
    /// No byte within the idle timeout.
    IdleTimeout = 14,
    /// An event longer than the cap.
    OversizeEvent = 15,
    /// The body is not what the API answers.
    BadAnswer = 16,
}

impl FailureClass {
    /// Every class, in the order of its number.
    pub const ALL: [FailureClass; 17] = {
        use FailureClass::*;
        [
            Connect,
            Tls,
            LocalLimit,
            Timeout,
            Transport,
            Redirect,
            Http429,
            Http4xx,
            Http5xx,
            WrongContentType,
            OversizeBody,
            ErrorEvent,
            Truncated,
            CutFrame,
            IdleTimeout,
            OversizeEvent,
            BadAnswer,
        ]
    };

    /// The name used in reports, `summary.json` and metrics.
    pub const fn name(self) -> &'static str {
        use FailureClass::*;
        match self {
            Connect => "connect",
            Tls => "tls",
            LocalLimit => "local_limit",
            Timeout => "timeout",
            Transport => "transport",
            Redirect => "redirect",
            Http429 => "http_429",
            Http4xx => "http_4xx",
            Http5xx => "http_5xx",
            WrongContentType => "wrong_content_type",
            OversizeBody => "oversize_body",
            ErrorEvent => "error_event",
            Truncated => "truncated",
            CutFrame => "cut_frame",
            IdleTimeout => "idle_timeout",
            OversizeEvent => "oversize_event",
            BadAnswer => "bad_answer",
        }
    }

    /// The class with this number on the wire, if there is one.
    pub fn from_index(index: u32) -> Option<FailureClass> {
        Self::ALL.get(index as usize).copied()
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_again_by_its_number() {
        for (index, class) in FailureClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index);
            assert_eq!(FailureClass::from_index(index as u32), Some(class));
        }
        assert_eq!(FailureClass::from_index(FailureClass::ALL.len() as u32), None);
    }
}
