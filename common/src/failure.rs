//! Why a request or a stream failed.

mod cause;
mod words;

use crate::wire_enum::wire_enum;

pub use cause::FailureCause;
pub use words::{masked, status_length};

/// Longest text of a failure, bytes.
pub const TEXT_LIMIT: usize = 1000;

/// Longest text that tells kinds of failures apart, bytes.
pub const KIND_LIMIT: usize = 200;

/// Failures count under this text once there are too many different ones.
pub const OTHER_TEXTS: &str = "(other texts)";

wire_enum! {
    /// The class of a failure. The discriminant is its number on the wire; numbers are never reused.
    pub enum FailureClass {
        /// No TCP connection: refused, unreachable, or the name does not resolve.
        Connect = 0, "connect";
        /// The TLS handshake failed.
        Tls = 1, "tls";
        /// This machine ran out of local ports or file descriptors.
        LocalLimit = 2, "local_limit";
        /// No complete answer within the request's timeout.
        Timeout = 3, "timeout";
        /// The connection broke, or what came over it is not HTTP.
        Transport = 4, "transport";
        /// Status 3xx: redirects are not followed.
        Redirect = 5, "redirect";
        /// Status 429.
        Http429 = 6, "http_429";
        /// Any other status 4xx.
        Http4xx = 7, "http_4xx";
        /// Status 5xx.
        Http5xx = 8, "http_5xx";
        /// An answer of another content type than the API's.
        WrongContentType = 9, "wrong_content_type";
        /// A body longer than the cap.
        OversizeBody = 10, "oversize_body";
        /// The stream carried an error event.
        ErrorEvent = 11, "error_event";
        /// The stream ended cleanly, but without its terminal event.
        Truncated = 12, "truncated";
        /// The stream ended inside an event or inside an HTTP chunk.
        CutFrame = 13, "cut_frame";
        /// No byte within the idle timeout.
        IdleTimeout = 14, "idle_timeout";
        /// An event longer than the cap.
        OversizeEvent = 15, "oversize_event";
        /// The body is not what the API answers.
        BadAnswer = 16, "bad_answer";
        /// The stream ended with its terminal event, but showed no text.
        EmptyAnswer = 17, "empty_answer";
        /// The user could not sign in; the text says why.
        Login = 18, "login";
        /// The service closed a connection that it had kept, and the request may not be sent twice.
        IdleClosed = 19, "idle_closed";
        /// The body is compressed, though nobody asked for that.
        Encoded = 20, "encoded";
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
