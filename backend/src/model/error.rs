//! Errors as each API writes them.

use std::time::Duration;

use serde_json::{Value, json};

/// How an endpoint writes what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorShape {
    OpenAi,
    Anthropic,
}

/// Why a request gets no answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// The field that is wrong.
    pub(crate) param: Option<&'static str>,
    /// When it may be asked again.
    pub(crate) after: Option<Duration>,
}

/// What kind of error it is; each API has a status and words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    Invalid,
    NotFound,
    TooLarge,
    TooMany,
    /// The queue is full.
    Overloaded,
    Failed,
    /// The client left before its body was whole.
    PeerLeft,
}

impl ApiError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), param: None, after: None }
    }

    /// A field of the request that is wrong.
    pub(crate) fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self { param: Some(param), ..Self::new(ErrorKind::Invalid, message) }
    }

    /// A body that cannot be read.
    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        Self::new(ErrorKind::Invalid, format!("the body is not a request of this API: {error}"))
    }

    /// An error that may be over after a time.
    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after: Some(after), ..self }
    }
}

impl ErrorShape {
    /// The HTTP status.
    pub(crate) fn status(self, kind: ErrorKind) -> u16 {
        match (kind, self) {
            (ErrorKind::Invalid, _) => 400,
            (ErrorKind::NotFound, _) => 404,
            (ErrorKind::TooLarge, _) => 413,
            (ErrorKind::TooMany, _) => 429,
            (ErrorKind::Overloaded, Self::OpenAi) => 503,
            (ErrorKind::Overloaded, Self::Anthropic) => 529,
            (ErrorKind::Failed, _) => 500,
            (ErrorKind::PeerLeft, _) => 499,
        }
    }

    /// The body.
    pub(crate) fn body(self, error: &ApiError) -> Value {
        match self {
            Self::OpenAi => {
                let (kind, code) = openai_words(error.kind);
                json!({"error": {"message": error.message, "type": kind, "param": error.param, "code": code}})
            }
            Self::Anthropic => {
                let kind = anthropic_word(error.kind);
                json!({"type": "error", "error": {"type": kind, "message": error.message}})
            }
        }
    }
}

/// Type and code.
fn openai_words(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ErrorKind::Invalid | ErrorKind::TooLarge | ErrorKind::PeerLeft => ("invalid_request_error", None),
        ErrorKind::NotFound => ("invalid_request_error", Some("not_found")),
        ErrorKind::TooMany => ("requests", Some("rate_limit_exceeded")),
        ErrorKind::Overloaded => ("service_unavailable_error", Some("overloaded")),
        ErrorKind::Failed => ("server_error", None),
    }
}

fn anthropic_word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid | ErrorKind::PeerLeft => "invalid_request_error",
        ErrorKind::NotFound => "not_found_error",
        ErrorKind::TooLarge => "request_too_large",
        ErrorKind::TooMany => "rate_limit_error",
        ErrorKind::Overloaded => "overloaded_error",
        ErrorKind::Failed => "api_error",
    }
}
