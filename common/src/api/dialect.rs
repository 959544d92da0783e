//! How one service writes its stream: which event is text, which one is the end.

use serde::{Deserialize, Serialize};

/// A condition on an event. Every part that is given must hold; one without parts never does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// The event's name (`event:` line).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The whole data, as `[DONE]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Path of a JSON field, parts separated by dots, that must be present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The string that field must equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
}

impl Matcher {
    fn field(field: &str, equals: &str) -> Matcher {
        Matcher { field: Some(field.to_owned()), equals: Some(equals.to_owned()), ..Matcher::default() }
    }
}

/// What to make of a stream that ends with its terminal event and showed no text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmptyAnswer {
    /// A failure: silence is not success.
    #[default]
    Fails,
    /// A complete answer.
    Ok,
}

/// How to read the events of a stream. An event is tried as text first, then terminal, then error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamDialect {
    /// Which events carry visible text.
    pub text: Matcher,
    /// Path of the text in such an event, parts separated by dots.
    pub text_field: String,
    /// Which event ends a complete answer.
    pub terminal: Matcher,
    /// Path of the token count, in the terminal event or in one of its own before it; empty: chunks are
    /// counted instead.
    pub usage_field: String,
    /// Which event reports a failure.
    pub error: Matcher,
    /// Path of the failure's text.
    pub error_field: String,
    /// What a complete stream without visible text is: `fails` or `ok`.
    pub empty_answer: EmptyAnswer,
}

impl Default for StreamDialect {
    fn default() -> Self {
        Self {
            text: Matcher::field("type", "token"),
            text_field: "content".to_owned(),
            terminal: Matcher::field("type", "done"),
            usage_field: "usage.completion_tokens".to_owned(),
            error: Matcher::field("type", "error"),
            error_field: "message".to_owned(),
            empty_answer: EmptyAnswer::Fails,
        }
    }
}
